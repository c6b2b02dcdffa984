// @ts-check
// The local engine: how fast it analyses, in one thread and in workers, what a stream holds, and how late results come.
import { availableParallelism } from 'node:os';
import { Child } from './measuring/child-process.mjs';
import { compare, comparePercentile } from './measuring/comparison.mjs';

export const title = 'Local engine: speed, memory and latency, against the detector alone and against one thread';

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const pairs = quick ? 1 : 7;
  const seconds = quick ? 8 : 60;
  const workers = availableParallelism();
  const rows = [];
  for (const vad of /** @type {const} */ (['light', 'silero'])) {
    const child = new Child('engine-streams', { execArgv: ['--expose-gc'] });
    try {
      /** @param {'wall' | 'core'} by @param {object} [load] @returns {Promise<number>} */
      const speed = async (by, load) => (await child.call('speed', { vad, workers: 0, streams: 1, seconds, ...load }))[by];
      await speed('core', { seconds: 5 });

      progress(`${vad}, one stream`);
      const [one, alone] = await inPairs(
        pairs,
        () => speed('core'),
        async () => (await child.call('vadSpeed', { vad, seconds })).core,
      );
      const faster = /** @type {const} */ ({ unit: 'x real time', measure: 'audio per second of one core' });
      const hundred = { of: /** @type {const} */ ('ours'), atLeast: 100, text: '>= 100x' };
      rows.push(
        compare({
          ...faster,
          case: `${vad}, one stream, one thread (baseline: the detector alone)`,
          ours: one,
          baseline: alone,
          target: hundred,
        }),
      );

      progress(`${vad}, 16 streams`);
      const many = { streams: 16, seconds: quick ? 4 : 15 };
      const [together, single] = await inPairs(
        pairs,
        () => speed('core', many),
        () => speed('core', { seconds: many.seconds * 4 }),
      );
      rows.push(
        compare({
          ...faster,
          case: `${vad}, 16 streams, one thread (baseline: one stream)`,
          ours: together,
          baseline: single,
          target: hundred,
        }),
      );

      progress(`${vad}, ${workers} workers`);
      const [shared, unshared] = await inPairs(
        pairs,
        () => speed('wall', { ...many, workers }),
        () => speed('wall', many),
      );
      rows.push(
        compare({
          ...faster,
          case: `${vad}, 16 streams, ${workers} workers (baseline: one thread)`,
          ours: shared,
          baseline: unshared,
        }),
      );

      progress(`${vad}, memory`);
      const { heldKiB, rssKiB } = await child.call('memory', { vad, streams: quick ? 20 : 200, seconds: 6 });
      const limit = { of: /** @type {const} */ ('ours'), atMost: 256, text: '<= 256 KiB' };
      rows.push(
        compare({
          case: `${vad}, 8 kHz input, in speech`,
          measure: 'held per stream',
          unit: 'KiB',
          ours: [heldKiB],
          target: limit,
        }),
      );
      rows.push(compare({ case: `${vad}, 8 kHz input, in speech`, measure: 'resident per stream', unit: 'KiB', ours: [rssKiB] }));

      for (const streams of quick ? [4] : [1, 50, 100, 200]) {
        progress(`${vad}, ${streams} live streams`);
        const load = { vad, streams, seconds: quick ? 6 : 20 };
        const ours = await child.call('live', { ...load, workers });
        const baseline = await child.call('live', { ...load, workers: 0 });
        const target = { of: /** @type {const} */ ('ours'), atMost: 60, text: '<= 60 ms' };
        const row = { case: `${vad}, ${streams} live streams, ${workers} workers (baseline: one thread)`, unit: 'ms' };
        const perCore = { ours: [ours.perCore], baseline: [baseline.perCore] };
        rows.push(compare({ ...row, measure: 'by processor time, on one core', unit: 'streams', ...perCore }));
        rows.push(
          comparePercentile({
            ...row,
            measure: 'latency, p50',
            percentile: 50,
            ours: [ours.latencies],
            baseline: [baseline.latencies],
          }),
        );
        rows.push(
          comparePercentile({
            ...row,
            measure: 'latency, p95',
            percentile: 95,
            ours: [ours.latencies],
            baseline: [baseline.latencies],
            target,
          }),
        );
      }
    } finally {
      await child.stop();
    }
  }
  return {
    rows,
    notes: [
      'Latency is from when the block of 20 ms that a result needs is due to the result, without gRPC; which block that is, a run in one thread told.',
      'Held is the JavaScript heap with its buffers; resident also counts WebAssembly and what the allocators keep.',
    ],
  };
}

/** Runs both sides in turns. @param {number} pairs @param {() => Promise<number>} ours @param {() => Promise<number>} baseline @returns {Promise<[number[], number[]]>} */
async function inPairs(pairs, ours, baseline) {
  /** @type {[number[], number[]]} */
  const figures = [[], []];
  for (let pair = 0; pair < pairs; pair += 1) {
    const sides = pair % 2 === 0 ? [0, 1] : [1, 0];
    for (const side of sides) figures[side].push(await (side === 0 ? ours() : baseline()));
  }
  return figures;
}
