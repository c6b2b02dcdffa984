import { type AudioChunk, durationMs, sliceChunk, startMs } from '../audio/index.js';
import type { Epoch } from './epoch.js';
import type { BudgetCut } from './epoch-observer.js';
import type { MissingAudio } from './missing-audio.js';
import type { Stretch } from './reconnector.js';
import type { LostSound, ReplayRing } from './replay-ring.js';
import { type ReplayStart, replayStart } from './replay-start.js';
import type { SessionReporter } from './session-reporter.js';
import type { SessionResults } from './session-results.js';

/** Where a call begins; see {@link Stretch}. */
export type Start = Pick<Stretch, 'from' | 'skipMs'>;

/** Runs of lost sound that are remembered as reported. */
const MAX_REPORTED = 100;

/** The audio of a session that has no result yet. */
export class UnansweredAudio {
  readonly #ring: ReplayRing;
  readonly #results: SessionResults;
  readonly #reporter: SessionReporter;
  readonly #missing: MissingAudio;
  /** Audio times of lost sound that was reported. */
  #reported: { startMs: number; endMs: number }[] = [];

  constructor(ring: ReplayRing, results: SessionResults, reporter: SessionReporter, missing: MissingAudio) {
    this.#ring = ring;
    this.#results = results;
    this.#reporter = reporter;
    this.#missing = missing;
  }

  /** Where a call begins that follows that of an epoch. */
  startAfter(epoch: Epoch): ReplayStart {
    const { next, ownedFromMs } = epoch;
    return replayStart(this.#ring, this.#answeredBy(epoch), next, this.#results.answered, epoch.audioMs(0), ownedFromMs);
  }

  /** Whether an epoch was sent sound that has no result, and that no call can send again. */
  isLost(epoch: Epoch): boolean {
    return this.#lost(epoch).length > 0;
  }

  /** Reports sound that no call can send again; each once. */
  reportLost(epoch: Epoch): void {
    for (const { startMs, endMs, sourceMs } of this.#lost(epoch)) {
      this.#reporter.gap('unanswered', sourceMs, sourceMs + endMs - startMs);
      this.#reported.push({ startMs, endMs });
      if (this.#reported.length > MAX_REPORTED) this.#reported.shift();
    }
  }

  /**
   * Audio time up to which an epoch may still answer when another begins: what was answered can be revised, what comes after it in the new
   * call's audio is left to that.
   */
  retirement(epoch: Epoch, { from, skipMs }: Start): number {
    return Math.max((this.#ring.at(from)?.startMs ?? this.#ring.endMs) + skipMs, this.#answeredBy(epoch));
  }

  /** Audio that a call sends again, in milliseconds. */
  replayMs({ from, skipMs, end }: Pick<Stretch, 'from' | 'skipMs' | 'end'>): number {
    return Math.max(0, this.#ring.sentMs(from, end) - skipMs);
  }

  /** Whether there is no sound in what an epoch has sent and was not answered. */
  isQuiet({ next }: Epoch): boolean {
    return this.#ring.firstSound(this.#ring.indexAt(this.#results.answeredMs)) >= next;
  }

  /**
   * Reports what was not answered up to an entry as a gap, because it can't be paid for; from the first sound on.
   *
   * @param heardMs Audio time up to which a call heard it again, or another has yet to answer it.
   * @returns Where it begins, or where the audio ends when nothing is missing; milliseconds of the source.
   */
  forfeit(end: number, heardMs = 0): number {
    const fromMs = Math.max(this.#answeredMs(end), heardMs);
    const last = Math.min(end, this.#ring.end);
    const first = this.#ring.firstSound(this.#ring.indexAt(fromMs));
    for (let index = first; index < last; index += 1) this.#missing.add('budget', this.#after(index, fromMs));
    this.#missing.report();
    if (first < last) return startMs(this.#after(first, fromMs));
    const { chunk } = this.#ring.at(last - 1)!;
    return startMs(chunk) + durationMs(chunk);
  }

  /** Reports what a cut leaves unheard of what was sent before, or comes before the audio of another call. */
  forfeitAfter({ heardMs, end, isNew }: BudgetCut): void {
    const isInside = end < this.#ring.end;
    if (isInside || !isNew) this.forfeit(isInside ? end : this.#ring.unsent, heardMs);
  }

  #lost(epoch: Epoch): LostSound[] {
    const sentMs = sentUpToMs(epoch);
    // What it was not sent is another's, which may have its result yet.
    let lost = this.#ring.lostBetween(Math.max(this.#answeredBy(epoch), epoch.audioMs(0)), sentMs);
    for (const { startMs, endMs } of this.#reported) {
      lost = lost.flatMap((run) => [
        ...this.#ring.lostBetween(run.startMs, Math.min(run.endMs, startMs)),
        ...this.#ring.lostBetween(Math.max(run.startMs, endMs), run.endMs),
      ]);
    }
    return lost;
  }

  /** Audio time up to which the stretch of an epoch was answered; where it ends is still known when its entries are forgotten. */
  #answeredBy(epoch: Epoch): number {
    const { end, ownedFromMs } = epoch;
    const answeredMs = end < this.#ring.first ? this.#results.answeredBefore(sentUpToMs(epoch)) : this.#answeredMs(end);
    return Math.max(answeredMs, ownedFromMs);
  }

  /** Audio time up to which what lies before an entry was answered: what a later call was told says nothing of it. */
  #answeredMs(end: number): number {
    return this.#results.answeredBefore(this.#ring.at(end)?.startMs ?? Number.POSITIVE_INFINITY);
  }

  /** What of an entry lies after an audio time. */
  #after(index: number, fromMs: number): AudioChunk {
    const { chunk, startMs: at } = this.#ring.at(index)!;
    const skipped = Math.round((Math.max(0, fromMs - at) * chunk.format.sampleRate) / 1000);
    return skipped > 0 ? sliceChunk(chunk, skipped, chunk.length) : chunk;
  }
}

/** Audio time of what an epoch has sent. */
function sentUpToMs(epoch: Epoch): number {
  return epoch.audioMs(epoch.sentMs / 1000);
}
