interface Waiting {
  readonly at: number;
  readonly resolve: (reached: boolean) => void;
  readonly reject: (reason: unknown) => void;
}

/** Lets others wait until a position is reached. */
export class Milestones {
  #waiting: Waiting[] = [];
  #position: number | undefined;
  #ended = false;
  #abandoned: { reason: unknown } | undefined;

  /** Waits for a position: true when it is reached, false when everything ended before. */
  reach(at: number): Promise<boolean> {
    const reached = new Promise<boolean>((resolve, reject) => {
      if (this.#position !== undefined && this.#position >= at) resolve(true);
      else if (this.#ended) resolve(false);
      else if (this.#abandoned) reject(this.#abandoned.reason);
      else this.#waiting.push({ at, resolve, reject });
    });
    // Whoever waits sees it; one who no longer does, as the loser of a race, must not crash the process.
    reached.catch(() => {});
    return reached;
  }

  advance(position: number): void {
    this.#position = position;
    const reached = this.#waiting.filter(({ at }) => at <= position);
    this.#waiting = this.#waiting.filter(({ at }) => at > position);
    for (const { resolve } of reached) resolve(true);
  }

  /** Nothing will come any more. */
  end(): void {
    this.#ended = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve(false);
  }

  /** Nobody need wait any more. */
  abandon(reason: unknown): void {
    this.#abandoned = { reason };
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }
}
