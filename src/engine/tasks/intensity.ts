import { arousal } from './arousal.js';
import { amount, clarity, DELICATE } from './posteriors.js';
import type { TaskModel } from './task-model.js';

/** How intense the speech is, as one score: 1 / (1 + exp(-2 A)) of the {@link arousal} A, 0.5 for the speaker's usual voice. */
export const intensity: TaskModel = {
  task: 'intensity',
  labels: [],
  card: {
    standing: 'claim',
    measures:
      'The arousal A of `strength` as one score from 0 to 1: 1 / (1 + exp(-2 A)), 0.5 for the usual voice of the speaker.',
    prior: [],
    cap: 1,
    evidence: 'As for `strength`; without evidence the score is 0.5.',
    expect: 'As for `strength`.',
    sources: ['Bone, Lee, Narayanan 2014'],
    use: 'Building and testing; following one speaker through a conversation.',
    avoid: 'Comparing speakers; loudness in dB, which no recording of unknown gain can tell.',
  },
  answer(evidence, context) {
    const effort = amount(evidence) * clarity(evidence, DELICATE) * arousal(evidence, context);
    return { kind: 'score', score: 1 / (1 + Math.exp(-2 * effort)) };
  },
};
