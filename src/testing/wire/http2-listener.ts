import http2, {
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { ServiceError } from '../../errors/index.js';
import type { ServiceTls } from '../../service/index.js';

/** The error for a port that can't be listened on. */
export function startFailed(port: number, cause: Error): ServiceError {
  const message = `127.0.0.1:${port} can't be listened on: ${cause.message}. Choose another port, or 0 for any free one.`;
  return new ServiceError('SERVICE_START_FAILED', message, { cause });
}

/** How an {@link Http2Listener} answers. */
export interface Http2ListenerOptions {
  readonly tls?: Pick<ServiceTls, 'cert' | 'key' | 'clientCa'> | undefined;
  /** Streams a client may have open at once; beyond it, its calls wait. Default: no limit. */
  readonly maxConcurrentStreams?: number;
  /** 0 takes a free one. Default: 0. */
  readonly port?: number;
  readonly onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
}

/** An HTTP/2 server on a loopback port whose connections can be told apart and ended one by one. */
export class Http2Listener {
  readonly port: number;
  readonly #server: Http2Server | Http2SecureServer;
  readonly #sessions: Map<number, ServerHttp2Session>;

  private constructor(server: Http2Server | Http2SecureServer, sessions: Map<number, ServerHttp2Session>) {
    this.#server = server;
    this.#sessions = sessions;
    this.port = (server.address() as AddressInfo).port;
  }

  /** @throws ServiceError `SERVICE_START_FAILED` when the port can't be listened on. */
  static async listen({ tls, maxConcurrentStreams, port = 0, onStream }: Http2ListenerOptions): Promise<Http2Listener> {
    const settings = maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams };
    const server = tls
      ? http2.createSecureServer({
          settings,
          cert: tls.cert,
          key: tls.key,
          ...(tls.clientCa !== undefined && { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
        })
      : http2.createServer({ settings });
    const sessions = new Map<number, ServerHttp2Session>();
    server.on('session', (session: ServerHttp2Session) => {
      const { remotePort = 0 } = session.socket;
      sessions.set(remotePort, session);
      session.on('error', () => {});
      session.once('close', () => sessions.delete(remotePort));
    });
    for (const event of ['error', 'sessionError', 'tlsClientError', 'clientError']) server.on(event, () => {});
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      // A stream can be gone by the time it is announced.
      if (!stream.destroyed) onStream(stream, headers);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(startFailed(port, error)));
      server.listen(port, '127.0.0.1', resolve);
    });
    return new Http2Listener(server, sessions);
  }

  /** The open connection whose client end has this port. */
  sessionOf(remotePort: number): ServerHttp2Session | undefined {
    return this.#sessions.get(remotePort);
  }

  /** Ends everything at once. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions.values()) session.destroy();
    await closed;
  }
}
