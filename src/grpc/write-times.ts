/** Writes that are remembered, at least: 40 s of audio in chunks of 20 ms, 8 minutes in chunks of 250 ms. */
const REMEMBERED = 2048;
/** Writes closer together than this count as one. */
const RESOLUTION_MS = 1;

/** When which audio of a server call was handed to the transport. */
export class WriteTimes {
  /** Audio time at the end of each write, in milliseconds since the call's start; ascending. */
  readonly #ends: number[] = [];
  readonly #times: number[] = [];
  #isCut = false;

  /** Audio up to `endMs` since the call's start was written at `nowMs`, on a clock that only goes forward. */
  note(endMs: number, nowMs: number): void {
    const last = this.#ends.length - 1;
    if (last >= 0 && nowMs - this.#times[last]! < RESOLUTION_MS) {
      this.#ends[last] = endMs;
      return;
    }
    this.#ends.push(endMs);
    this.#times.push(nowMs);
    // Cut off in batches, because each cut moves what is left.
    if (this.#ends.length < 2 * REMEMBERED) return;
    this.#isCut = true;
    this.#ends.splice(0, REMEMBERED);
    this.#times.splice(0, REMEMBERED);
  }

  /** When the audio before an audio time had all been written; undefined when that is not known any more, or not yet so. */
  writtenAt(audioMs: number): number | undefined {
    const ends = this.#ends;
    let low = 0;
    let high = ends.length;
    // The wire's times are rounded to milliseconds.
    const wanted = audioMs - 0.5;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    // Before the first one that is remembered there may have been others.
    return low === 0 && this.#isCut ? undefined : this.#times[low];
  }
}
