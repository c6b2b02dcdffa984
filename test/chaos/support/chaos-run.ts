import { getEventListeners } from 'node:events';
import type { Prediction, StreamEvent } from '../../../src/index.js';
import { startLocalService } from '../../../src/service/index.js';
import { comparePredictions, type FaultPlan, startFaultyService } from '../../../src/testing/index.js';
import { CallLog } from './call-log.js';
import { chaosPlan } from './chaos-plan.js';
import { type KnownUtterances, knownUtterances } from './known-utterances.js';
import { leakedSince, memoryInUse, openResources } from './open-resources.js';
import { pieces, streamRecording } from './stream-recording.js';

/** What to put a session through. */
export interface ChaosOptions {
  /** Length of the recording. */
  readonly minutes: number;
  /** Decides the recording and the plan. */
  readonly seed: number;
  /** How many faults. Default: 20 a minute. */
  readonly faults?: number | undefined;
  /** The service's detector. */
  readonly vad: 'light' | 'silero';
  /** Times real time. Default: as fast as it goes. */
  readonly speed?: number | undefined;
  /** Called now and then. */
  readonly onProgress?: (doneMs: number, ofMs: number, fired: number) => void;
}

/** How a run with faults compares with the one without. */
export interface ChaosReport {
  readonly plan: FaultPlan;
  readonly utterances: number;
  readonly fired: number;
  readonly calls: number;
  readonly replayedMs: number;
  readonly elapsedMs: number;
  /** The farthest that a start or end of an utterance or a segment moved, in milliseconds. */
  readonly farthestShiftMs: number;
  readonly memoryGrowthBytes: number;
  /** In words, what is not as it should be; empty when all is well. */
  readonly problems: readonly string[];
}

/** Length of a frame of each detector, in milliseconds: how far times may move. */
export const FRAME_MS = { light: 10, silero: 32 };
/** What two runs may leave behind, compiled code and caches included; the audio of ten minutes would be 9.6 MB. */
const MAX_GROWTH_BYTES = 6 * 1024 * 1024;
/** Part of a sample at 8 kHz. */
const EXACT_MS = 0.0626;

/** Streams a recording twice, without faults and with them, and compares. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { minutes, seed, vad, faults = Math.round(minutes * 20) } = options;
  const recording = knownUtterances(minutes, seed);
  const plan = chaosPlan(seed, faults, minutes * 60_000);
  const problems: string[] = [];
  const warnings = watchWarnings();
  // Code, caches and WebAssembly are loaded by the first run, so that memory is compared after it.
  const expected = await stream(recording, { faults: [] }, { ...options, onProgress: () => {} });
  problems.push(
    ...expected.problems.map((problem) => `without faults: ${problem}`),
    ...unlikeKnown(recording, expected.predictions),
  );
  const before = { resources: openResources(), memory: memoryInUse() };
  const startedMs = performance.now();
  let actual: StreamedRun | undefined = await stream(recording, plan, options);
  const elapsedMs = performance.now() - startedMs;
  const shifts = compare(expected.predictions, actual.predictions, FRAME_MS[vad]);
  problems.push(...actual.problems, ...shifts.problems);
  const { fired, calls, replayedMs } = actual;
  actual = undefined;
  problems.push(...(await leakedSince(before.resources)));
  const memoryGrowthBytes = memoryInUse() - before.memory;
  if (memoryGrowthBytes > MAX_GROWTH_BYTES) problems.push(`${memoryGrowthBytes} bytes of memory are still in use`);
  problems.push(...warnings.stop());
  return {
    plan,
    utterances: recording.spans.length,
    fired,
    calls,
    replayedMs,
    elapsedMs,
    farthestShiftMs: shifts.farthestMs,
    memoryGrowthBytes,
    problems,
  };
}

interface StreamedRun {
  readonly predictions: readonly Prediction[];
  readonly fired: number;
  readonly calls: number;
  readonly replayedMs: number;
  readonly problems: string[];
}

async function stream(recording: KnownUtterances, plan: FaultPlan, options: ChaosOptions): Promise<StreamedRun> {
  const { vad, speed, onProgress } = options;
  const { samples, sampleRate } = recording;
  const log = new CallLog(recording);
  const local = await startLocalService({ vad });
  const service = await startFaultyService({ plan, target: local.connection, sourcePositionOf: log.positionOf });
  const durationMs = (samples.length / sampleRate) * 1000;
  const aborter = new AbortController();
  const problems: string[] = [];
  try {
    const { predictions, events, error } = await streamRecording(
      { sampleRate, bytes: () => pieces(samples, sampleRate), speed },
      {
        ...service.connection,
        signal: aborter.signal,
        // Faster than real time more is sent again within a minute, and fails more often without news in between.
        reconnect: { initialDelayMs: 1, maxDelayMs: 20, maxAttempts: 50, maxReplayMs: 1e12 },
        connectTimeoutMs: 500,
        stallTimeoutMs: 500,
      },
      ({ endMs }) => onProgress?.(endMs, durationMs, service.fired.length),
    );
    if (error) problems.push(`the session failed: ${error}`);
    for (const { kind, at } of service.pending) problems.push(`fault never fired: ${kind} at ${JSON.stringify(at)}`);
    problems.push(...log.errors, ...unexact(predictions, log, sampleRate), ...unlikelyEvents(events));
    const unheardMs = error ? 0 : log.unheardMs(recording);
    if (unheardMs > 0) problems.push(`${unheardMs} ms of speech never reached the service`);
    const listeners = getEventListeners(aborter.signal, 'abort').length;
    if (listeners > 0) problems.push(`${listeners} listeners on the signal`);
    return {
      predictions,
      fired: service.fired.length,
      calls: service.calls,
      replayedMs: log.receivedMs - durationMs,
      problems,
    };
  } finally {
    await service.close();
    await local.close({ graceMs: 0 });
  }
}

/** Every time of a prediction must lie where its call's audio lies in the recording, to the sample, and every key must be unique. */
function unexact(predictions: readonly Prediction[], { calls }: CallLog, sampleRate: number): string[] {
  const origins = [...calls.values()].map(({ from }) => (from / sampleRate) * 1000);
  const problems = predictions.flatMap(({ key, startMs, endMs, startTime = Number.NaN, endTime = Number.NaN }) => {
    const origin = startMs - startTime * 1000;
    const isKnown = origins.some((one) => Math.abs(one - origin) < EXACT_MS);
    const isStraight = Math.abs(endMs - endTime * 1000 - origin) < EXACT_MS;
    return isKnown && isStraight ? [] : [`${key}: no call's audio begins at ${origin.toFixed(3)} ms`];
  });
  const keys = new Set(predictions.map(({ key, revision }) => `${key}#${revision}`));
  return keys.size === predictions.length ? problems : [...problems, `${predictions.length - keys.size} keys came twice`];
}

function unlikelyEvents(events: readonly StreamEvent[]): string[] {
  const problems = events.flatMap((event) =>
    event.type === 'gap' ? [`gap (${event.reason}) ${event.startMs.toFixed(0)}-${event.endMs.toFixed(0)} ms`] : [],
  );
  const last = events.at(-1);
  return last?.type === 'session' && last.state === 'closed' ? problems : [...problems, 'the last event is not that it closed'];
}

/** The run without faults must have found what is known to be there. */
function unlikeKnown({ spans }: KnownUtterances, predictions: readonly Prediction[]): string[] {
  const found = predictions.filter(({ level }) => level === 'utterance');
  return spans.flatMap(({ startMs, endMs }) => {
    const heardMs = found.reduce((sum, one) => sum + Math.max(0, Math.min(one.endMs, endMs) - Math.max(one.startMs, startMs)), 0);
    return heardMs * 2 > endMs - startMs ? [] : [`without faults: no utterance at ${startMs.toFixed(0)}-${endMs.toFixed(0)} ms`];
  });
}

function compare(expected: readonly Prediction[], actual: readonly Prediction[], frameMs: number) {
  // Times of the wire are rounded to its decimals.
  const toleranceMs = frameMs + EXACT_MS;
  const { missing, extra, duplicated } = comparePredictions(expected, actual, { tasks: false, toleranceMs });
  const { shifted: all } = comparePredictions(expected, actual, { tasks: false, toleranceMs: 0 });
  const farthestMs = all.reduce(
    (most, { startShiftMs, endShiftMs }) => Math.max(most, Math.abs(startShiftMs), Math.abs(endShiftMs)),
    0,
  );
  const shifted = all.filter(
    ({ startShiftMs, endShiftMs }) => Math.max(Math.abs(startShiftMs), Math.abs(endShiftMs)) > toleranceMs,
  );
  const line = (what: string, { level, startMs, endMs, epoch, startTime = Number.NaN }: Prediction) =>
    `${what} ${level} ${startMs.toFixed(0)}-${endMs.toFixed(0)} ms (of call ${epoch}, which begins at ${(startMs - startTime * 1000).toFixed(0)} ms)`;
  return {
    farthestMs,
    problems: [
      ...missing.map((one) => line('missing', one)),
      ...extra.map((one) => line('extra', one)),
      ...duplicated.map((one) => line('duplicated', one)),
      ...shifted.map(
        ({ actual: one, startShiftMs, endShiftMs }) =>
          `${line('shifted', one)}: start by ${startShiftMs.toFixed(0)} ms, end by ${endShiftMs.toFixed(0)} ms`,
      ),
    ],
  };
}

function watchWarnings() {
  const seen: string[] = [];
  const see = (warning: Error) => void seen.push(`warning: ${warning.message}`);
  process.on('warning', see);
  return {
    stop: () => {
      process.off('warning', see);
      return seen;
    },
  };
}
