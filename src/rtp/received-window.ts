/** More packets than can be on their way: what is older is taken for late, not for a duplicate. */
const SIZE = 1024;

/** Remembers which of the last 1,024 sequence numbers came, to tell a duplicate from a packet that is late. */
export class ReceivedWindow {
  readonly #slots = new Float64Array(SIZE).fill(Number.NaN);

  /** Notes a sequence number, continued beyond its wraps; false when it was noted before. */
  add(sequence: number): boolean {
    const slot = sequence & (SIZE - 1);
    if (this.#slots[slot] === sequence) return false;
    this.#slots[slot] = sequence;
    return true;
  }
}
