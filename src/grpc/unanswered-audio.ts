import type { Epoch } from './epoch.js';
import type { Stretch } from './reconnector.js';
import type { ReplayRing } from './replay-ring.js';
import { type ReplayStart, replayStart } from './replay-start.js';
import type { SessionReporter } from './session-reporter.js';
import type { SessionResults } from './session-results.js';

/** Where a call begins; see {@link Stretch}. */
export type Start = Pick<Stretch, 'from' | 'skipMs'>;

/** The audio of a session that has no result yet. */
export class UnansweredAudio {
  readonly #ring: ReplayRing;
  readonly #results: SessionResults;
  readonly #reporter: SessionReporter;

  constructor(ring: ReplayRing, results: SessionResults, reporter: SessionReporter) {
    this.#ring = ring;
    this.#results = results;
    this.#reporter = reporter;
  }

  /** Where a call begins that follows that of an epoch. */
  startAfter({ next, sampleRate }: Epoch): ReplayStart {
    return replayStart(this.#ring, this.#results.answeredMs, next, sampleRate);
  }

  /** Reports sound that no call can send again. */
  reportLost({ gap }: ReplayStart): void {
    if (gap) this.#reporter.gap('unanswered', gap.startMs, gap.endMs);
  }

  /** Audio time where a call begins, in milliseconds. */
  timeOf({ from, skipMs }: Start): number {
    return (this.#ring.at(from)?.startMs ?? this.#ring.endMs) + skipMs;
  }

  /** Audio that a call sends again, in milliseconds. */
  replayMs({ from, skipMs }: Start): number {
    return Math.max(0, this.#ring.sentMs(from) - skipMs);
  }

  /** Whether there is no sound in what an epoch has sent and was not answered. */
  isQuiet({ next }: Epoch): boolean {
    return this.#ring.firstSound(this.#ring.indexAt(this.#results.answeredMs)) >= next;
  }
}
