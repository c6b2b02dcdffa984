// @ts-check
// From the end of a segment or utterance to its prediction, beside a hand-written grpc-js client on the same audio.
import assert from 'node:assert/strict';
import { readCall } from './measuring/audio-files.mjs';
import { Child } from './measuring/child-process.mjs';
import { nowMs } from './measuring/clock.mjs';
import { compare } from './measuring/comparison.mjs';
import { spread } from './measuring/statistics.mjs';

export const title = 'Prediction latency: end of segment or utterance to its prediction, in real time';

const CHUNK_MS = 250;
const BLOCK_MS = 10;
/** The zero-compute server's segments and utterances: no multiple of a chunk, so that they end anywhere in one. */
const ANSWER_EVERY_MS = 1130;
const LEAD_MS = 100;

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const call = await readCall();
  // Silence after the call, for the last utterance to end before the audio does.
  const pcm = Buffer.concat([
    quick ? call.subarray(0, 4 * 32_000) : call,
    Buffer.alloc(32_000 + (32_000 - (call.length % 32_000))),
  ]);
  const streams = quick ? 2 : 8;
  const rows = [];
  /** @type {Record<string, unknown>} */
  const details = {};
  for (const [server, options] of /** @type {const} */ ([
    ['zero-compute-server', { answerEveryMs: ANSWER_EVERY_MS }],
    ['local-service', { streams }],
  ])) {
    progress(server);
    const { engine, ours, baseline } = await measure(server, options, pcm, streams);
    const name = engine === undefined ? 'zero-compute server' : 'local service';
    if (engine !== undefined) details['local engine'] = engine;
    for (const level of ['segment', 'utterance']) {
      const pairs = pairUp(ours, baseline, level);
      if (pairs.length === 0) continue;
      details[`${name}, ${level}`] = { ours: describe(pairs.map(([a]) => a)), baseline: describe(pairs.map(([, b]) => b)) };
      rows.push(...PARTS.map(([measure, of]) => compareParts(`${name}, ${level}`, measure, of, pairs)));
    }
  }
  return {
    rows,
    details,
    notes: [
      `${CHUNK_MS} ms chunks. Chunk fill runs from the segment's or utterance's end to the last sample of the chunk after which the server answered; of the`,
      'local service it includes the silence that the engine awaits before it calls an utterance ended.',
    ],
  };
}

/** @typedef {{ stream: number, level: string, endMs: number, fill: number, up: number, engine: number, down: number, total: number }} Latency In ms. */

/** @type {[string, (latency: Latency) => number][]} */
const PARTS = [
  ['end to prediction', ({ total }) => total],
  ['  of it chunk fill', ({ fill }) => fill],
  ['  of it wire, both ways', ({ up, down }) => up + down],
  ['  of it engine', ({ engine }) => engine],
];

/** @param {string} server @param {object} options @param {Uint8Array} pcm @param {number} streams */
async function measure(server, options, pcm, streams) {
  const [service, proxy, ours, baseline] = [
    new Child(server),
    new Child('tcp-proxy'),
    new Child('live-sender'),
    new Child('live-sender'),
  ];
  try {
    const listening = await service.call('listen', options);
    const port = listening.port ?? listening;
    const chunks = Math.floor(pcm.length / 32 / CHUNK_MS);
    const stream = async (/** @type {Child} */ sender, /** @type {string} */ side, /** @type {number} */ startMs) => {
      const proxyPort = await proxy.call('listen', { port });
      await sender.call('open', {
        side,
        endpoint: `http://127.0.0.1:${proxyPort}`,
        chunkMs: CHUNK_MS,
        blockMs: BLOCK_MS,
        streams,
        pcm,
      });
      const fed = await sender.call('feed', { startMs, chunks, spreadMs: CHUNK_MS / streams });
      const results = await sender.call('finish');
      const calls = await proxy.call('take', { port: proxyPort, calls: streams, messages: chunks });
      return results.flatMap((/** @type {any[]} */ of, /** @type {number} */ index) =>
        latencies(index, of, fed.streams[index], calls[index]),
      );
    };
    // At the same time, half a step apart: the same audio meets the same load.
    const startMs = nowMs() + LEAD_MS;
    const [oursLatencies, baselineLatencies] = await Promise.all([
      stream(ours, 'library', startMs),
      stream(baseline, 'grpc-js', startMs + CHUNK_MS / streams / 2),
    ]);
    return { engine: listening.engine, ours: oursLatencies, baseline: baselineLatencies };
  } finally {
    await Promise.all([service, proxy, ours, baseline].map((child) => child.stop()));
  }
}

/**
 * Takes each prediction's latency apart, by when its answer passed the proxy and which chunk had passed before.
 *
 * @param {number} stream
 * @param {import('./processes/live-sender.mjs').Result[]} results
 * @param {{ dueMs: number[] }} fed
 * @param {{ audioMs: number[], answerMs: number[] }} seen
 * @returns {Latency[]}
 */
function latencies(stream, results, fed, seen) {
  const zeroMs = fed.dueMs[0] - CHUNK_MS;
  const firstMessage = Math.min(...results.map(({ messageId }) => messageId));
  return results.flatMap(({ receivedMs, level, endMs, messageId }) => {
    const answeredMs = seen.answerMs[messageId - firstMessage];
    const chunk = seen.audioMs.findLastIndex((ms) => ms <= answeredMs);
    const dueMs = fed.dueMs[chunk];
    const endedMs = zeroMs + endMs;
    // Answers after the audio's end wait for the end of the stream, not for a chunk.
    if (chunk >= fed.dueMs.length - 1) return [];
    const [fill, up] = [dueMs - endedMs, seen.audioMs[chunk] - dueMs];
    return [
      {
        stream,
        level,
        endMs,
        fill,
        up,
        engine: answeredMs - seen.audioMs[chunk],
        down: receivedMs - answeredMs,
        total: receivedMs - endedMs,
      },
    ];
  });
}

/** Pairs up the predictions of both sides for the same stretch of the same stream. @param {Latency[]} ours @param {Latency[]} baseline @param {string} level */
function pairUp(ours, baseline, level) {
  /** @param {Latency[]} all */
  const of = (all) => new Map(all.filter((l) => l.level === level).map((l) => [`${l.stream} ${Math.round(l.endMs)}`, l]));
  const others = of(baseline);
  const pairs = Array.from(of(ours), ([key, latency]) => /** @type {const} */ ([latency, others.get(key)]));
  const complete = /** @type {[Latency, Latency][]} */ (pairs.filter(([, other]) => other !== undefined));
  // A stretch whose answer came after the last chunk on one side only has no partner.
  assert.ok(complete.length >= pairs.length * 0.8, `both sides get the same ${level}s for the same audio`);
  return complete;
}

/** @param {string} name @param {string} measure @param {(latency: Latency) => number} of @param {[Latency, Latency][]} pairs */
function compareParts(name, measure, of, pairs) {
  return compare({
    case: name,
    measure,
    unit: 'ms',
    ours: pairs.map(([a]) => of(a)),
    baseline: pairs.map(([, b]) => of(b)),
    as: 'difference',
  });
}

/** @param {Latency[]} all */
function describe(all) {
  return Object.fromEntries(PARTS.map(([name, of]) => [name.trim(), spread(all.map(of))]));
}
