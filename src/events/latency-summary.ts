/** Durations of one kind, in milliseconds. The percentiles come from a histogram and are within 1 %. */
export interface LatencySummary {
  /** How many were measured. */
  readonly count: number;
  /** The shortest. */
  readonly minMs: number;
  /** The median. */
  readonly p50Ms: number;
  /** 9 of 10 are no longer. */
  readonly p90Ms: number;
  /** 99 of 100 are no longer. */
  readonly p99Ms: number;
  /** The longest. */
  readonly maxMs: number;
}
