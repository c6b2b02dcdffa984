import { lastValueFrom, tap } from 'rxjs';
import type { StreamingOptions } from '../index.js';
import type { Input } from './input.js';
import { predict } from './predict.js';

/** What one paced stream was timed at, all in milliseconds. */
export interface BenchTimes {
  /** For each chunk: when its last sample was due, since the Unix epoch. */
  readonly dueAt: readonly number[];
  /** For each chunk: from the moment its last sample was due to the moment it was handed to the session. */
  readonly handOver: readonly number[];
  /** For each segment: from the moment its last sample was due to the arrival of its prediction. */
  readonly segments: readonly number[];
  /** For each utterance, as for segments; the silence that ends an utterance is part of it. */
  readonly utterances: readonly number[];
  /** Audio sent. */
  readonly sentMs: number;
}

/** Streams the input once at real time and takes the times. */
export async function benchRun(
  input: Input,
  chunkMs: number,
  streaming: StreamingOptions,
  stop: AbortSignal,
): Promise<BenchTimes> {
  const dueAt: number[] = [];
  const handOver: number[] = [];
  const segments: number[] = [];
  const utterances: number[] = [];
  let sentMs = 0;
  const answers$ = input.bytes$.pipe(
    predict({
      api: 'behavioral',
      channel: 'mix',
      label: input.label,
      rate: undefined,
      chunkMs,
      speed: 1,
      raw: false,
      streaming,
      stop,
      // The channels are mixed on purpose: what is said matters here, not who says it.
      events: { next: () => {} },
      onSent: ({ timing, length, format }) => {
        const due = timing.capturedAtMs ?? Date.now();
        dueAt.push(due);
        handOver.push(performance.timeOrigin + performance.now() - due);
        sentMs += (length / format.sampleRate) * 1000;
      },
    }),
    tap((answer) => {
      if (!('prediction' in answer) || answer.prediction.latencyMs === undefined) return;
      const { level, latencyMs } = answer.prediction;
      (level === 'segment' ? segments : utterances).push(latencyMs);
    }),
  );
  await lastValueFrom(answers$, { defaultValue: undefined });
  return { dueAt, handOver, segments, utterances, sentMs };
}
