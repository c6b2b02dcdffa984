/** The last samples of a stream, addressed by their position from its start; older ones are overwritten. */
export class SampleHistory {
  /** How many samples there were so far. */
  get total(): number {
    return this.#total;
  }
  readonly #ring: Int16Array;
  #total = 0;
  /** Where in the ring the next sample goes. */
  #next = 0;

  /** @param capacity In samples. */
  constructor(capacity: number) {
    this.#ring = new Int16Array(capacity);
  }

  /** Adds samples to the end. */
  append(samples: Int16Array): void {
    const ring = this.#ring;
    let next = this.#next;
    for (let i = 0; i < samples.length; i += 1) {
      ring[next] = samples[i]!;
      next += 1;
      if (next === ring.length) next = 0;
    }
    this.#next = next;
    this.#total += samples.length;
  }

  /** Copies the samples from position `from` on into the first `length` places of `target`, scaled to [-1, 1). */
  read(from: number, length: number, target: Float32Array): void {
    const ring = this.#ring;
    const at = this.#placeOf(from, length);
    const first = Math.min(length, ring.length - at);
    for (let i = 0; i < first; i += 1) target[i] = ring[at + i]! / 32_768;
    for (let i = first; i < length; i += 1) target[i] = ring[i - first]! / 32_768;
  }

  /** Copies the samples from position `from` on into `target`, from place `offset` on, as they are. */
  copy(from: number, length: number, target: Int16Array, offset: number): void {
    const at = this.#placeOf(from, length);
    const first = Math.min(length, this.#ring.length - at);
    target.set(this.#ring.subarray(at, at + first), offset);
    target.set(this.#ring.subarray(0, length - first), offset + first);
  }

  #placeOf(from: number, length: number): number {
    if (from < 0 || from < this.#total - this.#ring.length || from + length > this.#total) {
      throw new RangeError(`samples ${from} to ${from + length} are not in the history, which ends at ${this.#total}`);
    }
    return from % this.#ring.length;
  }
}
