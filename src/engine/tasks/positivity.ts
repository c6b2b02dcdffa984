import { claim, posteriors } from './posteriors.js';
import { cueWeight, prosodicCues } from './prosodic-cues.js';
import type { TaskModel } from './task-model.js';

const LABELS = ['negative', 'neutral', 'positive'];
const RULE = { prior: [0.2, 0.6, 0.2], cap: 0.65 };
/** In all directions, the log-likelihoods stay within this. */
const LIMIT = 0.8;

/**
 * Perceived positivity: a weak indicator, which hardly ever says more than its prior, for acoustics hardly carry valence.
 *
 * V = .3 R - .25 T, within -.8 and .8, from F0 range R and tilt T: a wide range is heard as friendlier, a tense voice as less so (Goudbeek,
 * Scherer 2010). Log-likelihoods: negative -V, positive V, neutral 0.
 */
export const positivity: TaskModel = {
  task: 'positivity',
  labels: LABELS,
  card: {
    standing: 'weak',
    measures:
      'Small tilts of the prior: lively pitch towards positive, a tense voice towards negative. Acoustics hardly carry valence.',
    prior: RULE.prior,
    cap: RULE.cap,
    evidence:
      '0.3 s of voiced speech, in full from 1 s; noise and clipping weaken it. A claim needs more than .10 above the prior, which is rare.',
    expect: 'Unweighted recall .35 to .40 over three labels, where chance is .33.',
    sources: ['Goudbeek, Scherer 2010 (range and tension; how little of valence is heard)'],
    use: 'Building and testing.',
    avoid: 'Satisfaction of customers, mood, attitude: words tell them, tone hardly does.',
  },
  answer(evidence, context) {
    const { range, tilt } = prosodicCues(evidence, context);
    const valence = Math.max(-LIMIT, Math.min(LIMIT, 0.3 * range - 0.25 * tilt));
    const values = posteriors(RULE, [[-valence, 0, valence]], cueWeight(evidence));
    return { kind: 'labels', posteriors: values, finalLabel: claim(LABELS, values, RULE.prior) };
  },
};
