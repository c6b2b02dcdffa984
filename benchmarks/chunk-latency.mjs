// @ts-check
// From a chunk's last sample to its bytes at a TCP proxy in front of the server, beside a hand-written grpc-js client.
import assert from 'node:assert/strict';
import { readCall } from './measuring/audio-files.mjs';
import { Child } from './measuring/child-process.mjs';
import { nowMs } from './measuring/clock.mjs';
import { compare, comparePercentile } from './measuring/comparison.mjs';
import { interleave } from './measuring/pairs.mjs';
import { spread } from './measuring/statistics.mjs';

export const title = 'Chunk latency: last sample due to bytes at a proxy, against hand-written grpc-js';

/**
 * `blockMs`: what the source delivers at once; 20 ms as RTP and media streams do. `chunks`: of one stream of one side of one pair; an even
 * number, because two chunks of 250 ms are whole blocks, and one is not.
 *
 * @typedef {{ chunkMs: number, blockMs: number, streams: number, chunks: number }} Setup
 */
/** @type {Setup[]} */
const SETUPS = [
  { chunkMs: 20, blockMs: 20, streams: 1, chunks: 120 },
  { chunkMs: 250, blockMs: 20, streams: 1, chunks: 40 },
  { chunkMs: 20, blockMs: 20, streams: 50, chunks: 50 },
  { chunkMs: 250, blockMs: 20, streams: 50, chunks: 4 },
];

/** As a service answers while somebody speaks: a session whose speech nobody answers would look for the reason. */
const ANSWER_EVERY_MS = 2000;
/** Time for a command to reach the children before the first block is due. */
const LEAD_MS = 60;
/**
 * What is fed before anything counts, on all streams together: as much as a process that lives long has seen after some minutes, for
 * V8 to have compiled what runs often.
 */
const WARM_UP = { ms: 5000, speed: 60 };

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const pcm = await readCall();
  const rows = [];
  /** @type {Record<string, unknown>} */
  const details = {};
  for (const setup of SETUPS) {
    const name = `${setup.chunkMs} ms chunks, ${setup.streams} stream${setup.streams === 1 ? '' : 's'}`;
    progress(name);
    const scaled = quick ? { ...setup, streams: Math.min(setup.streams, 5), chunks: 2 * Math.ceil(setup.chunks / 16) } : setup;
    const measured = await measure(scaled, pcm, quick ? 2 : 20, quick ? 200 : WARM_UP.ms);
    rows.push(...compareSides(name, scaled, measured));
    details[name] = { ours: parts(measured.ours), baseline: parts(measured.baseline) };
  }
  return { rows, details };
}

/** @typedef {{ dueMs: number[], deliveredMs: number[], writtenMs: number[], arrivedMs: number[] }} StreamTimes */
/** @typedef {{ cpuMs: number, sourceCpuMs?: number, streams: StreamTimes[] }} Window One side of one pair. */

/** @param {Setup} setup @param {Uint8Array} pcm @param {number} pairs @param {number} warmUpMs */
async function measure(setup, pcm, pairs, warmUpMs) {
  const { chunkMs, blockMs, streams } = setup;
  const [server, proxy, ours, baseline, source] = [
    new Child('zero-compute-server'),
    new Child('tcp-proxy'),
    new Child('live-sender'),
    new Child('live-sender'),
    new Child('live-sender'),
  ];
  const children = [server, proxy, ours, baseline, source];
  try {
    const port = await server.call('listen', { answerEveryMs: ANSWER_EVERY_MS });
    const [oursPort, baselinePort] = [await proxy.call('listen', { port }), await proxy.call('listen', { port })];
    const open = { chunkMs, blockMs, streams, pcm };
    await ours.call('open', { ...open, side: 'library', endpoint: `http://127.0.0.1:${oursPort}` });
    await baseline.call('open', { ...open, side: 'grpc-js', endpoint: `http://127.0.0.1:${baselinePort}` });
    await source.call('open', { ...open, side: 'nothing', endpoint: '' });

    /** @type {Feed} */
    const feed = async (sender, proxyPort, { startMs, chunks, speed = 1 }) => {
      const fed = await sender.call('feed', { startMs, chunks, speed, spreadMs: chunkMs / speed / streams });
      const calls = await proxy.call('take', { port: proxyPort, calls: streams, messages: chunks });
      const times = fed.streams.map((/** @type {any} */ stream, /** @type {number} */ index) => {
        assert.equal(calls[index].audioMs.length, chunks, 'every chunk is one message');
        return { ...stream, arrivedMs: calls[index].audioMs };
      });
      return { cpuMs: fed.cpuMs, streams: times };
    };
    const speed = Math.max(1, WARM_UP.speed / streams);
    const warmUp = { startMs: nowMs() + LEAD_MS, chunks: 2 * Math.ceil((warmUpMs * speed) / chunkMs / 2), speed };
    await Promise.all([
      feed(ours, oursPort, warmUp),
      feed(baseline, baselinePort, warmUp),
      source.call('feed', { ...warmUp, spreadMs: 0 }),
    ]);
    const measured = await measurePairs(setup, pairs, feed, { ours, oursPort, baseline, baselinePort, source });

    for (const sender of [ours, baseline, source]) await sender.call('finish');
    const digests = await Promise.all(
      [oursPort, baselinePort].map(async (proxyPort) => {
        const calls = await proxy.call('take', { port: proxyPort, calls: streams, messages: 0 });
        return calls.map((/** @type {{ digest: string }} */ { digest }) => digest);
      }),
    );
    assert.deepEqual(digests[0], digests[1], 'both sides have sent the same messages, byte by byte');
    return measured;
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** @typedef {(sender: Child, proxyPort: number, schedule: { startMs: number, chunks: number, speed?: number }) => Promise<Window>} Feed */

/**
 * Runs the pairs. Single streams, which leave the processors idle, run at the same time, each in the pauses of the others, together with
 * a process that only reads its source; many streams run one side after the other.
 *
 * @param {Setup} setup @param {number} pairs @param {Feed} feed
 * @param {{ ours: Child, oursPort: number, baseline: Child, baselinePort: number, source: Child }} sides
 */
async function measurePairs(
  { streams, blockMs, chunkMs, chunks },
  pairs,
  feed,
  { ours, oursPort, baseline, baselinePort, source },
) {
  if (streams > 1) {
    return interleave(
      pairs,
      () => feed(ours, oursPort, { startMs: nowMs() + LEAD_MS, chunks }),
      () => feed(baseline, baselinePort, { startMs: nowMs() + LEAD_MS, chunks }),
    );
  }
  /** @type {{ ours: Window[], baseline: Window[] }} */
  const windows = { ours: [], baseline: [] };
  const offsetMs = Math.floor(blockMs / 3);
  for (let pair = 0; pair < pairs; pair += 1) {
    // Whole milliseconds, because timers have no finer ones: the same lateness for both.
    const startMs = Math.ceil(nowMs() + LEAD_MS);
    const [first, second] = pair % 2 === 0 ? [0, offsetMs] : [offsetMs, 0];
    const [oursWindow, baselineWindow, sourceWindow] = await Promise.all([
      feed(ours, oursPort, { startMs: startMs + first, chunks }),
      feed(baseline, baselinePort, { startMs: startMs + second, chunks }),
      source.call('feed', { startMs: startMs + 2 * offsetMs, chunks, spreadMs: chunkMs }),
    ]);
    windows.ours.push({ ...oursWindow, sourceCpuMs: sourceWindow.cpuMs });
    windows.baseline.push({ ...baselineWindow, sourceCpuMs: sourceWindow.cpuMs });
  }
  return windows;
}

/** One figure of every chunk of a window. @param {Window} window @param {keyof StreamTimes} from @param {keyof StreamTimes} to */
function between({ streams }, from, to) {
  return streams.flatMap((times) => times[to].map((ms, index) => ms - times[from][index]));
}

/** The latency in parts, over all pairs, in ms. @param {Window[]} windows */
function parts(windows) {
  const all = (/** @type {keyof StreamTimes} */ from, /** @type {keyof StreamTimes} */ to) =>
    spread(windows.flatMap((window) => between(window, from, to)));
  return {
    /** Timer's lateness; not the sender's doing. */
    dueToDelivered: all('dueMs', 'deliveredMs'),
    /** Operators, or hand-written re-blocking. */
    deliveredToWritten: all('deliveredMs', 'writtenMs'),
    /** grpc-js, HTTP/2 and TCP. */
    writtenToProxy: all('writtenMs', 'arrivedMs'),
    dueToProxy: all('dueMs', 'arrivedMs'),
  };
}

/** @param {string} name @param {Setup} setup @param {{ ours: Window[], baseline: Window[] }} measured */
function compareSides(name, { chunkMs, streams, chunks }, { ours, baseline }) {
  const isSingle = streams === 1;
  const unit = 'ms';
  /** @param {string} measure @param {number} percentile @param {keyof StreamTimes} from @param {keyof StreamTimes} to */
  const latency = (measure, percentile, from, to) => ({
    case: name,
    measure: `${measure}, p${percentile}`,
    unit,
    percentile,
    ours: ours.map((window) => between(window, from, to)),
    baseline: baseline.map((window) => between(window, from, to)),
  });
  const audioSeconds = (streams * chunks * chunkMs) / 1000;
  const cpu = (/** @type {Window[]} */ windows) => windows.map(({ cpuMs }) => cpuMs / audioSeconds);
  const cpuRow = { case: name, unit: 'ms per s of audio' };
  const net = (/** @type {Window[]} */ windows) =>
    windows.map(({ cpuMs, sourceCpuMs = 0 }) => (cpuMs - sourceCpuMs) / audioSeconds);
  return [
    comparePercentile(latency('last sample due to proxy', 50, 'dueMs', 'arrivedMs')),
    comparePercentile({
      ...latency('last sample due to proxy', 99, 'dueMs', 'arrivedMs'),
      ...(isSingle && { target: { of: 'change', atMost: 1, text: '<= 1 ms added' } }),
    }),
    comparePercentile(latency('  of it operators', 99, 'deliveredMs', 'writtenMs')),
    comparePercentile(latency('  of it wire (grpc-js to proxy)', 99, 'writtenMs', 'arrivedMs')),
    compare({
      ...cpuRow,
      measure: 'processor time',
      ours: cpu(ours),
      baseline: cpu(baseline),
      ...(isSingle && { target: { of: 'change', atMost: 1.15, text: '<= 1.15x' } }),
    }),
    ...(isSingle ? [compare({ ...cpuRow, measure: '  without the source’s', ours: net(ours), baseline: net(baseline) })] : []),
  ];
}
