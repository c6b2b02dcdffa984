// @ts-check
// Results as text.

/** @typedef {import('./statistics.mjs').Interval} Interval */
/** @typedef {import('./comparison.mjs').Row} Row */

/** Three significant digits. @param {number} value */
export function short(value) {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** @param {Interval | undefined} interval */
function withInterval(interval) {
  return interval ? `${short(interval.value)} [${short(interval.low)}, ${short(interval.high)}]` : '';
}

/** @param {Row} row */
function change({ change: of, unit }) {
  if (!of) return '';
  if (of.as === 'ratio') return `x${withInterval(of)}`;
  const sign = of.value >= 0 ? '+' : '';
  return `${sign}${withInterval(of)} ${unit}`;
}

/** @param {Row} row @param {boolean} quick */
function verdict({ target, met }, quick) {
  if (target === undefined) return '';
  return quick ? target : `${target}: ${met ? 'met' : 'MISSED'}`;
}

/**
 * Rows as a table with aligned columns.
 *
 * @param {readonly Row[]} rows @param {boolean} quick A smoke run, whose figures decide nothing.
 */
export function table(rows, quick) {
  const lines = [
    ['case', 'measure', 'unit', 'pairs', 'ours', 'baseline', 'against baseline', 'target'],
    ...rows.map((row) => [
      row.case,
      row.measure,
      row.unit,
      String(row.pairs),
      withInterval(row.ours),
      withInterval(row.baseline),
      change(row),
      verdict(row, quick),
    ]),
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
