import { ExponentialBackoff, type IBackoff } from 'cockatiel';
import { StreamingError } from '../errors/index.js';
import type { SessionSettings } from './session-settings.js';

const MINUTE_MS = 60_000;

/** A stretch of the session's audio that waits for a call; numbers are those of the ring's entries. */
export interface Stretch {
  readonly from: number;
  /** Audio of the first entry that is left out, in milliseconds. */
  readonly skipMs: number;
  /** The entry it ends before; Infinity while it carries the audio to come. */
  end: number;
  readonly sampleRate: number;
  /** Audio time before which everything is for others to answer, in milliseconds. Default: its first sample. */
  readonly ownedFromMs?: number;
}

/** Decides whether and when a failed call is followed by another. */
export class Reconnector {
  readonly #settings: SessionSettings['reconnect'];
  #attempts = 0;
  #backoff: IBackoff<unknown> | undefined;
  #replays: { at: number; ms: number }[] = [];

  constructor(settings: SessionSettings['reconnect']) {
    this.#settings = settings;
  }

  /** Attempts since the last progress. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The last call did its work: the next failure begins with a short delay again. */
  succeeded(): void {
    this.#attempts = 0;
    this.#backoff = undefined;
  }

  /**
   * The delay before the next attempt, in milliseconds.
   *
   * @throws The failure itself when it is final, or when there were too many attempts.
   */
  delayAfter(failure: StreamingError): number {
    if (!this.#settings || !failure.retryable || this.#attempts >= this.#settings.maxAttempts) throw failure;
    const { initialDelayMs: initialDelay, maxDelayMs: maxDelay } = this.#settings;
    this.#attempts += 1;
    // Decorrelated jitter, cockatiel's default generator.
    this.#backoff = this.#backoff?.next(undefined) ?? new ExponentialBackoff({ initialDelay, maxDelay }).next();
    return this.#backoff.duration;
  }

  /** Whether so much audio may be sent again now, in milliseconds. */
  mayReplay(ms: number): boolean {
    return ms <= 0 || (this.#settings !== undefined && this.#replayedMs + ms <= this.#settings.maxReplayMs);
  }

  /**
   * Notes that audio is sent again.
   *
   * @throws StreamingError `REPLAY_LIMIT` when more than `maxReplayMs` would be within a minute.
   */
  replayed(ms: number): void {
    if (!this.#settings || ms <= 0) return;
    this.#replays.push({ at: performance.now(), ms });
    const totalMs = this.#replayedMs;
    const { maxReplayMs } = this.#settings;
    if (totalMs <= maxReplayMs) return;
    throw new StreamingError(
      'REPLAY_LIMIT',
      `${Math.round(totalMs)} ms of audio would be sent again within a minute, but reconnect.maxReplayMs allows ${maxReplayMs}; the connection fails too often`,
      { retryable: true },
    );
  }

  /** Audio that was sent again within the last minute, in milliseconds. */
  get #replayedMs(): number {
    const now = performance.now();
    this.#replays = this.#replays.filter(({ at }) => now - at < MINUTE_MS);
    return this.#replays.reduce((sum, { ms }) => sum + ms, 0);
  }
}
