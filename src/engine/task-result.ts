import type { LabelResult, TaskResult } from './engine.js';
import type { ModelDescription } from './models/loaded-model.js';
import type { TaskAnswer, TaskModel } from './tasks/index.js';

/** For the logit of what a model finds impossible. */
const LEAST_PROBABILITY = 1e-9;

/** Puts an answer into the terms of the wire: labels best first, and, when asked for, logits: the softmax of the labels' logits is the posteriors. */
export function taskResult(model: TaskModel, answer: TaskAnswer, logits: boolean): TaskResult {
  if (answer.kind === 'score') {
    const prediction: LabelResult = { score: answer.score };
    if (logits) prediction.logit = logOdds(answer.score);
    return { task: model.task, predictions: [prediction], finalLabel: '' };
  }
  const predictions = model.labels.map((label, index): LabelResult => {
    const posterior = answer.posteriors[index]!;
    return logits ? { label, posterior, logit: Math.log(posterior) } : { label, posterior };
  });
  predictions.sort((a, b) => b.posterior! - a.posterior!);
  return { task: model.task, predictions, finalLabel: answer.finalLabel };
}

/** Puts the probabilities of a user's model into the terms of the wire; it stands by the label it finds most likely. */
export function modelResult({ task, labels }: ModelDescription, probabilities: readonly number[], logits: boolean): TaskResult {
  const predictions = labels.map((label, index): LabelResult => {
    const posterior = probabilities[index]!;
    return logits ? { label, posterior, logit: Math.log(Math.max(posterior, LEAST_PROBABILITY)) } : { label, posterior };
  });
  predictions.sort((a, b) => b.posterior! - a.posterior!);
  return { task, predictions, finalLabel: predictions[0]!.label! };
}

/** On utterances: names for each label the segments in which it was the top one. */
export function markDominance(result: TaskResult, topLabels: readonly (string | undefined)[]): void {
  for (const prediction of result.predictions) {
    if (prediction.label === undefined) continue;
    prediction.dominantInSegments = topLabels.flatMap((top, segment) => (top === prediction.label ? [segment] : []));
  }
}

function logOdds(p: number): number {
  return Math.log(p / (1 - p));
}
