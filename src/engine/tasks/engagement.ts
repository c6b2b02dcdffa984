import { claim, posteriors } from './posteriors.js';
import { cueWeight, prosodicCues } from './prosodic-cues.js';
import type { TaskModel } from './task-model.js';

const LABELS = ['withdrawn', 'neutral', 'engaged'];
const RULE = { prior: [0.2, 0.6, 0.2], cap: 0.65 };

/**
 * Perceived engagement: a weak indicator. It is mostly arousal that listeners go by (Yu, Aoki, Woodruff 2004), and what it takes to tell
 * engagement, both speakers' turns, is not looked at.
 *
 * E = .6 A + .3 R + .2 S, from arousal A, F0 range R and rate S. Log-likelihoods: withdrawn -E, engaged E, neutral 0.
 */
export const engagement: TaskModel = {
  task: 'engagement',
  labels: LABELS,
  card: {
    standing: 'weak',
    measures:
      'Small tilts of the prior: effort, lively pitch and speed towards engaged, the lack of them towards withdrawn. Turns and answers, which tell more, are not looked at.',
    prior: RULE.prior,
    cap: RULE.cap,
    evidence:
      '0.3 s of voiced speech, in full from 1 s; noise and clipping weaken it. A claim needs more than .10 above the prior.',
    expect: 'Unweighted recall up to .45 over three labels, where chance is .33.',
    sources: [
      'Yu, Aoki, Woodruff 2004 (engagement from speech)',
      'Gupta, Bone, Lee, Narayanan 2016 (prosodic cues of engagement)',
    ],
    use: 'Building and testing.',
    avoid: 'Rating agents, pupils or patients; comparing speakers, cultures or languages.',
  },
  answer(evidence, context) {
    const { arousal, range, rate } = prosodicCues(evidence, context);
    const engaged = 0.6 * arousal + 0.3 * range + 0.2 * rate;
    const values = posteriors(RULE, [[-engaged, 0, engaged]], cueWeight(evidence));
    return { kind: 'labels', posteriors: values, finalLabel: claim(LABELS, values, RULE.prior) };
  },
};
