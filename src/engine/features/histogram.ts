/** Counts values in equal bins, for percentiles in constant memory. */
export class Histogram {
  /** How many values were counted, weights included. */
  get total(): number {
    return this.#total;
  }
  readonly #counts: Float64Array;
  readonly #from: number;
  readonly #width: number;
  #total = 0;

  /**
   * @param from Lower edge of the first bin; lower values count there.
   * @param to Upper edge of the last bin; higher values count there.
   * @param bins How many bins lie between.
   */
  constructor(from: number, to: number, bins: number) {
    this.#counts = new Float64Array(bins);
    this.#from = from;
    this.#width = (to - from) / bins;
  }

  /** Counts a finite value. */
  add(value: number, weight = 1): void {
    const bin = Math.floor((value - this.#from) / this.#width);
    this.#counts[Math.max(0, Math.min(this.#counts.length - 1, bin))]! += weight;
    this.#total += weight;
  }

  /** The value below which the given share, 0 to 1, of all values lies, interpolated within its bin; the lower end when empty. */
  percentile(share: number): number {
    let left = share * this.#total;
    for (let bin = 0; bin < this.#counts.length; bin += 1) {
      const count = this.#counts[bin]!;
      if (count > 0 && left <= count) return this.#from + this.#width * (bin + left / count);
      left -= count;
    }
    return this.#from;
  }

  /** Adds all that another histogram of the same bins counted. */
  merge(other: Histogram): void {
    for (let bin = 0; bin < this.#counts.length; bin += 1) this.#counts[bin]! += other.#counts[bin]!;
    this.#total += other.#total;
  }

  /** Forgets everything. */
  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }
}
