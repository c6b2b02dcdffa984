import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { expectNumber, OptionError, SourceError } from '../errors/index.js';

/** Which port to bind. */
export interface MediaPortOptions {
  host: string;
  port: number | undefined;
  portRange: readonly [number, number] | undefined;
  /** Whether RTCP has a port of its own, the next one. */
  hasRtcpPort: boolean;
  receiveBufferBytes: number;
}

/** Bound sockets; nobody listens to them yet, and nothing that comes meanwhile is lost before the next turn of the event loop. */
export interface MediaPort {
  rtp: Socket;
  rtcp: Socket | undefined;
}

/** Any free port may have a neighbour that isn't. */
const ANY_PORT_ATTEMPTS = 20;

/**
 * Checks which ports may be bound.
 *
 * @throws OptionError for ports out of range, and for both options at once.
 */
export function checkMediaPort({ port, portRange, hasRtcpPort }: MediaPortOptions): void {
  const max = hasRtcpPort ? 65_534 : 65_535;
  if (port !== undefined) {
    if (portRange !== undefined)
      throw new OptionError('bindRtp({ portRange })', 'must be left out when port is given', portRange);
    expectNumber('bindRtp({ port })', port, { min: 0, max, whole: true });
  }
  if (portRange === undefined) return;
  if (!Array.isArray(portRange) || portRange.length !== 2) {
    throw new OptionError('bindRtp({ portRange })', 'must be two port numbers, [first, last]', portRange);
  }
  expectNumber('bindRtp({ portRange })[0]', portRange[0], { min: 1, max: 65_535, whole: true });
  expectNumber('bindRtp({ portRange })[1]', portRange[1], {
    min: portRange[0] + (hasRtcpPort ? 1 : 0),
    max: 65_535,
    whole: true,
  });
}

/**
 * Binds a port for RTP and, where it has one of its own, the next for RTCP.
 *
 * Of a range the first free one is taken, even ones only where RTCP is on the next (RFC 3550, section 11).
 *
 * @throws (as rejection) SourceError `PORT_UNAVAILABLE` that names the option at fault.
 */
export async function bindMediaPort(options: MediaPortOptions): Promise<MediaPort> {
  const { host, port, portRange, hasRtcpPort } = options;
  const { address, family } = await lookup(host).catch((cause) => {
    throw unavailable('host', `${JSON.stringify(host)} is no address of this machine`, cause);
  });
  const open = async (number: number) => bindPair(options, address, family === 6 ? 'udp6' : 'udp4', number);
  if (portRange) {
    const [first, last] = portRange;
    const step = hasRtcpPort ? 2 : 1;
    let cause: unknown;
    for (let number = hasRtcpPort ? first + (first % 2) : first; number + step - 1 <= last; number += step) {
      try {
        return await open(number);
      } catch (error) {
        cause = error;
        if (!isTaken(error)) break;
      }
    }
    throw failure(cause, 'portRange', `no port from ${first} to ${last} is free on ${host}`, host);
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open(port ?? 0);
    } catch (cause) {
      if (isTaken(cause) && (port ?? 0) === 0 && attempt < ANY_PORT_ATTEMPTS) continue;
      const next = hasRtcpPort ? ', or the next one for RTCP,' : '';
      throw failure(cause, 'port', `port ${port ?? 0}${next} can't be bound on ${host}`, host);
    }
  }
}

async function bindPair(options: MediaPortOptions, address: string, type: 'udp4' | 'udp6', port: number): Promise<MediaPort> {
  const { hasRtcpPort, receiveBufferBytes } = options;
  const rtp = await bindSocket(type, address, port, receiveBufferBytes);
  if (!hasRtcpPort) return { rtp, rtcp: undefined };
  try {
    return { rtp, rtcp: await bindSocket(type, address, rtp.address().port + 1, undefined) };
  } catch (error) {
    rtp.close();
    throw error;
  }
}

function bindSocket(
  type: 'udp4' | 'udp6',
  address: string,
  port: number,
  receiveBufferBytes: number | undefined,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type, ...(receiveBufferBytes !== undefined && { recvBufferSize: receiveBufferBytes }) });
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** The next port up may be beyond the last one there is. */
function isTaken(error: unknown): boolean {
  return codeOf(error) === 'EADDRINUSE' || codeOf(error) === 'ERR_SOCKET_BAD_PORT';
}

function failure(cause: unknown, option: string, text: string, host: string): SourceError {
  if (codeOf(cause) === 'EADDRNOTAVAIL') return unavailable('host', `${host} is no address of this machine`, cause);
  return unavailable(option, `${text}: ${cause instanceof Error ? cause.message : 'there is none'}`, cause);
}

function unavailable(option: string, text: string, cause: unknown): SourceError {
  return new SourceError('PORT_UNAVAILABLE', `bindRtp({ ${option} }): ${text}`, { cause, retryable: true });
}
