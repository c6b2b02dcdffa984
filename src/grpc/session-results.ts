import type { Timeline } from '../audio/index.js';
import { type Level, type Prediction, PredictionAssembler } from '../predictions/index.js';
import type { Epoch } from './epoch.js';
import type { StreamResult__Output } from './proto/types/behavioral_api/grpc/v1/StreamResult.js';
import { rememberMessage } from './raw-result.js';
import { ResultFilter, type ResultSpan } from './result-filter.js';
import type { SessionReporter } from './session-reporter.js';

/** Turns the messages of a session's calls into predictions on the source's timeline, each said once. */
export class SessionResults {
  readonly #timeline: Timeline;
  readonly #level: Level | undefined;
  readonly #reporter: SessionReporter;
  readonly #assembler = new PredictionAssembler();
  readonly #filter = new ResultFilter();
  #count = 0;

  /** @param level The only level that was asked for, if it was one. */
  constructor(timeline: Timeline, level: Level | undefined, reporter: SessionReporter) {
    this.#timeline = timeline;
    this.#reporter = reporter;
    this.#level = level;
  }

  /** Audio time up to which everything has been answered, in milliseconds. */
  get answeredMs(): number {
    return this.#filter.deliveredMs(this.#level ?? 'utterance');
  }

  /** Audio time up to which the server has said anything at all, in milliseconds. */
  get heardMs(): number {
    return Math.max(this.#filter.deliveredMs('segment'), this.#filter.deliveredMs('utterance'));
  }

  /** Audio time up to which everything before another has been answered, in milliseconds. */
  answeredBefore(ms: number): number {
    return this.#filter.deliveredMs(this.#level ?? 'utterance', ms);
  }

  /** How many results there were. */
  get count(): number {
    return this.#count;
  }

  /** The latest results of the level that answers audio. */
  get answered(): readonly ResultSpan[] {
    return this.#filter.emitted(this.#level ?? 'utterance');
  }

  /** Reports and returns what a message of an epoch says that no other epoch has said; times in milliseconds. */
  take(epoch: Epoch, message: StreamResult__Output, engine: 'local' | 'remote'): Prediction[] {
    const nowMs = performance.now();
    const predictions = this.#assembler.assemble(message, {
      epoch: epoch.number,
      engine,
      level: this.#level,
      locate: (startSeconds, endSeconds) => {
        const start = this.#timeline.locate(epoch.number, startSeconds, 'start');
        const end = this.#timeline.locate(epoch.number, endSeconds, 'end');
        return {
          startMs: toMicroseconds(start?.sourceMs ?? startSeconds * 1000),
          endMs: toMicroseconds(end?.sourceMs ?? endSeconds * 1000),
          wallMs: start?.wallMs,
          latencyMs: end?.monotonicMs === undefined ? undefined : toMicroseconds(Math.max(0, nowMs - end.monotonicMs)),
        };
      },
    });
    const news = predictions.filter((prediction) => this.#isNew(epoch, prediction));
    this.#count += news.length;
    for (const prediction of news) {
      rememberMessage(prediction, message);
      this.#reporter.result(prediction, prediction.endTime === undefined ? undefined : epoch.sinceWritten(prediction.endTime));
    }
    return news;
  }

  /** Forgets what ended before audio that can't be replayed any more. */
  forget(beforeMs: number): void {
    this.#filter.forget(beforeMs);
  }

  #isNew(epoch: Epoch, { level, startTime, endTime }: Prediction): boolean {
    if (startTime === undefined || endTime === undefined) return true;
    const span = { level, startMs: epoch.audioMs(startTime), endMs: epoch.audioMs(endTime) };
    return span.endMs <= epoch.retiredAtMs && this.#filter.admit(epoch.number, span);
  }
}

/** Milliseconds to the microsecond, less than a sample: without the noise of binary fractions, 16004 is not 16004.000000000002. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1e3) / 1e3;
}
