import { filter, type OperatorFunction } from 'rxjs';
import type { Prediction } from '../predictions/index.js';

/**
 * Passes on the predictions for whole utterances.
 *
 * The output is typed as `UtterancePrediction`, keeping what earlier operators narrowed. Completes and fails with its source.
 */
export function onlyUtterances<P extends Prediction = Prediction>(): OperatorFunction<P, Extract<P, { level: 'utterance' }>> {
  return filter((prediction: P): prediction is Extract<P, { level: 'utterance' }> => prediction.level === 'utterance');
}
