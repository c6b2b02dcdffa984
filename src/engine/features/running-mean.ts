/** Mean and variance of a stream of values, in constant memory (Welford 1962; merging: Chan, Golub, LeVeque 1979). */
export class RunningMean {
  count = 0;
  mean = 0;
  #squares = 0;

  /** Population variance; 0 for fewer than two values. */
  get variance(): number {
    return this.count > 1 ? this.#squares / this.count : 0;
  }

  /** Takes a finite value. */
  add(value: number): void {
    this.count += 1;
    const delta = value - this.mean;
    this.mean += delta / this.count;
    this.#squares += delta * (value - this.mean);
  }

  /** Adds all that another one has taken. */
  merge(other: RunningMean): void {
    if (other.count === 0) return;
    const count = this.count + other.count;
    const delta = other.mean - this.mean;
    this.#squares += other.#squares + (delta * delta * this.count * other.count) / count;
    this.mean += (delta * other.count) / count;
    this.count = count;
  }

  /** Forgets everything. */
  clear(): void {
    this.count = 0;
    this.mean = 0;
    this.#squares = 0;
  }
}
