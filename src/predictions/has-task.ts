import type { Prediction, TaskName, WithTask } from './prediction.js';

/** Whether a prediction has an answer for the task; narrows its type so that `prediction.tasks[task]` is defined. */
export function hasTask<P extends Prediction, Name extends TaskName>(prediction: P, task: Name): prediction is WithTask<P, Name> {
  return Object.hasOwn(prediction.tasks, task) && prediction.tasks[task] !== undefined;
}
