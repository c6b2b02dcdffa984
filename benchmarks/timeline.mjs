// @ts-check
// What a session does with each chunk beside sending it: notes it on the timeline, counts it, remembers when it was written.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { compare } from './measuring/comparison.mjs';
import { interleave } from './measuring/pairs.mjs';

export const title = 'Bookkeeping of a session, for each chunk';

const SAMPLE_RATE = 16_000;
const CHUNK_LENGTH = 320;
const TARGET = { of: /** @type {const} */ ('ours'), atMost: 2, text: 'at most 2 us' };

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const { Timeline, SessionStatistics, WriteTimes } = await loadParts();
  const chunks = quick ? 10_000 : 200_000;
  const pairs = quick ? 2 : 20;
  const source = { label: 'call' };
  const format = { encoding: 's16le', channels: 1, sampleRate: SAMPLE_RATE };
  /** @param {number} index @param {boolean} jumps Whether audio is missing before each chunk. */
  const chunkAt = (index, jumps) => ({
    format,
    length: CHUNK_LENGTH,
    timing: { source, position: index * CHUNK_LENGTH * (jumps ? 2 : 1) },
  });
  /** Microseconds for each chunk. @param {() => (index: number) => void} prepare */
  const timed = (prepare) => async () => {
    const step = prepare();
    const startedMs = performance.now();
    for (let index = 0; index < chunks; index += 1) step(index);
    return ((performance.now() - startedMs) * 1000) / chunks;
  };
  /** The least that any bookkeeping does: the chunk's object, and its length added to a counter. @param {boolean} jumps */
  const counter = (jumps) =>
    timed(() => {
      let length = 0;
      return (index) => {
        length += chunkAt(index, jumps).length;
        if (length < 0) throw new Error('a length is never negative');
      };
    });
  /** @type {[name: string, prepare: () => (index: number) => void, jumps: boolean][]} */
  const cases = [
    ['timeline, audio without gaps', () => appendTo(new Timeline(), false), false],
    ['timeline, a gap before each chunk', () => appendTo(new Timeline(), true), true],
    ['statistics and write times', () => countIn(new SessionStatistics(), new WriteTimes()), false],
  ];
  /** @param {InstanceType<typeof Timeline>} timeline @param {boolean} jumps */
  function appendTo(timeline, jumps) {
    return (/** @type {number} */ index) => timeline.append(0, chunkAt(index, jumps));
  }
  /** @param {InstanceType<typeof SessionStatistics>} statistics @param {InstanceType<typeof WriteTimes>} writes */
  function countIn(statistics, writes) {
    return (/** @type {number} */ index) => {
      const { length } = chunkAt(index, false);
      writes.note(index * 20, performance.now());
      statistics.sent(20, 2 * length);
      statistics.inFlight(40);
      statistics.queued(40);
    };
  }
  const rows = [];
  for (const [name, prepare, jumps] of cases) {
    progress(name);
    await interleave(quick ? 1 : 5, timed(prepare), counter(jumps));
    const times = await interleave(pairs, timed(prepare), counter(jumps));
    rows.push(compare({ case: name, measure: 'time; baseline: one counter', unit: 'us per chunk', target: TARGET, ...times }));
  }
  return { rows };
}

/** The package doesn't export them, so they are built as it is. @returns {Promise<any>} */
async function loadParts() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'timeline-benchmark-'));
  try {
    const outfile = path.join(folder, 'parts.mjs');
    const contents = ['audio/timeline', 'grpc/session-statistics', 'grpc/write-times']
      .map((name) => `export * from './src/${name}.ts';`)
      .join('\n');
    await build({
      stdin: { contents, resolveDir: path.resolve(import.meta.dirname, '..'), loader: 'ts' },
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}
