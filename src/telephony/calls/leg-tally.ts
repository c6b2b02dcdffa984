import type { LegSummary } from '../../events/index.js';
import { LatencyHistogram } from '../../grpc/latency-histogram.js';

/** Counts what one leg did in a call. */
export class LegTally {
  interruptions = 0;
  interrupted = 0;
  readonly #gaps = new LatencyHistogram();
  #presentMs = 0;
  #sinceMs: number | undefined;
  #talkMs = 0;
  #turns = 0;
  #longestTurnMs = 0;

  /** The leg is there from then on. */
  begin(atMs: number): void {
    this.#sinceMs = atMs;
  }

  /** The leg is there no more. */
  leave(atMs: number): void {
    if (this.#sinceMs !== undefined) this.#presentMs += Math.max(0, atMs - this.#sinceMs);
    this.#sinceMs = undefined;
  }

  talked(ms: number): void {
    this.#talkMs += ms;
  }

  hadTurn(ms: number): void {
    this.#turns += 1;
    this.#longestTurnMs = Math.max(this.#longestTurnMs, ms);
  }

  answered(gapMs: number): void {
    this.#gaps.record(gapMs);
  }

  summary(role: string | undefined): LegSummary {
    const responseGaps = this.#gaps.summary();
    return {
      ...(role !== undefined && { role }),
      presentMs: this.#presentMs,
      talkMs: this.#talkMs,
      turns: this.#turns,
      longestTurnMs: this.#longestTurnMs,
      interruptions: this.interruptions,
      interrupted: this.interrupted,
      ...(responseGaps && { responseGaps }),
    };
  }
}
