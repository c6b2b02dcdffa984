// @ts-check
// Live streams that survive failures: the library's, and one written by hand that sends again what was not answered, at once.
import { Readable } from 'node:stream';
import grpc from '@grpc/grpc-js';
import { behavioralSignals, chunk, decode, fromReadable, toPcm16le } from 'behavioral-signals-rx';
import { answerParent } from '../measuring/answer-parent.mjs';
import { nowMs } from '../measuring/clock.mjs';
import { LiveSource } from './live-source.mjs';
import { StreamingApi } from './wire.mjs';

/** @typedef {{ endpoint: string, cid: number | string, apiKey: string }} Connection */

const BLOCK_MS = 20;
const CHUNK_MS = 100;

answerParent({
  /** Streams a recording to each connection, in real time, and resolves when all results have come. */
  stream: async (
    /** @type {{ side: 'library' | 'grpc-js', connections: Connection[], pcm: Uint8Array, reconnect: object }} */ {
      side,
      connections,
      pcm,
      reconnect,
    },
  ) => {
    const startMs = nowMs() + 100;
    await Promise.all(
      connections.map(async (connection, index) => {
        const source = new LiveSource(Buffer.from(pcm), BLOCK_MS);
        const streaming =
          side === 'library'
            ? streamWithLibrary(source.readable, connection, reconnect)
            : streamByHand(source.readable, connection);
        const blocks = Math.floor(pcm.length / 32 / BLOCK_MS);
        await source.deliver({ startMs: startMs + (index * BLOCK_MS) / connections.length, blocks, speed: 1 }, () => {});
        source.end();
        await streaming;
      }),
    );
  },
});

/** @param {Readable} readable @param {Connection} connection @param {object} reconnect @returns {Promise<void>} */
function streamWithLibrary(readable, connection, reconnect) {
  return new Promise((resolve, reject) => {
    fromReadable(readable)
      .pipe(
        decode({ format: { encoding: 's16le', sampleRate: 16_000, channels: 1 } }),
        toPcm16le(),
        chunk(CHUNK_MS),
        behavioralSignals({ ...connection, reconnect }),
      )
      .subscribe({ complete: resolve, error: reject });
  });
}

/** @param {Readable} readable @param {Connection} connection @returns {Promise<void>} */
function streamByHand(readable, { endpoint, cid, apiKey }) {
  const credentials = { cid, xAuthToken: apiKey };
  /** Audio that has no utterance yet, and the position of its first byte. @type {Buffer[]} */
  const kept = [];
  let keptFrom = 0;
  let ended = false;
  return new Promise((resolve, reject) => {
    /** @type {any} */
    let call;
    let failures = 0;
    const open = () => {
      const client = new StreamingApi(endpoint.replace('http://', ''), grpc.credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
      });
      const own = client.StreamAudio();
      const origin = keptFrom;
      call = own;
      own.write({ ...credentials, config: { encoding: 'LINEAR_PCM', sampleRateHertz: 16_000 } });
      for (const audioContent of kept) own.write({ ...credentials, audioContent });
      if (ended) own.end();
      own.on('data', (/** @type {any} */ { result }) => {
        for (const { level, endTime } of result) if (level === 'utterance') forget(origin + Number(endTime) * 32_000);
      });
      own.on('end', () => client.close());
      own.on('status', (/** @type {any} */ { code }) => {
        client.close();
        if (own !== call) return;
        if (code === 0) resolve();
        else if (++failures < 1000) open();
        else reject(new Error('the service is gone'));
      });
      own.on('error', () => {});
    };
    const forget = (/** @type {number} */ before) => {
      while (kept.length > 0 && keptFrom + kept[0].length <= before) keptFrom += /** @type {Buffer} */ (kept.shift()).length;
    };
    open();
    /** @type {Buffer[]} */
    let blocks = [];
    const send = () => {
      const audioContent = Buffer.concat(blocks);
      blocks = [];
      kept.push(audioContent);
      call.write({ ...credentials, audioContent });
    };
    readable.on('data', (block) => {
      blocks.push(block);
      if (blocks.length === CHUNK_MS / BLOCK_MS) send();
    });
    readable.on('end', () => {
      if (blocks.length > 0) send();
      ended = true;
      call.end();
    });
  });
}
