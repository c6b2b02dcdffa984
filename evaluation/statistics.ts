/** The median; NaN of nothing. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** The arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Pearson's r; NaN for fewer than three pairs. */
export function correlation(pairs: readonly (readonly [number, number])[]): number {
  if (pairs.length < 3) return Number.NaN;
  const [mx, my] = [mean(pairs.map(([x]) => x)), mean(pairs.map(([, y]) => y))];
  let [xy, xx, yy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    xy += (x - mx) * (y - my);
    xx += (x - mx) ** 2;
    yy += (y - my) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

/** How much the second of each pair rises with the first, by least squares; NaN for fewer than three pairs. */
export function slope(pairs: readonly (readonly [number, number])[]): number {
  const spread = (values: readonly number[]) => {
    const middle = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  };
  return (correlation(pairs) * spread(pairs.map(([, y]) => y))) / spread(pairs.map(([x]) => x));
}

/** Where Pearson's r of so many pairs lies with a probability of 95 % (z of Fisher 1921); -1 to 1 for fewer than four. */
export function correlationInterval(r: number, pairs: number): [number, number] {
  const margin = pairs < 4 ? Number.POSITIVE_INFINITY : 1.96 / Math.sqrt(pairs - 3);
  return [Math.tanh(Math.atanh(r) - margin), Math.tanh(Math.atanh(r) + margin)];
}

/** 2 PR / (P + R), from counts; NaN where there was nothing to find and nothing was found. */
export function f1(hits: number, misses: number, falseAlarms: number): number {
  return (2 * hits) / (2 * hits + misses + falseAlarms);
}

/** Groups by a key, in order of first appearance. */
export function grouped<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}
