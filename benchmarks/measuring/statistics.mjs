// @ts-check
// Medians, percentiles and bootstrap intervals.

/** @typedef {{ value: number, low: number, high: number }} Interval A point estimate and its 95 % interval. */

const RESAMPLES = 2000;

/** The p-th percentile (0 to 100), interpolated linearly between ranks. @param {ArrayLike<number>} values @param {number} p */
export function percentile(values, p) {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const rank = (p / 100) * (sorted.length - 1);
  const below = Math.floor(rank);
  const [low, high] = [sorted[below], sorted[Math.min(below + 1, sorted.length - 1)]];
  // Rounding must not lead out of the two: a weighted sum of subnormal numbers can.
  return Math.min(high, low + (high - low) * (rank - below));
}

/** @param {ArrayLike<number>} values */
export function median(values) {
  return percentile(values, 50);
}

/** What a latency table shows of many values. @param {ArrayLike<number>} values */
export function spread(values) {
  const at = (/** @type {number} */ p) => percentile(values, p);
  return { count: values.length, min: at(0), p50: at(50), p90: at(90), p99: at(99), max: at(100) };
}

/** Seeded, so that the same measurements always give the same interval (Mulberry32, Ettinger 2017). @param {number} seed */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The median with its percentile-bootstrap interval (Efron 1979).
 *
 * @param {readonly number[]} values One per pair.
 * @returns {Interval}
 */
export function medianInterval(values) {
  const random = randomFrom(values.length);
  const draws = new Float64Array(RESAMPLES);
  const sample = new Float64Array(values.length);
  for (let i = 0; i < RESAMPLES; i += 1) {
    for (let j = 0; j < sample.length; j += 1) sample[j] = values[Math.floor(random() * values.length)];
    draws[i] = median(sample);
  }
  return { value: median(values), low: percentile(draws, 2.5), high: percentile(draws, 97.5) };
}

/** All values of all pairs in order, each with the number of the pair it is from. @param {readonly ArrayLike<number>[]} clusters */
function pool(clusters) {
  const entries = clusters.flatMap((values, pair) => Array.from(values, (value) => ({ value, pair })));
  entries.sort((a, b) => a.value - b.value);
  return { values: Float64Array.from(entries, (e) => e.value), pairs: Uint32Array.from(entries, (e) => e.pair) };
}

/** The percentile when the values of each pair count as often as the pair was drawn (nearest rank). */
function weightedPercentile(
  /** @type {ReturnType<typeof pool>} */ { values, pairs },
  /** @type {Uint32Array} */ drawn,
  /** @type {number} */ total,
  /** @type {number} */ p,
) {
  // From the top, because the percentiles of interest are near it.
  let above = total - Math.max(1, Math.ceil((p / 100) * total));
  for (let i = values.length - 1; i >= 0; i -= 1) {
    above -= drawn[pairs[i]];
    if (above < 0) return values[i];
  }
  return Number.NaN;
}

/**
 * A percentile over the pooled values of all pairs, of both sides and of their difference, with intervals.
 *
 * Whole pairs are drawn, because latencies within a pair share whatever disturbed the machine meanwhile.
 *
 * @param {readonly ArrayLike<number>[]} ours @param {readonly ArrayLike<number>[]} baseline @param {number} p
 * @returns {{ ours: Interval, baseline: Interval, difference: Interval }}
 */
export function pooledPercentile(ours, baseline, p) {
  const sides = [ours, baseline].map((clusters) => ({ pooled: pool(clusters), sizes: clusters.map((values) => values.length) }));
  const count = Math.min(ours.length, baseline.length);
  /** @param {Uint32Array} drawn */
  const both = (drawn) =>
    sides.map(({ pooled, sizes }) => {
      const total = sizes.reduce((sum, size, pair) => sum + size * drawn[pair], 0);
      return weightedPercentile(pooled, drawn, total, p);
    });
  const random = randomFrom(count);
  const draws = Array.from({ length: RESAMPLES }, () => {
    const drawn = new Uint32Array(count);
    for (let i = 0; i < count; i += 1) drawn[Math.floor(random() * count)] += 1;
    return both(drawn);
  });
  const [oursValue, baselineValue] = both(new Uint32Array(count).fill(1));
  /** @param {number} value @param {(draw: number[]) => number} of */
  const interval = (value, of) => {
    const all = draws.map(of);
    return { value, low: percentile(all, 2.5), high: percentile(all, 97.5) };
  };
  return {
    ours: interval(oursValue, ([a]) => a),
    baseline: interval(baselineValue, ([, b]) => b),
    difference: interval(oursValue - baselineValue, ([a, b]) => a - b),
  };
}
