/** The last samples of a stream, addressed by their position from its start; older ones are overwritten. */
export class SampleHistory {
  /** How many samples there were so far. */
  get total(): number {
    return this.#total;
  }
  readonly #ring: Int16Array;
  readonly #mask: number;
  #total = 0;

  /** @param capacity In samples; a power of two. */
  constructor(capacity: number) {
    this.#ring = new Int16Array(capacity);
    this.#mask = capacity - 1;
  }

  /** Adds samples to the end. */
  append(samples: Int16Array): void {
    for (let i = 0; i < samples.length; i += 1) this.#ring[(this.#total + i) & this.#mask] = samples[i]!;
    this.#total += samples.length;
  }

  /** Copies the samples from position `from` on into the first `length` places of `target`, scaled to [-1, 1). */
  read(from: number, length: number, target: Float32Array): void {
    if (from < this.#total - this.#ring.length || from + length > this.#total) {
      throw new RangeError(`samples ${from} to ${from + length} are not in the history, which ends at ${this.#total}`);
    }
    for (let i = 0; i < length; i += 1) target[i] = this.#ring[(from + i) & this.#mask]! / 32_768;
  }
}
