/** How far back the least delay is looked for, in milliseconds: long enough to see past bursts, short enough to follow a clock that drifts. */
const WINDOW_MS = 30_000;

/** Measures how far audio without times of its own lags behind the least delay of the last half minute. */
export class ArrivalLag {
  readonly #least: { arrivedAtMs: number; offsetMs: number }[] = [];

  /**
   * @param mediaMs Where the audio that came ends.
   * @returns How much later it came than the fastest would have; 0 for the first.
   */
  measure(mediaMs: number, arrivedAtMs: number): number {
    const offsetMs = arrivedAtMs - mediaMs;
    return Math.max(0, offsetMs - (this.#least[0]?.offsetMs ?? offsetMs));
  }

  /** Takes note of audio that has found its place. */
  note(mediaMs: number, arrivedAtMs: number): void {
    const offsetMs = arrivedAtMs - mediaMs;
    while (this.#least.length > 0 && this.#least.at(-1)!.offsetMs >= offsetMs) this.#least.pop();
    this.#least.push({ arrivedAtMs, offsetMs });
    while (this.#least[0]!.arrivedAtMs < arrivedAtMs - WINDOW_MS) this.#least.shift();
  }

  /** A gap was declared: delays from before it say nothing any more. */
  reset(): void {
    this.#least.length = 0;
  }
}
