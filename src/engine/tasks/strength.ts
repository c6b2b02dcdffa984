import { arousal } from './arousal.js';
import { amount, clarity, DELICATE, posteriors, topLabel } from './posteriors.js';
import type { TaskModel } from './task-model.js';

const LABELS = ['weak', 'neutral', 'strong'];
const RULE = { prior: [0.2, 0.6, 0.2], cap: 0.85 };
/** Where each label lies on the scale of arousal, and the spread around it. */
const CENTRES = [-1, 0, 1];
const SPREAD = 0.5;

/** How strongly somebody speaks, relative to their own usual voice; see {@link arousal}. */
export const strength: TaskModel = {
  task: 'strength',
  labels: LABELS,
  answer(evidence, context) {
    const effort = arousal(evidence, context);
    const likelihoods = CENTRES.map((centre) => -0.5 * ((effort - centre) / SPREAD) ** 2);
    const weight = amount(evidence) * clarity(evidence, DELICATE);
    const values = posteriors(RULE, [likelihoods], weight);
    return { kind: 'labels', posteriors: values, finalLabel: weight > 0 ? topLabel(LABELS, values) : '' };
  },
};
