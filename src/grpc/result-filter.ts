import type { Level } from '../predictions/index.js';

/** A result's place on the session's own clock, in milliseconds of audio. */
export interface ResultSpan {
  readonly level: Level;
  readonly startMs: number;
  readonly endMs: number;
}

/** Part of a result that an emitted one of its level must cover for it to be the same speech again. */
const SAME_SPEECH = 0.5;

/** Knows what was emitted, and recognises results of replayed audio that say it again. */
export class ResultFilter {
  #emitted: (ResultSpan & { epoch: number })[] = [];
  readonly #deliveredMs = { segment: 0, utterance: 0 };
  readonly #forgottenMs = { segment: 0, utterance: 0 };

  /** Where the last emitted result of a level ended, of those that ended before an audio time. */
  deliveredMs(level: Level, beforeMs = Number.POSITIVE_INFINITY): number {
    if (this.#deliveredMs[level] <= beforeMs) return this.#deliveredMs[level];
    const ends = this.emitted(level).map(({ endMs }) => endMs);
    return Math.max(0, ...[this.#forgottenMs[level], ...ends].filter((endMs) => endMs <= beforeMs));
  }

  /** The emitted results of a level that were not forgotten, in order of emission. */
  emitted(level: Level): readonly ResultSpan[] {
    return this.#emitted.filter((emitted) => emitted.level === level);
  }

  /**
   * Whether a result is new; if it is, it counts as emitted.
   *
   * Within one call nothing is a repetition: it may revise what it said.
   */
  admit(epoch: number, span: ResultSpan): boolean {
    const length = span.endMs - span.startMs;
    for (const emitted of this.#emitted) {
      // An answered utterance has had its segments, too: a replay that begins within it cuts others.
      if (emitted.epoch === epoch || (emitted.level !== span.level && emitted.level !== 'utterance')) continue;
      const overlap = Math.min(emitted.endMs, span.endMs) - Math.max(emitted.startMs, span.startMs);
      if (overlap > 0 && overlap >= length * SAME_SPEECH) return false;
    }
    this.#emitted.push({ ...span, epoch });
    this.#deliveredMs[span.level] = Math.max(this.#deliveredMs[span.level], span.endMs);
    return true;
  }

  /** Forgets results that ended before audio that can't be replayed any more. */
  forget(beforeMs: number): void {
    if (this.#emitted.length === 0 || this.#emitted[0]!.endMs >= beforeMs) return;
    this.#emitted = this.#emitted.filter(({ level, endMs }) => {
      if (endMs < beforeMs) this.#forgottenMs[level] = Math.max(this.#forgottenMs[level], endMs);
      return endMs >= beforeMs;
    });
  }
}
