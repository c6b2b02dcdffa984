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
  #mayGoOn = false;
  #isOver = false;

  constructor(ring: ReplayRing, calls: SessionCalls, statistics: SessionStatistics, idle: IdleClose) {
    this.#ring = ring;
    this.#calls = calls;
    this.#statistics = statistics;
    this.#idle = idle;
  }

  /**
   * Holds the source while more audio waits than the transport may; when it has caught up, `settle()` lets it go on.
   *
   * @param chunk What has just come, with the flow to hold.
   */
  pace(chunk?: AudioChunk): void {
    // What waits is still sent when there is no source to pace any more.
    this.#statistics.queued(this.#calls.queuedMs(this.#ring));
    if (this.#isOver) return;
    const { current } = this.#calls;
    this.#mayGoOn = current !== undefined && this.#ring.endMs - current.takenMs <= IN_FLIGHT_LIMIT_MS;
    if (!this.#mayGoOn && chunk) this.hold(chunk);
    this.#idle.wait(this.#source.isHolding && !this.#mayGoOn);
  }

  /** Holds the source until audio that came amid something else has its turn. */
  hold(chunk: AudioChunk): void {
    if (this.#isOver) return;
    this.#statistics.held();
    this.#source.hold(chunk.flow);
  }

  /** Lets the source go on if it may; it can do so before this returns. */
  settle(): void {
    if (!this.#mayGoOn) return;
    this.#mayGoOn = false;
    this.#release();
  }

  /** Holds the source no more than it does. */
  stop(): void {
    this.#isOver = true;
    this.#mayGoOn = false;
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
