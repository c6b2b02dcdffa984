import { filter, type OperatorFunction } from 'rxjs';
import type { Prediction } from '../predictions/index.js';

/**
 * Passes on the predictions for 2-second segments.
 *
 * The output is typed as `SegmentPrediction`, keeping what earlier operators narrowed. Completes and fails with its source.
 */
export function onlySegments<P extends Prediction = Prediction>(): OperatorFunction<P, Extract<P, { level: 'segment' }>> {
  return filter((prediction: P): prediction is Extract<P, { level: 'segment' }> => prediction.level === 'segment');
}
