// @ts-check
// From a submission's acknowledgement to its results at the client, and how much audio the service gets through in an hour.
import { makeSpeech } from './measuring/audio-files.mjs';
import { Child } from './measuring/child-process.mjs';
import { compare } from './measuring/comparison.mjs';
import { interleave } from './measuring/pairs.mjs';
import { spread } from './measuring/statistics.mjs';

export const title = 'Batch API: time to results and audio an hour, against the engine alone, without HTTP, store and queue';

/** @typedef {{ total: number, queue: number, job: number, notice: number }} Latency In ms. */

/** @type {[string, keyof Latency][]} */
const PARTS = [
  ['acknowledged to results', 'total'],
  ['  of it in the queue', 'queue'],
  ['  of it job: decoding, engine, store', 'job'],
  ['  of it until the client asks, and has them', 'notice'],
];

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const rows = [];
  /** @type {Record<string, unknown>} */
  const details = {};
  const [service, client, alone] = [new Child('batch-service'), new Child('batch-client'), new Child('file-analyser')];
  try {
    const { connection, engine } = await service.call('listen', { maxJobs: 2 });
    details['local engine'] = engine;
    const brief = await makeSpeech('wav', quick ? 10 : 60);
    const load = { file: brief, connection };
    await client.call('analyze', { ...load, count: 2, concurrency: 1 });
    await alone.call('analyze', { file: brief, count: 2, concurrency: 1 });

    for (const [concurrency, pairs] of quick
      ? [[1, 1]]
      : [
          [1, 10],
          [8, 5],
        ]) {
      const count = concurrency;
      const name = `WAV of ${quick ? 10 : 60} s, ${concurrency} at a time`;
      progress(name);
      const measured = await interleave(
        pairs,
        async () => {
          const { seen } = await client.call('analyze', { ...load, count, concurrency });
          return Promise.all(seen.map((/** @type {any} */ one) => latencyOf(service, one)));
        },
        async () => (await alone.call('analyze', { file: brief, count, concurrency: Math.min(2, concurrency) })).each,
      );
      /** @type {Latency[]} */
      const all = measured.ours.flat();
      details[name] = Object.fromEntries(PARTS.map(([measure, part]) => [measure.trim(), spread(all.map((one) => one[part]))]));
      const row = { case: name, unit: 'ms', as: /** @type {const} */ ('difference') };
      // Medians of each pair: what is at work at the same time is not independent.
      for (const [measure, part] of PARTS) {
        const ours = measured.ours.map((pair) => spread(pair.map((/** @type {Latency} */ one) => one[part])).p50);
        const baseline = measured.baseline.map((each) => spread(each).p50);
        rows.push(compare({ ...row, measure, ours, ...((part === 'total' || part === 'job') && { baseline }) }));
      }
    }

    const [count, seconds] = quick ? [2, 20] : [4, 300];
    const long = await makeSpeech('wav', seconds);
    const perHour = (/** @type {{ tookMs: number }} */ { tookMs }) => (count * seconds * 1000) / tookMs;
    progress('audio an hour');
    const throughput = await interleave(
      quick ? 1 : 5,
      async () => perHour(await client.call('analyze', { connection, file: long, count, concurrency: count })),
      async () => perHour(await alone.call('analyze', { file: long, count, concurrency: 2 })),
    );
    const load2 = `${count} WAV files of ${seconds} s, two jobs at a time`;
    rows.push(compare({ case: load2, measure: 'audio, uploads included', unit: 'hours an hour', ...throughput }));
    return {
      rows,
      details,
      notes: [
        'The engine alone decodes the same files and works on as many at once. The client asks every 20 ms here; by default it asks after 1 s, then',
        'each time 1.5 times later up to 30 s, which then is what one waits for.',
      ],
    };
  } finally {
    await Promise.all([service, client, alone].map((child) => child.stop()));
  }
}

/** @param {Child} service @param {{ pid: string, acknowledgedMs: number, completedMs: number }} seen @returns {Promise<Latency>} */
async function latencyOf(service, { pid, acknowledgedMs, completedMs }) {
  const { beganMs, endedMs } = await service.call('jobOf', { pid });
  return {
    total: completedMs - acknowledgedMs,
    // The job may have begun while the acknowledgement was on its way.
    queue: Math.max(0, beganMs - acknowledgedMs),
    job: endedMs - Math.max(beganMs, acknowledgedMs),
    notice: completedMs - endedMs,
  };
}
