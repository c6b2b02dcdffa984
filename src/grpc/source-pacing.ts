import type { AudioChunk } from '../audio/index.js';
import { Holder } from '../flow/index.js';
import type { SessionStatistics } from './session-statistics.js';

/** Holds the source of a session while too much of its audio waits, and counts for how long. */
export class SourcePacing {
  readonly #statistics: SessionStatistics;
  readonly #source = new Holder();

  constructor(statistics: SessionStatistics) {
    this.#statistics = statistics;
  }

  /** Whether the source is held. */
  get isHolding(): boolean {
    return this.#source.isHolding;
  }

  /** Holds the flow that a chunk came with. */
  hold({ flow }: AudioChunk): void {
    this.#statistics.held();
    this.#source.hold(flow);
  }

  /** Lets the source go on; it may do so before this returns. */
  release(): void {
    this.#statistics.resumed();
    this.#source.release();
  }
}
