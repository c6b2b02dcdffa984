import { CANDIDATES, type PitchCandidates } from './pitch-candidates.js';

/** Frames after which a decision is final, at 10 ms each. */
export const TRACKER_LAG = 12;
const OCTAVE_JUMP_COST = 0.35;
const VOICING_CHANGE_COST = 0.14;

/**
 * Chooses one candidate per frame so that the whole track is the most plausible (Boersma 1993), with a fixed lag.
 *
 * `add()` a frame's candidates; once `TRACKER_LAG` frames wait, each further one makes the oldest final. `flush()` makes all final.
 */
export class PitchTracker {
  readonly #decided: (f0Hz: number, periodicity: number) => void;
  readonly #frequency = new Float64Array((TRACKER_LAG + 1) * CANDIDATES);
  readonly #periodicity = new Float64Array((TRACKER_LAG + 1) * CANDIDATES);
  readonly #from = new Uint8Array((TRACKER_LAG + 1) * CANDIDATES);
  readonly #path = new Uint8Array(TRACKER_LAG + 1);
  #score = new Float64Array(CANDIDATES);
  #nextScore = new Float64Array(CANDIDATES);
  /** Slot of the oldest frame that waits, and how many wait. */
  #oldest = 0;
  #waiting = 0;
  #fresh = true;

  /** @param decided Called for each frame in order: its F0 in Hz, 0 where unvoiced, and its periodicity. */
  constructor(decided: (f0Hz: number, periodicity: number) => void) {
    this.#decided = decided;
  }

  /** Adds the next frame's candidates. */
  add(candidates: PitchCandidates): void {
    const slot = (this.#oldest + this.#waiting) % (TRACKER_LAG + 1);
    const previous = (slot + TRACKER_LAG) % (TRACKER_LAG + 1);
    let best = Number.NEGATIVE_INFINITY;
    for (let to = 0; to < CANDIDATES; to += 1) {
      const at = slot * CANDIDATES + to;
      this.#frequency[at] = candidates.frequency[to]!;
      this.#periodicity[at] = candidates.periodicity[to]!;
      this.#nextScore[to] = candidates.strength[to]! + (this.#fresh ? 0 : this.#reach(previous, candidates.frequency[to]!, at));
      if (this.#nextScore[to]! > best) best = this.#nextScore[to]!;
    }
    // Only differences matter; kept near zero they never lose precision.
    for (let i = 0; i < CANDIDATES; i += 1) this.#nextScore[i]! -= best;
    [this.#score, this.#nextScore] = [this.#nextScore, this.#score];
    this.#fresh = false;
    this.#waiting += 1;
    if (this.#waiting > TRACKER_LAG) this.#decide(1);
  }

  /** Decides all frames that wait, without what comes after them. */
  flush(): void {
    if (this.#waiting > 0) this.#decide(this.#waiting);
  }

  /** Begins a new stretch: what comes next has nothing to do with what was. */
  reset(): void {
    this.#waiting = 0;
    this.#fresh = true;
  }

  #reach(previous: number, frequency: number, at: number): number {
    let best = Number.NEGATIVE_INFINITY;
    for (let from = 0; from < CANDIDATES; from += 1) {
      const score = this.#score[from]! - transitionCost(this.#frequency[previous * CANDIDATES + from]!, frequency);
      if (score > best) {
        best = score;
        this.#from[at] = from;
      }
    }
    return best === Number.NEGATIVE_INFINITY ? 0 : best;
  }

  #decide(count: number): void {
    let choice = 0;
    for (let i = 1; i < CANDIDATES; i += 1) if (this.#score[i]! > this.#score[choice]!) choice = i;
    for (let i = this.#waiting - 1; i >= 0; i -= 1) {
      this.#path[i] = choice;
      choice = this.#from[((this.#oldest + i) % (TRACKER_LAG + 1)) * CANDIDATES + choice]!;
    }
    for (let i = 0; i < count; i += 1) {
      const at = ((this.#oldest + i) % (TRACKER_LAG + 1)) * CANDIDATES + this.#path[i]!;
      this.#decided(this.#frequency[at]!, this.#periodicity[at]!);
    }
    this.#oldest = (this.#oldest + count) % (TRACKER_LAG + 1);
    this.#waiting -= count;
  }
}

function transitionCost(from: number, to: number): number {
  if (from === 0 && to === 0) return 0;
  if (from === 0 || to === 0) return VOICING_CHANGE_COST;
  return OCTAVE_JUMP_COST * Math.abs(Math.log2(from / to));
}
