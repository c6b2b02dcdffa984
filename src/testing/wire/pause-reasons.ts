/** Something that can stop to flow. */
export interface Pausable {
  pause(): unknown;
  resume(): unknown;
}

/** Pauses a stream while there is any reason to, so that one who resumes it doesn't undo what another wants. */
export class PauseReasons {
  readonly #stream: Pausable;
  readonly #reasons = new Set<unknown>();

  constructor(stream: Pausable) {
    this.#stream = stream;
  }

  pause(reason: unknown): void {
    this.#reasons.add(reason);
    this.#stream.pause();
  }

  resume(reason: unknown): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#stream.resume();
  }

  /** Forgets all reasons and lets everything flow. */
  release(): void {
    this.#reasons.clear();
    this.#stream.resume();
  }
}
