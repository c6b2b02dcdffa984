import type { TaskModel } from './task-model.js';

/**
 * Whether speech is genuine: not assessed.
 *
 * Classical cues tell the artefacts of one generator from another's, not fakes from genuine speech, and even trained detectors fail on
 * unseen material (Mueller et al. 2022). So the answer is exactly even, without a final label, whatever is heard.
 */
export const deepfake: TaskModel = {
  task: 'deepfake',
  labels: ['bonafide', 'spoofed'],
  answer: () => ({ kind: 'labels', posteriors: [0.5, 0.5], finalLabel: '' }),
};
