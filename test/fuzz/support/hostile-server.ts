import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import net from 'node:net';
import type { StreamResult } from '../../../src/grpc/proto/types/behavioral_api/grpc/v1/StreamResult.js';
import { writeStreamResult } from '../../../src/testing/wire/audio-messages.js';
import { frameOf } from '../../../src/testing/wire/grpc-frames.js';
import type { SeededRandom } from '../../support/seeded-random.js';
import { hostileWireMessage } from './hostile-messages.js';

/** A server that breaks rules. */
export interface HostileServer {
  readonly port: number;
  /** What it did, in order. */
  readonly deeds: readonly string[];
  close(): Promise<void>;
}

/** Starts a server whose deeds the random numbers decide: most speak HTTP/2 and break gRPC's rules, some break those of HTTP/2. */
export async function startHostileServer(random: SeededRandom): Promise<HostileServer> {
  const deeds: string[] = [];
  const sockets = new Set<net.Socket>();
  const isRaw = random.next() < 0.3;
  const server = isRaw ? rawServer(random, deeds) : http2Server(random, deeds);
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    deeds,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function http2Server(random: SeededRandom, deeds: string[]): Http2Server {
  const server = createServer();
  // It makes its own errors happen.
  server.on('sessionError', () => {});
  server.on('session', (session) => {
    session.on('error', () => {});
    if (random.next() < 0.1) sessionDeed(session, random, deeds);
  });
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.resume();
    const program = Array.from({ length: 1 + random.below(6) }, () => random.below(1000));
    let step = 0;
    const next = () => {
      if (stream.destroyed || step >= program.length) return;
      step += 1;
      try {
        streamDeed(stream, random, deeds);
      } catch (error) {
        // Node refuses some deeds itself; what the client has seen by then counts.
        deeds.push(`(refused: ${error instanceof Error ? error.message : String(error)})`);
      }
      if (random.next() < 0.5) next();
      else setTimeout(next, random.below(15)).unref();
    };
    if (random.next() < 0.5) next();
    else stream.once('data', next);
  });
  return server;
}

const CONTENT_TYPES = [
  'application/grpc+proto',
  'application/grpc',
  'application/grpc+proto',
  'text/html',
  '',
  'application/json',
];
const GRPC_STATUSES = [
  '0',
  '0',
  '1',
  '2',
  '3',
  '7',
  '8',
  '13',
  '14',
  '16',
  '17',
  '99',
  '-1',
  '',
  'abc',
  '1e2',
  '14 ',
  '9'.repeat(50),
];
const MESSAGES = ['', 'plain', '%', '%E0%A4%A', '%00', '%F0%9F%98%80', 'credits', 'x'.repeat(4000), 'token test-token here'];
const CODES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 999];

function respond(stream: ServerHttp2Stream, random: SeededRandom): void {
  if (stream.headersSent) return;
  const status = random.next() < 0.75 ? 200 : random.pick([204, 301, 400, 401, 403, 404, 429, 500, 502, 503, 504, 599]);
  const type = random.next() < 0.8 ? 'application/grpc+proto' : random.pick(CONTENT_TYPES);
  const odd =
    random.next() < 0.1 ? { 'x-odd-bin': '!!!not base64', 'grpc-encoding': random.pick(['gzip', 'identity', 'zstd', '']) } : {};
  const engine = random.next() < 0.1 ? { 'x-behavioral-signals-engine': random.pick(['local', '', 'x'.repeat(3000)]) } : {};
  stream.respond({ ':status': status, 'content-type': type, ...odd, ...engine }, { waitForTrailers: true });
  stream.once('wantTrailers', () => {
    if (stream.destroyed) return;
    // Node ends the stream itself only when it is closed here.
    if (random.next() < 0.1) stream.close();
    else stream.sendTrailers(trailers(random));
  });
}

function trailers(random: SeededRandom): Record<string, string> {
  return {
    ...(random.next() < 0.85 && { 'grpc-status': random.pick(GRPC_STATUSES) }),
    ...(random.next() < 0.5 && { 'grpc-message': random.pick(MESSAGES) }),
    ...(random.next() < 0.1 && { 'x-large': 'y'.repeat(random.pick([1, 10_000])) }),
    ...(random.next() < 0.1 && { 'grpc-status-details-bin': random.pick(['AAAA', '%%%', '']) }),
  };
}

function streamDeed(stream: ServerHttp2Stream, random: SeededRandom, deeds: string[]): void {
  const did = (deed: string) => void deeds.push(deed);
  const message = () => frameOf(writeStreamResult(hostileWireMessage(random) as StreamResult));
  const garbage = (length: number) => Buffer.from(Array.from({ length }, () => random.below(256)));
  switch (random.below(15)) {
    case 0:
    case 1:
    case 2:
      did('strange results');
      respond(stream, random);
      for (let i = 1 + random.below(4); i > 0; i -= 1) stream.write(message());
      break;
    case 3:
      did('garbage in a frame');
      respond(stream, random);
      stream.write(frameOf(garbage(random.below(200))));
      break;
    case 4:
      did('garbage instead of frames');
      respond(stream, random);
      stream.write(garbage(random.below(500)));
      break;
    case 5:
      did('a frame said to be compressed');
      respond(stream, random);
      stream.write(frameOf(garbage(20), true));
      break;
    case 6: {
      const length = random.pick([0xffffffff, 0x7fffffff, 17 * 2 ** 20, 100]);
      did(`a frame that claims ${length} bytes`);
      respond(stream, random);
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(length, 1);
      stream.write(Buffer.concat([prefix, garbage(30)]));
      break;
    }
    case 7:
      did('hundreds of empty frames');
      respond(stream, random);
      stream.write(Buffer.concat(Array.from({ length: 300 }, () => frameOf(Buffer.alloc(0)))));
      break;
    case 8:
      did('half a frame and the end');
      respond(stream, random);
      stream.end(message().subarray(0, random.below(30)));
      break;
    case 9:
      did('the end');
      respond(stream, random);
      stream.end();
      break;
    case 10:
      did('trailers only');
      if (stream.headersSent) stream.end();
      else
        stream.respond(
          { ':status': random.pick([200, 200, 404, 503]), 'content-type': random.pick(CONTENT_TYPES), ...trailers(random) },
          { endStream: true },
        );
      break;
    case 11: {
      const code = random.pick(CODES);
      did(`reset with ${code}`);
      stream.close(code);
      break;
    }
    case 12:
      if (stream.session) sessionDeed(stream.session as ServerHttp2Session, random, deeds);
      break;
    case 13:
      did('informational headers');
      if (!stream.headersSent) stream.additionalHeaders({ ':status': random.pick([100, 102, 103]) });
      break;
    default:
      did('silence');
  }
}

function sessionDeed(session: ServerHttp2Session, random: SeededRandom, deeds: string[]): void {
  switch (random.below(5)) {
    case 0: {
      const [code, last] = [random.pick(CODES), random.pick([0, 1, 3, 2 ** 31 - 1])];
      deeds.push(`GOAWAY ${code} ${last}`);
      session.goaway(code, last, Buffer.from(random.pick(['', 'too_many_pings', 'x'.repeat(500)])));
      break;
    }
    case 1:
      deeds.push('the session is destroyed');
      session.destroy();
      break;
    case 2:
      deeds.push('odd settings');
      session.settings({
        initialWindowSize: random.pick([0, 1, 2 ** 31 - 1]),
        maxConcurrentStreams: random.pick([0, 1]),
        maxHeaderListSize: random.pick([0, 10]),
      });
      break;
    case 3:
      deeds.push('a flood of pings');
      for (let i = 0; i < 10; i += 1) session.ping(() => {});
      break;
    default:
      deeds.push('the session closes');
      session.close();
  }
}

/** One frame of HTTP/2 (RFC 9113, 4.1). */
function http2Frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

function rawServer(random: SeededRandom, deeds: string[]): net.Server {
  return net.createServer((socket) => {
    socket.on('error', () => {});
    socket.resume();
    const bytes = (length: number) => Buffer.from(Array.from({ length }, () => random.below(256)));
    const settings = http2Frame(4, 0, 0, Buffer.alloc(0));
    const violations: [string, () => Buffer][] = [
      ['HTTP/1.1', () => Buffer.from('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n')],
      ['TLS alert', () => Buffer.from([0x15, 3, 3, 0, 2, 2, 40])],
      ['random bytes', () => bytes(1 + random.below(300))],
      ['nothing', () => Buffer.alloc(0)],
      ['DATA on stream 0', () => Buffer.concat([settings, http2Frame(0, 0, 0, bytes(10))])],
      ['HEADERS on a stream of the server', () => Buffer.concat([settings, http2Frame(1, 4, 2, bytes(10))])],
      ['HEADERS that are not HPACK', () => Buffer.concat([settings, http2Frame(1, 4, 1, bytes(30))])],
      ['CONTINUATION without HEADERS', () => Buffer.concat([settings, http2Frame(9, 4, 1, bytes(10))])],
      [
        'PUSH_PROMISE',
        () => Buffer.concat([settings, http2Frame(5, 4, 1, Buffer.concat([Buffer.from([0, 0, 0, 2]), bytes(5)]))]),
      ],
      ['WINDOW_UPDATE of 0', () => Buffer.concat([settings, http2Frame(8, 0, 1, Buffer.alloc(4))])],
      [
        'WINDOW_UPDATE that overflows',
        () =>
          Buffer.concat([
            settings,
            http2Frame(8, 0, 0, Buffer.from([0x7f, 255, 255, 255])),
            http2Frame(8, 0, 0, Buffer.from([0x7f, 255, 255, 255])),
          ]),
      ],
      [
        'a frame that is too large',
        () => Buffer.concat([settings, http2Frame(0, 0, 1, bytes(100)), Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])]),
      ],
      ['SETTINGS of a wrong length', () => http2Frame(4, 0, 0, bytes(5))],
      ['SETTINGS of impossible values', () => http2Frame(4, 0, 0, Buffer.from([0, 4, 255, 255, 255, 255]))],
      ['RST_STREAM of an idle stream', () => Buffer.concat([settings, http2Frame(3, 0, 9, Buffer.alloc(4))])],
      [
        'frames of no known type',
        () =>
          Buffer.concat([settings, http2Frame(random.below(256), random.below(256), random.below(4), bytes(random.below(60)))]),
      ],
    ];
    for (let i = 1 + random.below(3); i > 0; i -= 1) {
      const [name, make] = random.pick(violations);
      deeds.push(name);
      socket.write(make());
    }
    const ending = random.below(4);
    if (ending === 0) socket.end();
    else if (ending === 1) setTimeout(() => socket.resetAndDestroy(), random.below(30)).unref();
    else if (ending === 2) socket.destroySoon();
  });
}
