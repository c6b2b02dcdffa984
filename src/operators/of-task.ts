import { filter, type OperatorFunction } from 'rxjs';
import { hasTask, type Prediction, type TaskName, type WithTask } from '../predictions/index.js';

/**
 * Passes on the predictions that have an answer for one task.
 *
 * The output is typed so that `prediction.tasks.emotion` is defined after `ofTask('emotion')`; the prediction is passed on whole,
 * with its other tasks. Any name is allowed, because the service adds tasks. Completes and fails with its source.
 *
 * @param task The task's wire name, for instance `emotion` or `speaking_rate`.
 */
export function ofTask<Name extends TaskName, P extends Prediction = Prediction>(
  task: Name,
): OperatorFunction<P, WithTask<P, Name>> {
  return filter((prediction: P): prediction is WithTask<P, Name> => hasTask(prediction, task));
}
