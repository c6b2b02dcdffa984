/**
 * Takes the steps of a session one after the other.
 *
 * Whoever hears of one in its midst may set off another: end the audio, or send some. That waits until the first is over.
 */
export class Steps {
  readonly #settle: () => void;
  readonly #waiting: (() => void)[] = [];
  #areTaken = false;

  /** @param settle Called when no step is left; what it sets off is not amid one. */
  constructor(settle: () => void) {
    this.#settle = settle;
  }

  /** Takes a step now: true; or after the one that is being taken: false. */
  take(step: () => void): boolean {
    this.#waiting.push(step);
    if (this.#areTaken) return false;
    this.#areTaken = true;
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) next();
    } finally {
      this.#areTaken = false;
    }
    this.#settle();
    return true;
  }
}
