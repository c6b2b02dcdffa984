import { AssertionError } from 'node:assert';
import type { Prediction } from '../../predictions/index.js';
import { type ComparePredictionsOptions, comparePredictions, type PredictionComparison } from './compare-predictions.js';

/** Lines of each kind that a message shows. */
const MAX_LINES = 10;

/**
 * Throws unless two lists of predictions are the same; see {@link comparePredictions} for what that means.
 *
 * @throws AssertionError of `node:assert`, which every test runner shows, with a line for each difference.
 */
export function expectSamePredictions(
  expected: readonly Prediction[],
  actual: readonly Prediction[],
  options: ComparePredictionsOptions = {},
): void {
  const comparison = comparePredictions(expected, actual, options);
  const lines = linesOf(comparison);
  if (lines.length === 0) return;
  const count = comparison.same + comparison.missing.length + comparison.shifted.length + comparison.differences.length;
  throw new AssertionError({
    message: `The predictions are not the same: ${comparison.same} of ${count} are.\n${lines.join('\n')}`,
    operator: 'expectSamePredictions',
  });
}

/**
 * Throws unless two lists of predictions have the same utterances at the same places; answers and segments aren't compared.
 *
 * @throws AssertionError of `node:assert`, which every test runner shows, with a line for each difference.
 */
export function expectSameUtterances(
  expected: readonly Prediction[],
  actual: readonly Prediction[],
  options: Pick<ComparePredictionsOptions, 'toleranceMs'> = {},
): void {
  expectSamePredictions(expected, actual, { ...options, level: 'utterance', tasks: false });
}

function linesOf({ missing, extra, duplicated, shifted, differences }: PredictionComparison): string[] {
  return [
    ...shortened(missing.map((prediction) => `missing     ${placeOf(prediction)}`)),
    ...shortened(extra.map((prediction) => `extra       ${placeOf(prediction)}`)),
    ...shortened(duplicated.map((prediction) => `duplicated  ${placeOf(prediction)}`)),
    ...shortened(
      shifted.map(
        ({ expected, startShiftMs, endShiftMs }) =>
          `shifted     ${placeOf(expected)}: start by ${signed(startShiftMs)} ms, end by ${signed(endShiftMs)} ms`,
      ),
    ),
    ...shortened(
      differences.map(
        ({ expected, differences: words }) => `different   ${placeOf(expected)}: ${words.slice(0, MAX_LINES).join('; ')}`,
      ),
    ),
  ];
}

function shortened(lines: string[]): string[] {
  const more = lines.length - MAX_LINES;
  return more > 0 ? [...lines.slice(0, MAX_LINES), `${' '.repeat(12)}and ${more} more like the last one`] : lines;
}

function placeOf({ level, startMs, endMs, key }: Prediction): string {
  return `${level} ${seconds(startMs)}-${seconds(endMs)} s (${key})`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function signed(ms: number): string {
  const rounded = Math.round(ms * 1000) / 1000;
  return rounded > 0 ? `+${rounded}` : String(rounded);
}
