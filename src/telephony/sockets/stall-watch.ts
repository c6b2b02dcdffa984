import { steadyNowMs } from '../playout-ticker.js';

/** How long nothing may come, in milliseconds. */
export interface StallLimits {
  readonly firstMs: number;
  readonly laterMs: number;
}

/** Notices when nothing comes for a while, with one timer that is not set again for each message. */
export class StallWatch {
  readonly #limits: StallLimits;
  readonly #notify: (state: 'stalled' | 'resumed', quietMs: number) => void;
  #lastMs = steadyNowMs();
  #hasBegun = false;
  #isStalled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: StallLimits, notify: (state: 'stalled' | 'resumed', quietMs: number) => void) {
    this.#limits = limits;
    this.#notify = notify;
    this.#wait(limits.firstMs);
  }

  /** Something came. */
  touch(nowMs: number): void {
    const quietMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    this.#hasBegun = true;
    if (!this.#isStalled) return;
    this.#isStalled = false;
    this.#notify('resumed', quietMs);
    this.#wait(this.#limits.laterMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), Math.min(ms, 2 ** 31 - 1));
    // The socket keeps the process alive, not the watch over it.
    this.#timer.unref();
  }

  #look(): void {
    const quietMs = steadyNowMs() - this.#lastMs;
    const leftMs = (this.#hasBegun ? this.#limits.laterMs : this.#limits.firstMs) - quietMs;
    if (leftMs > 0.5) {
      this.#wait(leftMs);
      return;
    }
    this.#isStalled = true;
    this.#notify('stalled', quietMs);
  }
}
