import { arousal } from './arousal.js';
import { amount, clarity, DELICATE } from './posteriors.js';
import type { TaskModel } from './task-model.js';

/** How intense the speech is, as one score: 1 / (1 + exp(-2 A)) of the {@link arousal} A, 0.5 for the speaker's usual voice. */
export const intensity: TaskModel = {
  task: 'intensity',
  labels: [],
  answer(evidence, context) {
    const effort = amount(evidence) * clarity(evidence, DELICATE) * arousal(evidence, context);
    return { kind: 'score', score: 1 / (1 + Math.exp(-2 * effort)) };
  },
};
