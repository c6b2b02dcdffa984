// @ts-check
// The local engine without gRPC: as fast as it goes, and live in blocks of 20 ms.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, fromFile, resample, toPcm16le } from 'behavioral-signals-rx';
import { createEngine } from 'behavioral-signals-rx/service';
import { loadLightVad, loadSileroVad } from 'behavioral-signals-rx/vad';
import { lastValueFrom, toArray } from 'rxjs';
import { answerParent } from '../measuring/answer-parent.mjs';
import { nowMs, until } from '../measuring/clock.mjs';

const RATE = 16_000;
const BLOCK_MS = 20;
const BLOCK = (RATE * BLOCK_MS) / 1000;
const call = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../examples/audio/two-party-call.wav');

/** @typedef {{ vad: 'light' | 'silero', workers: number, streams: number, seconds: number }} Load */

/** @type {Promise<Int16Array> | undefined} */
let recorded;

/** Some seconds of a telephone call, both parties mixed, at 16 kHz; repeated as needed. @param {number} seconds */
async function speech(seconds) {
  recorded ??= lastValueFrom(fromFile(call).pipe(decode(), resample(RATE), toPcm16le({ events: {} }), toArray())).then(
    (chunks) => {
      const bytes = Buffer.concat(chunks.map(({ data }) => /** @type {Uint8Array} */ (data)));
      return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    },
  );
  const samples = await recorded;
  return Int16Array.from({ length: seconds * RATE }, (_, i) => samples[i % samples.length]);
}

/** @param {Awaited<ReturnType<typeof createEngine>>} engine @param {Int16Array} samples */
async function analyse(engine, samples) {
  let results = 0;
  const stream = engine.open({
    sampleRate: RATE,
    analysis: 'behavior',
    onResult: () => {
      results += 1;
    },
  });
  for (let at = 0; at < samples.length; at += 10 * BLOCK) {
    const pending = stream.push(samples.subarray(at, at + 10 * BLOCK));
    if (pending) await pending;
  }
  await stream.end();
  if (results === 0) throw new Error('the engine found no speech');
}

/** @type {Map<string, ReturnType<typeof createEngine>>} */
const engines = new Map();

/** @param {Pick<Load, 'vad' | 'workers'>} options */
function engineOf({ vad, workers }) {
  const key = `${vad} ${workers}`;
  const known = engines.get(key) ?? createEngine({ vad, workers });
  engines.set(key, known);
  return known;
}

/** By result, the block whose push brought it, in a thread alone. @param {Pick<Load, 'vad' | 'seconds'>} options */
async function blocksOfResults({ vad, seconds }) {
  const engine = await engineOf({ vad, workers: 0 });
  const samples = await speech(seconds);
  /** @type {number[]} */
  const blocks = [];
  let block = 0;
  const stream = engine.open({ sampleRate: RATE, analysis: 'behavior', onResult: () => void blocks.push(block) });
  for (; (block + 1) * BLOCK <= samples.length; block += 1) {
    await stream.push(samples.subarray(block * BLOCK, (block + 1) * BLOCK));
  }
  stream.cancel();
  return blocks;
}

/** Starts to count; gives how many times real time so many seconds of audio were. */
function stopwatch() {
  const [startMs, startCpu] = [nowMs(), process.cpuUsage()];
  return (/** @type {number} */ seconds) => {
    const { user, system } = process.cpuUsage(startCpu);
    return { wall: (seconds * 1000) / (nowMs() - startMs), core: (seconds * 1e6) / (user + system) };
  };
}

function heldBytes() {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function collectAll() {
  for (let i = 0; i < 4; i += 1) {
    /** @type {() => void} */ (globalThis.gc)();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

answerParent({
  /** Seconds of audio, of all streams together, per second, and per second of processor time in all threads. @param {Load} load */
  speed: async ({ vad, workers, streams, seconds }) => {
    const engine = await engineOf({ vad, workers });
    const samples = await speech(seconds);
    const took = stopwatch();
    await Promise.all(Array.from({ length: streams }, () => analyse(engine, samples)));
    return took(streams * seconds);
  },
  /** The same of the detector alone. @param {Pick<Load, 'vad' | 'seconds'>} load */
  vadSpeed: async ({ vad, seconds }) => {
    const detector = await (vad === 'light' ? loadLightVad() : loadSileroVad());
    const samples = await speech(seconds);
    const stream = detector.open();
    const took = stopwatch();
    for (let at = 0; at + detector.frameLength <= samples.length; at += detector.frameLength) {
      await stream.judge(samples.subarray(at, at + detector.frameLength));
    }
    const speeds = took(seconds);
    stream.close();
    return speeds;
  },
  /** KiB of JavaScript's memory, buffers included, that each stream holds in the middle of speech; and of the whole process. @param {Load} load */
  memory: async ({ vad, streams, seconds }) => {
    const engine = await engineOf({ vad, workers: 0 });
    const samples = await speech(seconds);
    const open = async () => {
      const stream = engine.open({ sampleRate: 8000, analysis: 'behavior', onResult: () => {} });
      for (let at = 0; at < samples.length; at += BLOCK) await stream.push(samples.subarray(at, at + BLOCK));
      return stream;
    };
    (await open()).cancel();
    await collectAll();
    const [heldBefore, rssBefore] = [heldBytes(), process.memoryUsage().rss];
    const all = [];
    for (let i = 0; i < streams; i += 1) all.push(await open());
    await collectAll();
    const kib = (/** @type {number} */ bytes) => bytes / streams / 1024;
    const measured = { heldKiB: kib(heldBytes() - heldBefore), rssKiB: kib(process.memoryUsage().rss - rssBefore) };
    for (const stream of all) stream.cancel();
    return measured;
  },
  /** Latency of each result, in ms, from when the block that it needed was due; and how many such streams a core could serve. @param {Load} load */
  live: async ({ vad, workers, streams, seconds }) => {
    const blocks = await blocksOfResults({ vad, seconds });
    const engine = await engineOf({ vad, workers });
    const samples = await speech(seconds);
    await analyse(engine, samples);
    /** @type {number[]} */
    const latencies = [];
    const startMs = nowMs() + 100;
    const took = stopwatch();
    await Promise.all(
      Array.from({ length: streams }, async (_, index) => {
        // Streams begin at any time.
        const firstMs = startMs + ((index * 7919) % 2000);
        let results = 0;
        const stream = engine.open({
          sampleRate: RATE,
          analysis: 'behavior',
          onResult: () => {
            const block = blocks[results];
            results += 1;
            if (block !== undefined) latencies.push(nowMs() - (firstMs + block * BLOCK_MS));
          },
        });
        for (let block = 0; (block + 1) * BLOCK <= samples.length; block += 1) {
          const dueMs = firstMs + block * BLOCK_MS;
          if (nowMs() < dueMs) await until(dueMs);
          const pending = stream.push(samples.subarray(block * BLOCK, (block + 1) * BLOCK));
          if (pending) await pending;
        }
        await stream.end();
      }),
    );
    return { latencies, perCore: took(streams * seconds).core };
  },
});
