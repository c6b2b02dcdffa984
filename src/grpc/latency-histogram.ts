import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { LatencySummary } from '../events/index.js';

/** Two significant digits: percentiles are within 1 % of the true ones, for some 20 KB of memory. */
const FIGURES = 2;
/** Values are counted in tenths of a millisecond, */
const UNITS_PER_MS = 10;
/** up to one hour; what is more counts as that. */
const HIGHEST = 3_600_000 * UNITS_PER_MS;

/** Durations of one kind, kept as a histogram of fixed size; it takes memory from the first one on. */
export class LatencyHistogram {
  #histogram: RecordableHistogram | undefined;
  #minMs = Number.POSITIVE_INFINITY;
  #maxMs = 0;

  /** Counts a duration in milliseconds, from 0; what is no number is left out. */
  record(ms: number): void {
    if (!(ms >= 0)) return;
    this.#histogram ??= createHistogram({ lowest: 1, highest: HIGHEST, figures: FIGURES });
    // The histogram refuses zero.
    this.#histogram.record(Math.min(HIGHEST, Math.max(1, Math.round(ms * UNITS_PER_MS))));
    this.#minMs = Math.min(this.#minMs, ms);
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  /** What was counted so far; undefined when nothing was. */
  summary(): LatencySummary | undefined {
    const histogram = this.#histogram;
    if (!histogram) return undefined;
    // A bucket's upper edge can lie beyond the largest value in it.
    const percentile = (percent: number) =>
      Math.min(this.#maxMs, Math.max(this.#minMs, histogram.percentile(percent) / UNITS_PER_MS));
    return {
      count: histogram.count,
      minMs: this.#minMs,
      p50Ms: percentile(50),
      p90Ms: percentile(90),
      p99Ms: percentile(99),
      maxMs: this.#maxMs,
    };
  }
}
