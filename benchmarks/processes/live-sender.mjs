// @ts-check
// A process that streams live audio, with the library or by hand, and notes when each chunk was due, delivered and written.
import { answerParent } from '../measuring/answer-parent.mjs';
import { nowMs, until } from '../measuring/clock.mjs';
import { LiveSource } from './live-source.mjs';
import { API_KEY, FIRST_CID } from './wire.mjs';

/** @typedef {{ receivedMs: number, level: string, startMs: number, endMs: number, messageId: number }} Result */
/**
 * @typedef {object} StreamOptions
 * @property {import('node:stream').Readable} readable PCM, 16 bits, mono, 16 kHz.
 * @property {{ endpoint: string, cid: string, apiKey: string }} connection
 * @property {number} chunkMs
 * @property {(atMs: number) => void} onWrite Called right before each chunk is given to the sink.
 * @property {(result: Result) => void} onResult
 */
/** @typedef {'library' | 'grpc-js' | 'nothing'} Side Who streams; `nothing` reads the source and drops it. */

/** Time around what is fed within which processor time counts as spent on it, for the last writes to leave. */
const MARGIN_MS = 20;

/** @type {{ source: LiveSource, ended: Promise<void>, writtenMs: number[], results: Result[] }[]} */
let streams = [];
let chunkMs = 0;
let blockMs = 0;
let writes = true;

answerParent({
  /** Opens streams, numbered from FIRST_CID. */
  open: async (
    /** @type {{ side: Side, endpoint: string, chunkMs: number, blockMs: number, streams: number, pcm: Uint8Array }} */ options,
  ) => {
    const stream = await streamer(options.side);
    ({ chunkMs, blockMs } = options);
    writes = options.side !== 'nothing';
    const pcm = Buffer.from(options.pcm);
    streams = Array.from({ length: options.streams }, (_, index) => {
      const source = new LiveSource(pcm, blockMs);
      /** @type {number[]} */
      const writtenMs = [];
      /** @type {Result[]} */
      const results = [];
      const ended = stream({
        readable: source.readable,
        connection: { endpoint: options.endpoint, cid: String(FIRST_CID + index), apiKey: API_KEY },
        chunkMs,
        onWrite: (atMs) => writtenMs.push(atMs),
        onResult: (result) => results.push(result),
      });
      // An early failure is for finish() to report, not for Node to end the process.
      ended.catch(() => {});
      return { source, ended, writtenMs, results };
    });
  },

  /**
   * Feeds each stream with chunks that are whole blocks together, stream i beginning i times `spreadMs` later, in real time or times `speed`.
   * Returns for each chunk of each stream when its last block was due and when delivered, and when the chunk was written.
   */
  feed: async (
    /** @type {{ startMs: number, chunks: number, spreadMs: number, speed?: number }} */ { startMs, chunks, spreadMs, speed = 1 },
  ) => {
    await until(startMs - MARGIN_MS);
    const before = process.cpuUsage();
    const blocksPerChunk = chunkMs / blockMs;
    const fed = await Promise.all(
      streams.map(async ({ source }, index) => {
        /** @type {number[]} */
        const dueMs = [];
        /** @type {number[]} */
        const deliveredMs = [];
        const schedule = { startMs: startMs + index * spreadMs, blocks: chunks * blocksPerChunk, speed };
        await source.deliver(schedule, (block, due, delivered) => {
          // Only a block that holds a chunk's last sample ends one.
          if (Math.floor((block + 1) / blocksPerChunk) === Math.floor(block / blocksPerChunk)) return;
          dueMs.push(due);
          deliveredMs.push(delivered);
        });
        return { dueMs, deliveredMs };
      }),
    );
    await until(startMs + (chunks * chunkMs) / speed + streams.length * spreadMs + MARGIN_MS);
    // A chunk is written as soon as it is full, but the very first waits for its decoder to load.
    const hasWritten = () => streams.every(({ writtenMs }) => writtenMs.length >= chunks);
    while (writes && !hasWritten()) await until(nowMs() + 5);
    const { user, system } = process.cpuUsage(before);
    return {
      cpuMs: (user + system) / 1000,
      streams: fed.map((times, index) => ({ ...times, writtenMs: streams[index].writtenMs.splice(0) })),
    };
  },

  /** Ends the sources and returns the results of each stream, once all have come. */
  finish: async () => {
    for (const { source } of streams) source.end();
    await Promise.all(streams.map(({ ended }) => ended));
    return streams.map(({ results }) => results);
  },
});

/** @param {Side} side @returns {Promise<(options: StreamOptions) => Promise<void>>} */
async function streamer(side) {
  if (side === 'library') return (await import('./library-stream.mjs')).streamWithLibrary;
  if (side === 'grpc-js') return (await import('./grpc-js-stream.mjs')).streamByHand;
  return ({ readable }) => new Promise((resolve) => readable.on('data', () => {}).on('end', resolve));
}
