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
  card: {
    standing: 'not assessed',
    measures: 'Nothing: the answer is exactly one half for each label, without a final label.',
    prior: [0.5, 0.5],
    cap: 0.5,
    evidence: 'None suffices.',
    expect: 'No claim. Classical cues tell the artefacts of one generator from those of another, not fakes from genuine speech.',
    sources: ['Mueller et al. 2022 (detectors on unseen material)'],
    use: 'Building and testing.',
    avoid: 'Everything else.',
  },
  answer: () => ({ kind: 'labels', posteriors: [0.5, 0.5], finalLabel: '' }),
};
