// @ts-check
// Rows of a result: what was measured of ours and of its baseline, and whether the target is met.
import { medianInterval, pooledPercentile } from './statistics.mjs';

/** @typedef {import('./statistics.mjs').Interval} Interval */
/** @typedef {'ours' | 'change'} TargetOf What a limit applies to: our own figure, or its relation to the baseline's. */
/** @typedef {{ of: TargetOf, atMost?: number, atLeast?: number, text: string }} Target */
/**
 * @typedef {object} Row
 * @property {string} case What was run.
 * @property {string} measure What was measured of it.
 * @property {string} unit
 * @property {number} pairs
 * @property {Interval} ours
 * @property {Interval} [baseline]
 * @property {Interval & { as: 'ratio' | 'difference' }} [change] Ours divided by the baseline's, or minus it; of each pair, then the median.
 * @property {string} [target]
 * @property {boolean} [met] By the point estimate.
 */

/** @param {Pick<Row, 'ours' | 'change'>} row @param {Target | undefined} target */
function verdict(row, target) {
  if (!target) return {};
  const value = target.of === 'ours' ? row.ours.value : row.change?.value;
  const met =
    value !== undefined &&
    value <= (target.atMost ?? Number.POSITIVE_INFINITY) &&
    value >= (target.atLeast ?? Number.NEGATIVE_INFINITY);
  return { target: target.text, met };
}

/**
 * Compares one figure per pair.
 *
 * @param {object} options
 * @param {string} options.case @param {string} options.measure @param {string} options.unit
 * @param {readonly number[]} options.ours @param {readonly number[]} [options.baseline] In the same order.
 * @param {'ratio' | 'difference'} [options.as] Default: ratio.
 * @param {Target} [options.target]
 * @returns {Row}
 */
export function compare({ case: name, measure, unit, ours, baseline, as = 'ratio', target }) {
  const change = baseline?.map((value, pair) => (as === 'ratio' ? ours[pair] / value : ours[pair] - value));
  const row = {
    case: name,
    measure,
    unit,
    pairs: ours.length,
    ours: medianInterval(ours),
    ...(baseline && { baseline: medianInterval(baseline) }),
    ...(change && { change: { as, ...medianInterval(change) } }),
  };
  return { ...row, ...verdict(row, target) };
}

/**
 * Compares a percentile of many values per pair, pooled over all pairs.
 *
 * @param {object} options
 * @param {string} options.case @param {string} options.measure @param {string} options.unit @param {number} options.percentile
 * @param {readonly ArrayLike<number>[]} options.ours @param {readonly ArrayLike<number>[]} options.baseline
 * @param {Target} [options.target]
 * @returns {Row}
 */
export function comparePercentile({ case: name, measure, unit, percentile, ours, baseline, target }) {
  const pooled = pooledPercentile(ours, baseline, percentile);
  const row = {
    case: name,
    measure,
    unit,
    pairs: ours.length,
    ours: pooled.ours,
    baseline: pooled.baseline,
    change: { as: /** @type {const} */ ('difference'), ...pooled.difference },
  };
  return { ...row, ...verdict(row, target) };
}
