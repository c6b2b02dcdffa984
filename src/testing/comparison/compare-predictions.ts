import { expectNumber, expectOptions, type OptionNames } from '../../errors/index.js';
import type { Level, Prediction } from '../../predictions/index.js';
import { taskDifferences } from './task-differences.js';

/** What {@link comparePredictions} compares, and how closely. */
export interface ComparePredictionsOptions {
  /** How far starts and ends may lie apart, in milliseconds. Default: 20, a VAD frame. */
  readonly toleranceMs?: number;
  /** The only level to compare. Default: both. */
  readonly level?: Level;
  /** Whether the tasks' answers are compared too. Default: true. */
  readonly tasks?: boolean;
  /** How far posteriors, logits, scores and embeddings may lie apart. Default: 1e-6. */
  readonly numberTolerance?: number;
}

const NAMES: OptionNames<ComparePredictionsOptions> = { toleranceMs: true, level: true, tasks: true, numberTolerance: true };

/** Two predictions for the same speech. */
export interface PredictionPair {
  /** The one of the first list. */
  readonly expected: Prediction;
  /** The one of the second list. */
  readonly actual: Prediction;
}

/** Two predictions for the same speech whose times lie too far apart. */
export interface ShiftedPrediction extends PredictionPair {
  /** Actual minus expected. */
  readonly startShiftMs: number;
  /** Actual minus expected. */
  readonly endShiftMs: number;
}

/** Two predictions at the same place whose tasks answer differently. */
export interface DifferentPrediction extends PredictionPair {
  /** In words, one for each difference: `emotion: happy instead of neutral`. */
  readonly differences: readonly string[];
}

/** How two lists of predictions differ; all empty when they are the same. */
export interface PredictionComparison {
  /** Expected, and there is nothing in their place. */
  readonly missing: readonly Prediction[];
  /** Not expected. */
  readonly extra: readonly Prediction[];
  /** There again, although their place is taken already. */
  readonly duplicated: readonly Prediction[];
  /** There, but too early or too late. */
  readonly shifted: readonly ShiftedPrediction[];
  /** There, with other answers. */
  readonly differences: readonly DifferentPrediction[];
  /** How many were found in their place, with the same answers. */
  readonly same: number;
}

/**
 * Compares predictions by level and place on the source's timeline, whatever their order, keys and calls are.
 *
 * Of several revisions of one key, the last one counts. Those that overlap by at least half are taken for the same speech.
 *
 * @throws OptionError for unknown options, and tolerances that are no numbers from 0.
 */
export function comparePredictions(
  expected: readonly Prediction[],
  actual: readonly Prediction[],
  options: ComparePredictionsOptions = {},
): PredictionComparison {
  expectOptions('comparePredictions', options, NAMES);
  const { toleranceMs = 20, level, tasks = true, numberTolerance = 1e-6 } = options;
  expectNumber('comparePredictions({ toleranceMs })', toleranceMs, { min: 0, unit: 'milliseconds' });
  expectNumber('comparePredictions({ numberTolerance })', numberTolerance, { min: 0 });
  const wanted = lastRevisions(expected, level);
  const given = lastRevisions(actual, level);
  const shifted: ShiftedPrediction[] = [];
  const differences: DifferentPrediction[] = [];
  let same = 0;
  const { pairs, restOfWanted, restOfGiven } = pair(wanted, given, toleranceMs);
  for (const { expected: one, actual: other } of pairs) {
    const startShiftMs = other.startMs - one.startMs;
    const endShiftMs = other.endMs - one.endMs;
    const isShifted = !(Math.abs(startShiftMs) <= toleranceMs && Math.abs(endShiftMs) <= toleranceMs);
    if (isShifted) shifted.push({ expected: one, actual: other, startShiftMs, endShiftMs });
    const unlike = tasks ? taskDifferences(one.tasks, other.tasks, numberTolerance) : [];
    if (unlike.length > 0) differences.push({ expected: one, actual: other, differences: unlike });
    if (!isShifted && unlike.length === 0) same += 1;
  }
  const taken = pairs.map(({ actual: prediction }) => prediction);
  const isAgain = (prediction: Prediction) => taken.some((other) => isSameSpeech(prediction, other, toleranceMs));
  return {
    missing: restOfWanted,
    extra: restOfGiven.filter((prediction) => !isAgain(prediction)),
    duplicated: restOfGiven.filter(isAgain),
    shifted,
    differences,
    same,
  };
}

/** In order of place. */
function lastRevisions(predictions: readonly Prediction[], level: Level | undefined): Prediction[] {
  const byKey = new Map<string, Prediction>();
  const loose: Prediction[] = [];
  for (const prediction of predictions) {
    if (level !== undefined && prediction.level !== level) continue;
    const known = byKey.get(prediction.key);
    if (known && known.revision === prediction.revision) loose.push(prediction);
    else if (!known || known.revision < prediction.revision) byKey.set(prediction.key, prediction);
  }
  return [...byKey.values(), ...loose].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
}

/** Pairs those that are the same speech, the closest first. By index, for the same object can be in both lists, or in one twice. */
function pair(wanted: readonly Prediction[], given: readonly Prediction[], toleranceMs: number) {
  const candidates: { from: number; to: number; distanceMs: number }[] = [];
  const longestMs = given.reduce((longest, { startMs, endMs }) => Math.max(longest, endMs - startMs), 0);
  let first = 0;
  for (const [from, expected] of wanted.entries()) {
    // Both are in order of their starts, so that what lies before all that follows need not be looked at again.
    while (first < given.length && (given[first] as Prediction).startMs < expected.startMs - longestMs - toleranceMs) first += 1;
    for (let to = first; to < given.length; to += 1) {
      const actual = given[to] as Prediction;
      if (actual.startMs > expected.endMs + toleranceMs) break;
      if (!isSameSpeech(expected, actual, toleranceMs)) continue;
      const distanceMs = Math.abs(actual.startMs - expected.startMs) + Math.abs(actual.endMs - expected.endMs);
      candidates.push({ from, to, distanceMs });
    }
  }
  candidates.sort((a, b) => a.distanceMs - b.distanceMs);
  const partners = new Map<number, number>();
  const taken = new Set<number>();
  for (const { from, to } of candidates) {
    if (partners.has(from) || taken.has(to)) continue;
    partners.set(from, to);
    taken.add(to);
  }
  return {
    pairs: wanted.flatMap((expected, from) => {
      const to = partners.get(from);
      return to === undefined ? [] : [{ expected, actual: given[to] as Prediction }];
    }),
    restOfWanted: wanted.filter((_, from) => !partners.has(from)),
    restOfGiven: given.filter((_, to) => !taken.has(to)),
  };
}

/** Of one level, and either at the same place or overlapping by half of the longer one. */
function isSameSpeech(one: Prediction, other: Prediction, toleranceMs: number): boolean {
  if (one.level !== other.level) return false;
  const startShiftMs = Math.abs(one.startMs - other.startMs);
  const endShiftMs = Math.abs(one.endMs - other.endMs);
  if (startShiftMs <= toleranceMs && endShiftMs <= toleranceMs) return true;
  const overlapMs = Math.min(one.endMs, other.endMs) - Math.max(one.startMs, other.startMs);
  return overlapMs > 0 && overlapMs * 2 >= Math.max(one.endMs - one.startMs, other.endMs - other.startMs);
}
