/** Timers that end together. */
export class TimerSet {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Runs something later; never when `ms` is undefined, which stands for "for good". */
  after(ms: number | undefined, run: () => void): void {
    if (ms === undefined) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
