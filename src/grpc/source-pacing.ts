import type { AudioChunk } from '../audio/index.js';
import { Holder } from '../flow/index.js';
import { IN_FLIGHT_LIMIT_MS } from './epoch.js';
import type { IdleClose } from './idle-close.js';
import type { ReplayRing } from './replay-ring.js';
import type { SessionCalls } from './session-calls.js';
import type { SessionStatistics } from './session-statistics.js';

/** Holds the source of a session while too much of its audio waits, and counts for how long. */
export class SourcePacing {
  readonly #ring: ReplayRing;
  readonly #calls: SessionCalls;
  readonly #statistics: SessionStatistics;
  readonly #idle: IdleClose;
  readonly #source = new Holder();
  #isOver = false;

  constructor(ring: ReplayRing, calls: SessionCalls, statistics: SessionStatistics, idle: IdleClose) {
    this.#ring = ring;
    this.#calls = calls;
    this.#statistics = statistics;
    this.#idle = idle;
  }

  /**
   * Holds the source while more audio waits than the transport may, and lets go when it has caught up.
   *
   * @param chunk What has just come, with the flow to hold.
   */
  pace(chunk?: AudioChunk): void {
    // What waits is still sent when there is no source to pace any more.
    this.#statistics.queued(this.#calls.queuedMs(this.#ring));
    if (this.#isOver) return;
    const { current } = this.#calls;
    if (current && this.#ring.endMs - current.takenMs <= IN_FLIGHT_LIMIT_MS) this.#release();
    else if (chunk) {
      this.#statistics.held();
      this.#source.hold(chunk.flow);
    }
    this.#idle.wait(this.#source.isHolding);
  }

  /** Holds the source no more than it does. */
  stop(): void {
    this.#isOver = true;
    this.#idle.stop();
  }

  /** Lets the source go for good; it may go on before this returns. */
  letGo(): void {
    this.stop();
    this.#release();
  }

  #release(): void {
    this.#statistics.resumed();
    this.#source.release();
  }
}
