/** A point estimate and its 95 % interval. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}
export function percentile(values: ArrayLike<number>, p: number): number;
export function median(values: ArrayLike<number>): number;
export function spread(values: ArrayLike<number>): {
  count: number;
  min: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
};
export function medianInterval(values: readonly number[]): Interval;
export function pooledPercentile(
  ours: readonly ArrayLike<number>[],
  baseline: readonly ArrayLike<number>[],
  p: number,
): { ours: Interval; baseline: Interval; difference: Interval };
