import type { SpeechEvidence } from '../features/speech-evidence.js';
import { claim, evidenceWeight, posteriors } from './posteriors.js';
import type { TaskModel } from './task-model.js';

const LABELS = ['male', 'female'];
const RULE = { prior: [0.5, 0.5], cap: 0.97 };

/** The base value of F0, its 10th percentile, plus this many semitones, is the speaker's typical F0 (Traunmueller, Eriksson 1995). */
const BASE_OFFSET = 2.8;
/** Typical F0 of men and women in Hz, and its spread between speakers in semitones (Traunmueller, Eriksson 1995). */
const F0_HZ = [119, 207];
const F0_SPREAD = 3.2;

/**
 * The perceived gender of a voice, from its fundamental frequency.
 *
 * F0's base value varies far less than its mean with liveliness and emotion (Arantes, Eriksson 2014).
 */
export const gender: TaskModel = {
  task: 'gender',
  labels: LABELS,
  answer(evidence) {
    const values = posteriors(RULE, [fromF0(evidence)], evidenceWeight(evidence));
    return { kind: 'labels', posteriors: values, finalLabel: claim(LABELS, values, RULE.prior) };
  },
};

function fromF0(evidence: SpeechEvidence): number[] {
  const semitones = 12 * evidence.logF0.percentile(0.1) + BASE_OFFSET;
  return F0_HZ.map((hz) => -0.5 * ((semitones - 12 * Math.log2(hz)) / F0_SPREAD) ** 2);
}
