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
  card: {
    standing: 'claim',
    measures:
      "Vocal effort, relative to the speaker's own usual voice: the mean of how far median F0, level and spectral tilt lie from what was heard of the speaker so far, shrunk by n / (n + 10 s). Before that, F0 against the norm of the gender that the formants suggest, and tilt; not level, for the gain is unknown. A step of level or band that lasts (a new microphone, a transfer) makes a new baseline.",
    prior: RULE.prior,
    cap: RULE.cap,
    evidence: '0.3 s of voiced speech, in full from 1 s; the speaker is known half after 10 s. Noise and clipping weaken it.',
    expect: 'rho .62 to .77 with rated arousal (published, for the three measures).',
    sources: ['Bone, Lee, Narayanan 2014 (rank fusion of three measures)', 'Traunmueller, Eriksson 1995 (norms of F0)'],
    use: 'Building and testing; seeing when somebody speaks up or falls off within one conversation.',
    avoid:
      'What somebody feels: noise on the line and distance from the microphone raise voices too. The first seconds of a stranger.',
  },
  answer(evidence, context) {
    const effort = arousal(evidence, context);
    const weight = amount(evidence) * clarity(evidence, DELICATE);
    const values = posteriors(RULE, [atLeast(effort, 1), atLeast(effort, 2)], weight);
    return { kind: 'labels', posteriors: values, finalLabel: weight > 0 ? topLabel(LABELS, values) : '' };
  },
};

/**
 * What the effort says of the labels from one on against those below it: the Gaussians' log-likelihood ratio at that border. Border by
 * border, so that none loses by more effort what it gains on the next when a ratio is clipped.
 */
function atLeast(effort: number, label: number): number[] {
  const [below, above] = [CENTRES[label - 1]!, CENTRES[label]!];
  const ratio = ((above - below) * (effort - (above + below) / 2)) / SPREAD ** 2;
  return LABELS.map((_, other) => (other < label ? 0 : ratio));
}
