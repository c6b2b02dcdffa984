import { ExponentialBackoff, type IBackoff } from 'cockatiel';
import { BatchApiError } from '../errors/index.js';
import type { BatchSettings } from './batch-settings.js';

/** Decides whether and when one piece of work is tried again. */
export class RetryPlan {
  readonly #settings: BatchSettings['retry'];
  #attempts = 0;
  #backoff: IBackoff<unknown> | undefined;

  constructor(settings: BatchSettings['retry']) {
    this.#settings = settings;
  }

  /** The work went on: the next failure begins with a short delay again. */
  succeeded(): void {
    this.#attempts = 0;
    this.#backoff = undefined;
  }

  /**
   * The delay before the next attempt, in milliseconds: as long as the service asked for, within limits, else growing.
   *
   * @throws The failure itself when it is final, or when there were too many attempts.
   */
  delayAfter(failure: unknown): number {
    if (!(failure instanceof BatchApiError) || !failure.retryable || this.#attempts >= this.#settings.maxAttempts) throw failure;
    const { initialDelayMs: initialDelay, maxDelayMs: maxDelay, maxRetryAfterMs } = this.#settings;
    this.#attempts += 1;
    // Decorrelated jitter, cockatiel's default generator.
    this.#backoff = this.#backoff?.next(undefined) ?? new ExponentialBackoff({ initialDelay, maxDelay }).next();
    return Math.max(this.#backoff.duration, Math.min(failure.retryAfterMs ?? 0, maxRetryAfterMs));
  }
}
