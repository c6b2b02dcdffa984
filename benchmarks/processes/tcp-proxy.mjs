// @ts-check
// A TCP proxy in front of a server: passes bytes on, and notes when those of each gRPC message had arrived.
import { createHash } from 'node:crypto';
import net from 'node:net';
import { answerParent } from '../measuring/answer-parent.mjs';
import { nowMs, until } from '../measuring/clock.mjs';
import { Http2Messages } from './http2-messages.mjs';
import { StreamingApi } from './wire.mjs';

const { requestDeserialize } = StreamingApi.service.StreamAudio;

/** How long messages may be on their way before something must be wrong. */
const PATIENCE_MS = 10_000;

/** One call, by the `cid` of its first message. */
class Call {
  /** @type {string | undefined} */
  cid;
  /** When messages with audio were complete. @type {number[]} */
  audioMs = [];
  /** When answers were complete. @type {number[]} */
  answerMs = [];
  /** Of the configuration and all audio messages, credentials included. */
  digest = createHash('sha1');
}

/** @type {Map<number, { calls: Set<Call> }>} By port. */
const listeners = new Map();

answerParent({
  /** Listens on a free port in front of the server's. */
  listen: (/** @type {{ port: number }} */ { port }) =>
    new Promise((resolve, reject) => {
      const calls = new Set();
      const server = net.createServer({ noDelay: true }, (client) => pass(client, port, calls));
      server.on('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const own = /** @type {net.AddressInfo} */ (server.address()).port;
        listeners.set(own, { calls });
        resolve(own);
      });
    }),
  /** What was seen of each call, once so many have had so many messages with audio; forgets the times, not the calls. */
  take: async (/** @type {{ port: number, calls: number, messages: number }} */ { port, calls: expected, messages }) => {
    const calls = listeners.get(port)?.calls ?? new Set();
    const isComplete = () => calls.size >= expected && Array.from(calls).every((call) => call.audioMs.length >= messages);
    for (const deadlineMs = nowMs() + PATIENCE_MS; !isComplete(); ) {
      if (nowMs() > deadlineMs)
        throw new Error(`${calls.size} of ${expected} calls came, or not all of their ${messages} messages`);
      await until(nowMs() + 5);
    }
    const seen = Array.from(calls, (call) => {
      const { cid, audioMs, answerMs } = call;
      call.audioMs = [];
      call.answerMs = [];
      return { cid, audioMs, answerMs, digest: call.digest.copy().digest('hex') };
    });
    return seen.sort((a, b) => Number(a.cid) - Number(b.cid));
  },
});

/** @param {net.Socket} client @param {number} port @param {Set<Call>} calls */
function pass(client, port, calls) {
  const server = net.connect({ port, host: '127.0.0.1', noDelay: true });
  /** @type {Map<number, Call>} */
  const streams = new Map();
  let arrivedMs = 0;
  const requests = new Http2Messages('client', (stream, message) => {
    const call = streams.get(stream) ?? new Call();
    call.digest.update(message);
    if (call.cid !== undefined) {
      call.audioMs.push(arrivedMs);
      return;
    }
    call.cid = requestDeserialize(message).cid;
    streams.set(stream, call);
    calls.add(call);
  });
  const answers = new Http2Messages('server', (stream) => streams.get(stream)?.answerMs.push(arrivedMs));
  client.on('data', (bytes) => {
    arrivedMs = nowMs();
    if (!server.write(bytes)) client.pause();
    requests.push(bytes);
  });
  server.on('data', (bytes) => {
    arrivedMs = nowMs();
    if (!client.write(bytes)) server.pause();
    answers.push(bytes);
  });
  server.on('drain', () => client.resume());
  client.on('drain', () => server.resume());
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ]) {
    socket.on('end', () => other.end());
    socket.on('error', () => other.destroy());
  }
}
