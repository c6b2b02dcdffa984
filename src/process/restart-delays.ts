import { ExponentialBackoff, type IBackoff } from 'cockatiel';

/** How often, and how soon, something that failed is started again. */
export interface RestartPolicy {
  /** Attempts in a row without any audio. */
  readonly maxAttempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
}

/** The delays before attempts in a row: exponential, capped, with decorrelated jitter. */
export class RestartDelays {
  readonly #policy: RestartPolicy;
  #attempts = 0;
  #backoff: IBackoff<unknown> | undefined;

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** Attempts since the last success. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The delay before the next attempt, in milliseconds; undefined when there were enough. */
  next(): number | undefined {
    const { maxAttempts, initialDelayMs: initialDelay, maxDelayMs: maxDelay } = this.#policy;
    if (this.#attempts >= maxAttempts) return undefined;
    this.#attempts += 1;
    this.#backoff = this.#backoff?.next(undefined) ?? new ExponentialBackoff({ initialDelay, maxDelay }).next();
    return this.#backoff.duration;
  }

  /** It works: the next failure begins with a short delay again. */
  succeeded(): void {
    this.#attempts = 0;
    this.#backoff = undefined;
  }
}
