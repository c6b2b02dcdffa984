import { StreamingError } from '../errors/index.js';
import type { SessionSettings } from './session-settings.js';

/** After the audio's end: how long the server may give no sign of life before it has ended the stream. */
export class DrainDeadline {
  readonly #settings: SessionSettings;
  readonly #expired: (error: StreamingError) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: SessionSettings, expired: (error: StreamingError) => void) {
    this.#settings = settings;
    this.#expired = expired;
  }

  /** Starts, or starts anew after a sign of life. */
  restart(): void {
    this.clear();
    const { drainTimeoutMs, endpoint } = this.#settings;
    this.#timer = setTimeout(() => {
      this.#expired(
        new StreamingError(
          'DRAIN_TIMEOUT',
          `${endpoint} neither answered nor ended the stream for ${drainTimeoutMs} ms after the end of the audio; results that came before were delivered`,
          { retryable: true },
        ),
      );
    }, drainTimeoutMs);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
