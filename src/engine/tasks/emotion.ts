import { claim, posteriors } from './posteriors.js';
import { cueWeight, prosodicCues } from './prosodic-cues.js';
import type { TaskModel } from './task-model.js';

const LABELS = ['neutral', 'sad', 'happy', 'angry'];
const RULE = { prior: [0.55, 0.15, 0.15, 0.15], cap: 0.6 };

/**
 * Perceived emotion: a weak indicator. Acoustics carry arousal, hardly valence (Scherer 2003; Goudbeek, Scherer 2010).
 *
 * Log-likelihoods, from arousal A, tilt T, F0 range R and rate S: neutral -.4 |A|; sad -.6 A - .2 R - .2 S; happy .5 A + .3 R - .1 T; angry
 * .5 A + .3 T. The directions are those of Banse, Scherer (1996) and Juslin, Laukka (2003); the sizes are choices of this project, small.
 */
export const emotion: TaskModel = {
  task: 'emotion',
  labels: LABELS,
  card: {
    standing: 'weak',
    measures:
      'Small tilts of the prior: effort, lively pitch and a tense voice towards happy and angry, little of them towards sad. Acoustics carry arousal, hardly valence: happy and angry differ by tilt and range alone.',
    prior: RULE.prior,
    cap: RULE.cap,
    evidence:
      '0.3 s of voiced speech, in full from 1 s; noise and clipping weaken it. A claim needs more than .10 above the prior.',
    expect: 'Unweighted recall .30 to .40 over four labels, where chance is .25.',
    sources: [
      'Banse, Scherer 1996; Juslin, Laukka 2003 (directions)',
      'Scherer 2003; Goudbeek, Scherer 2010 (arousal against valence)',
    ],
    use: 'Building and testing.',
    avoid: 'What somebody feels; any decision about a person; work or education, where the law of many places forbids it.',
  },
  answer(evidence, context) {
    const { arousal, tilt, range, rate } = prosodicCues(evidence, context);
    const likelihoods = [
      -0.4 * Math.abs(arousal),
      -0.6 * arousal - 0.2 * range - 0.2 * rate,
      0.5 * arousal + 0.3 * range - 0.1 * tilt,
      0.5 * arousal + 0.3 * tilt,
    ];
    const values = posteriors(RULE, [likelihoods], cueWeight(evidence));
    return { kind: 'labels', posteriors: values, finalLabel: claim(LABELS, values, RULE.prior) };
  },
};
