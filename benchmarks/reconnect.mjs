// @ts-check
// From the failure of a call to the first audio on the next one, and how much audio is sent again, beside a client that reconnects by hand.
import assert from 'node:assert/strict';
import { readCall } from './measuring/audio-files.mjs';
import { Child } from './measuring/child-process.mjs';
import { comparePercentile } from './measuring/comparison.mjs';
import { spread } from './measuring/statistics.mjs';

export const title = 'Reconnect: failure of a call to the first audio on the next, in real time';

const FAIL_EVERY_MS = 2600;

/** @typedef {import('./processes/failing-service.mjs').Failure} Failure */

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const call = await readCall();
  const pcm = quick ? call.subarray(0, 6 * 32_000) : Buffer.concat([call, call]);
  const [streams, rounds] = quick ? [2, 1] : [8, 2];
  const durationMs = pcm.length / 32;
  // Other positions in each stream, the same on both sides.
  const positions = Array.from({ length: streams }, (_, stream) =>
    Array.from(
      { length: Math.floor((durationMs - 1500) / FAIL_EVERY_MS) },
      (_, n) => (n + (stream + 1) / (streams + 1)) * FAIL_EVERY_MS,
    ),
  );
  const measure = (/** @type {'library' | 'grpc-js'} */ side, /** @type {object} */ reconnect) =>
    failuresOf(side, { streams, pcm, positions, reconnect });

  /** @type {{ [name: string]: Failure[][] }} */
  const sides = { 'default delays': [], 'initialDelayMs: 1': [], baseline: [] };
  for (let round = 0; round < rounds; round += 1) {
    progress(`round ${round + 1} of ${rounds}`);
    const order =
      round % 2 === 0 ? ['default delays', 'initialDelayMs: 1', 'baseline'] : ['baseline', 'initialDelayMs: 1', 'default delays'];
    for (const name of order) {
      const reconnect = name === 'initialDelayMs: 1' ? { initialDelayMs: 1, maxDelayMs: 1 } : {};
      sides[name].push(...(await measure(name === 'baseline' ? 'grpc-js' : 'library', reconnect)));
    }
  }
  const silentMs = (/** @type {string} */ name) =>
    sides[name].map((of) => of.map(({ failedMs, firstMs = Number.NaN }) => firstMs - failedMs));
  const againMs = (/** @type {string} */ name) =>
    sides[name].map((of) => of.map(({ atMs, fromMs = Number.NaN }) => Math.max(0, atMs - fromMs)));
  const rows = ['default delays', 'initialDelayMs: 1'].flatMap((name) =>
    [50, 95].map((percentile) =>
      comparePercentile({
        case: name,
        measure: `failure to first audio, p${percentile}`,
        unit: 'ms',
        percentile,
        ours: silentMs(name),
        baseline: silentMs('baseline'),
      }),
    ),
  );
  const again = [50, 95].map((percentile) =>
    comparePercentile({
      case: 'audio sent again',
      measure: `per failure, p${percentile}`,
      unit: 'ms',
      percentile,
      ours: againMs('default delays'),
      baseline: againMs('baseline'),
    }),
  );
  return {
    rows: [...rows, ...again],
    details: Object.fromEntries(
      Object.keys(sides).map((name) => [
        name,
        { silentMs: spread(silentMs(name).flat()), againMs: spread(againMs(name).flat()) },
      ]),
    ),
    notes: [
      'The service breaks off a call (RST_STREAM and TCP RST in turns) every 2.6 s of a telephone call. The baseline opens the next call at once',
      'and sends all audio since the end of the last utterance again, no more: it has no delay between attempts and no lead-in.',
    ],
  };
}

/** @param {'library' | 'grpc-js'} side @param {{ streams: number, pcm: Uint8Array, positions: number[][], reconnect: object }} options @returns {Promise<Failure[][]>} By stream. */
async function failuresOf(side, { streams, pcm, positions, reconnect }) {
  const [service, sender] = [new Child('failing-service'), new Child('reconnecting-sender')];
  try {
    const connections = await service.call('listen', { streams, pcm, positions });
    await sender.call('stream', { side, connections, pcm, reconnect });
    /** @type {Failure[][]} */
    const failures = await service.call('finish');
    for (const [stream, of] of failures.entries()) assert.equal(of.length, positions[stream].length, 'every fault fires');
    return failures.map((of) => of.filter(({ firstMs }) => firstMs !== undefined));
  } finally {
    await Promise.all([service, sender].map((child) => child.stop()));
  }
}
