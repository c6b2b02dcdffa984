import { claim, posteriors } from './posteriors.js';
import { cueWeight, prosodicCues } from './prosodic-cues.js';
import type { TaskModel } from './task-model.js';

const LABELS = ['18 - 22', '23 - 30', '31 - 45', '46 - 65'];
const RULE = { prior: [0.1, 0.17, 0.31, 0.42], cap: 0.55 };
/** Where the brackets lie on the way from young to old. */
const PLACES = [-1, -0.5, 0.2, 1];

/**
 * The age that a voice suggests: a weak indicator. Voices of one age differ more than those of different ages, below about 60.
 *
 * Y = .2 S + .2 P + .1 A, from rate S, F0 against the norm of the gender P, and arousal A: older speakers are slower and weaker, and
 * women's F0 falls (Linville 2001; Harnsberger et al. 2008). The log-likelihood of a bracket at x, from -1 to 1, is -x Y.
 */
export const age: TaskModel = {
  task: 'age',
  labels: LABELS,
  card: {
    standing: 'weak',
    measures: 'Small tilts of the prior: slow, low and weak voices towards old, quick, high and strong ones towards young.',
    prior: RULE.prior,
    cap: RULE.cap,
    evidence:
      '0.3 s of voiced speech, in full from 1 s; noise and clipping weaken it. A claim needs more than .10 above the prior.',
    expect: 'Unweighted recall .27 to .32 over four labels, where chance is .25.',
    sources: [
      'Linville 2001 (ageing voices)',
      'Harnsberger, Shrivastav, Brown, Rothman, Hollien 2008 (rate, F0 and perceived age)',
    ],
    use: 'Building and testing.',
    avoid: "Somebody's age: checks of age, pricing, exclusion, anything that depends on it. Children.",
  },
  answer(evidence, context) {
    const { rate, pitch, arousal } = prosodicCues(evidence, context);
    const young = 0.2 * rate + 0.2 * pitch + 0.1 * arousal;
    const values = posteriors(RULE, [PLACES.map((place) => -place * young)], cueWeight(evidence));
    return { kind: 'labels', posteriors: values, finalLabel: claim(LABELS, values, RULE.prior) };
  },
};
