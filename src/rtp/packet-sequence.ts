import { ReceivedWindow } from './received-window.js';
import type { ReceptionCounters } from './reception-statistics.js';
import { unwrapSequence } from './unwrap.js';

/** More packets than this ahead is a jump, more than MAX_MISORDER back too (RFC 3550, appendix A.1). */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;

/** The sequence numbers of one stream: continues them beyond their wraps and counts what came, came twice, came out of order, and never came. */
export class PacketSequence {
  readonly #counters: ReceptionCounters;
  readonly #window = new ReceivedWindow();
  #highest = Number.NaN;
  #lowest = 0;
  #received = 0;

  /** @param counters Takes what is received, reordered and duplicate, beside those of other streams. */
  constructor(counters: ReceptionCounters) {
    this.#counters = counters;
  }

  /** The highest number so far, continued beyond its wraps; NaN before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Packets that never came. */
  get lost(): number {
    return this.#received === 0 ? 0 : this.#highest - this.#lowest + 1 - this.#received;
  }

  /** Continues a number of 16 bits beyond its wraps. */
  continue(sequence: number): number {
    return this.#received === 0 ? sequence : unwrapSequence(sequence, this.#highest);
  }

  /** Whether a number of 16 bits is too far from the highest to belong to the same stream. */
  isFar(sequence: number): boolean {
    if (this.#received === 0) return false;
    const ahead = unwrapSequence(sequence, this.#highest) - this.#highest;
    return ahead > MAX_DROPOUT || ahead < -MAX_MISORDER;
  }

  /** Counts a continued number; false when it came before. */
  add(sequence: number): boolean {
    const counters = this.#counters;
    if (!this.#window.add(sequence)) {
      counters.duplicate += 1;
      return false;
    }
    counters.received += 1;
    this.#received += 1;
    if (this.#received === 1) {
      this.#highest = sequence;
      this.#lowest = sequence;
    } else if (sequence > this.#highest) {
      this.#highest = sequence;
    } else {
      counters.reordered += 1;
      if (sequence < this.#lowest) this.#lowest = sequence;
    }
    return true;
  }
}
