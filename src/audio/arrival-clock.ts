/**
 * How long an arrival counts, in milliseconds. Long enough to see past the jitter of a network, short enough to follow a clock that
 * drifts and a source that paused.
 */
const WINDOW_MS = 1000;

/**
 * Tells from arrivals when audio was captured, without the jitter of its way.
 *
 * Audio can come late, never early: the least delay of the last second is taken for the true one, as NTP's clock filter takes that of its
 * last eight samples (Mills et al., RFC 5905, 2010, section 10). A pause of the source, or a clock that was set forward, counts after that second.
 */
export class ArrivalClock {
  /** Arrivals that are the least of those since, oldest and least first. */
  readonly #least: { arrivedAtMs: number; offsetMs: number }[] = [];

  /**
   * Takes note of an arrival.
   *
   * @param mediaMs Where on the source's timeline the audio that came ends.
   * @param arrivedAtMs Milliseconds since the Unix epoch.
   * @returns When the end of that audio was captured, in milliseconds since the Unix epoch; never later than it came.
   */
  capturedAtMs(mediaMs: number, arrivedAtMs: number): number {
    const offsetMs = arrivedAtMs - mediaMs;
    while (this.#least.length > 0 && this.#least.at(-1)!.offsetMs >= offsetMs) this.#least.pop();
    this.#least.push({ arrivedAtMs, offsetMs });
    while (this.#least[0]!.arrivedAtMs < arrivedAtMs - WINDOW_MS) this.#least.shift();
    return mediaMs + this.#least[0]!.offsetMs;
  }
}
