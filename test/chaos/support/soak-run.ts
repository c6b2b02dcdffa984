import { startLocalService } from '../../../src/service/index.js';
import { type Fault, startFaultyService } from '../../../src/testing/index.js';
import { chaosPlan } from './chaos-plan.js';
import { knownUtterances } from './known-utterances.js';
import { leakedSince, memoryInUse, openResources, slope } from './open-resources.js';
import { pieces, streamRecording } from './stream-recording.js';

/** How long a session is to last. */
export interface SoakOptions {
  readonly hours: number;
  readonly seed: number;
  readonly vad: 'light' | 'silero';
  /** Called at each sample. */
  readonly onSample?: (sample: SoakSample) => void;
}

/** What is in use at a moment of the session. */
export interface SoakSample {
  /** Source time that was answered, in milliseconds. */
  readonly atMs: number;
  /** Heap and buffers after a garbage collection, in bytes. */
  readonly memory: number;
  /** Sockets, servers, timers and processes. */
  readonly handles: number;
}

/** How a long session went. */
export interface SoakReport {
  readonly samples: readonly SoakSample[];
  /** Growth of memory per hour of audio, by the straight line through the samples since the replay buffer was full. */
  readonly bytesPerHour: number;
  /** The same of handles. */
  readonly handlesPerHour: number;
  readonly utterances: number;
  readonly expectedUtterances: number;
  readonly faults: number;
  readonly rotations: number;
  readonly elapsedMs: number;
  readonly problems: readonly string[];
}

/** Audio that is repeated, and how often it fails. */
const LOOP_MINUTES = 5;
const FAULTS_PER_LOOP = 7;
const ROTATE_EVERY_MS = 15_000;
/** What the session keeps for a replay, two minutes of it, and source time by when that is surely full: memory grows until then. */
const BUFFER_BYTES = 2 * 1024 * 1024;
const FULL_AFTER_MS = 150_000;
/** What counts as flat over the whole session: the noise of a collected heap, not what a leak of one object for each chunk would be. */
export const MAX_GROWTH_BYTES = 3 * 1024 * 1024;
const MAX_GROWTH_HANDLES = 4;

/** Streams hours of audio as fast as they go, with rotation and faults, and samples memory and handles. */
export async function runSoak({ hours, seed, vad, onSample }: SoakOptions): Promise<SoakReport> {
  const recording = knownUtterances(LOOP_MINUTES, seed);
  const { samples: loop, sampleRate } = recording;
  const loopMs = LOOP_MINUTES * 60_000;
  const loops = Math.max(1, Math.round((hours * 60) / LOOP_MINUTES));
  const problems: string[] = [];
  const samples: SoakSample[] = [];
  let [utterances, rotations, gaps] = [0, 0, 0];
  let expectedUtterances = 0;
  const before = openResources();
  const startedMs = performance.now();
  const local = await startLocalService({ vad });
  // Counted in audio that was sent, what is sent again included: audio that is repeated has no place of its own.
  let sentMs = 0;
  const service = await startFaultyService({
    plan: { faults: faultsOf(seed, loops, loopMs) },
    target: local.connection,
    sourcePositionOf: ({ samples: audio }) => {
      sentMs += (audio.length / sampleRate) * 1000;
      return sentMs;
    },
  });
  const bytes = function* () {
    for (let i = 0; i < loops; i += 1) yield* pieces(loop, sampleRate);
  };
  try {
    // Without faults and rotation, one loop says how many utterances there are.
    const calm = await streamRecording({ sampleRate, bytes: () => pieces(loop, sampleRate) }, local.connection);
    expectedUtterances = calm.predictions.filter(({ level }) => level === 'utterance').length * loops;
    const everyMs = Math.max(15_000, (loops * loopMs) / 40);
    let nextMs = 0;
    const { error } = await streamRecording(
      {
        sampleRate,
        bytes,
        onEvent: (event) => {
          if (event.type === 'gap') gaps += 1;
          if (event.type === 'session' && event.state === 'rotated') rotations += 1;
        },
      },
      {
        ...service.connection,
        reconnect: { initialDelayMs: 1, maxDelayMs: 20, maxAttempts: 50, maxReplayMs: 1e12, bufferBytes: BUFFER_BYTES },
        connectTimeoutMs: 500,
        stallTimeoutMs: 500,
        maxStreamDurationMs: ROTATE_EVERY_MS,
      },
      ({ level, endMs: atMs }) => {
        if (level === 'utterance') utterances += 1;
        if (atMs < nextMs) return;
        nextMs = atMs + everyMs;
        const sample = { atMs, memory: memoryInUse(), handles: openResources().handles.length };
        samples.push(sample);
        onSample?.(sample);
      },
    );
    if (error) problems.push(`the session failed: ${error}`);
  } finally {
    await service.close();
    await local.close({ graceMs: 0 });
  }
  const settled = samples.filter(({ atMs }) => atMs >= FULL_AFTER_MS);
  const perHour = (values: number[]) => (slope(values) * 3_600_000) / stepMs(settled);
  const [bytesPerHour, handlesPerHour] = [
    perHour(settled.map(({ memory }) => memory)),
    perHour(settled.map(({ handles }) => handles)),
  ];
  const spanHours = ((settled.at(-1)?.atMs ?? 0) - (settled[0]?.atMs ?? 0)) / 3_600_000;
  if (bytesPerHour * spanHours > MAX_GROWTH_BYTES)
    problems.push(`memory grows by ${(bytesPerHour / 2 ** 20).toFixed(2)} MiB an hour`);
  if (handlesPerHour * spanHours > MAX_GROWTH_HANDLES) problems.push(`handles grow by ${handlesPerHour.toFixed(1)} an hour`);
  if (gaps > 0) problems.push(`${gaps} gaps`);
  // The loops' seams are heard as they fall.
  if (Math.abs(utterances - expectedUtterances) > loops) {
    problems.push(`${utterances} utterances instead of ${expectedUtterances}`);
  }
  problems.push(...(await leakedSince(before)));
  return {
    samples,
    bytesPerHour,
    handlesPerHour,
    utterances,
    expectedUtterances,
    faults: service.fired.length,
    rotations,
    elapsedMs: performance.now() - startedMs,
    problems,
  };
}

function faultsOf(seed: number, loops: number, loopMs: number): Fault[] {
  return Array.from({ length: loops }, (_, i) =>
    chaosPlan(seed + i, FAULTS_PER_LOOP, loopMs).faults.map((fault): Fault => {
      const at = 'sourceMs' in fault.at ? { sourceMs: fault.at.sourceMs + i * loopMs } : fault.at;
      return { ...fault, at };
    }),
  ).flat();
}

function stepMs(samples: readonly SoakSample[]): number {
  if (samples.length < 2) return 1;
  return (samples.at(-1)!.atMs - samples[0]!.atMs) / (samples.length - 1);
}
