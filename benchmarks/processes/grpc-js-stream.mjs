// @ts-check
// The baseline: the same live stream, written by hand for grpc-js, with nothing but what the wire needs.
import grpc from '@grpc/grpc-js';
import { nowMs } from '../measuring/clock.mjs';
import { StreamingApi } from './wire.mjs';

/** @typedef {import('./live-sender.mjs').StreamOptions} StreamOptions */

/** Streams until the source ends; resolves when the last result has come. @param {StreamOptions} options @returns {Promise<void>} */
export function streamByHand({ readable, connection, chunkMs, onWrite, onResult }) {
  const { endpoint, cid, apiKey } = connection;
  const credentials = { cid, xAuthToken: apiKey };
  // A connection of its own, as the library's streams have.
  const client = new StreamingApi(endpoint.replace('http://', ''), grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const call = client.StreamAudio();
  call.write({ ...credentials, config: { encoding: 'LINEAR_PCM', sampleRateHertz: 16_000 } });

  const chunkBytes = chunkMs * 32;
  /** @type {Buffer[]} */
  let blocks = [];
  let collected = 0;
  const send = () => {
    onWrite(nowMs());
    call.write({ ...credentials, audioContent: blocks.length === 1 ? blocks[0] : Buffer.concat(blocks) });
    blocks = [];
    collected = 0;
  };
  readable.on('data', (block) => {
    for (let at = 0; at < block.length; ) {
      const piece = block.subarray(at, at + chunkBytes - collected);
      at += piece.length;
      blocks.push(piece);
      collected += piece.length;
      if (collected === chunkBytes) send();
    }
  });
  readable.on('end', () => {
    if (collected > 0) send();
    call.end();
  });

  call.on('data', (/** @type {any} */ { messageId, result }) => {
    const receivedMs = nowMs();
    const seen = new Set();
    for (const { id, level, startTime, endTime } of result) {
      const key = `${level} ${id} ${startTime}`;
      if (seen.has(key)) continue;
      seen.add(key);
      onResult({ receivedMs, level, startMs: Number(startTime) * 1000, endMs: Number(endTime) * 1000, messageId });
    }
  });
  return new Promise((resolve, reject) => {
    call.on('end', () => {
      client.close();
      resolve();
    });
    call.on('error', reject);
  });
}
