import type { SpeechEvidence } from '../features/speech-evidence.js';
import { amount, claim, clarity, DELICATE, posteriors, ROBUST } from './posteriors.js';
import type { TaskModel } from './task-model.js';

const LABELS = ['male', 'female'];
const RULE = { prior: [0.5, 0.5], cap: 0.97 };

/** The base value of F0, its 10th percentile, plus this many semitones, is the speaker's typical F0 (Traunmueller, Eriksson 1995). */
const BASE_OFFSET = 2.8;
/** Typical F0 of men and women in Hz, and its spread between speakers in semitones (Traunmueller, Eriksson 1995). */
export const F0_HZ = [119, 207];
const F0_SPREAD = 3.2;

/** Mean shortness of the vocal tract of men and women, and its spread between speakers and utterances; for fewer frames it counts less. */
const TRACT = [-0.055, 0.055];
const TRACT_SPREAD = 0.045;
const FULL_TRACT_FRAMES = 50;

/**
 * The perceived gender of a voice, from its fundamental frequency and its formants.
 *
 * F0's base value varies far less than its mean with liveliness and emotion (Arantes, Eriksson 2014); formants tell the length of the
 * vocal tract (Bachorowski, Owren 1999; Hillenbrand et al. 1995).
 */
export const gender: TaskModel = {
  task: 'gender',
  labels: LABELS,
  card: {
    standing: 'claim',
    measures:
      "The perceived gender of a voice: the 10th percentile of F0 plus 2.8 semitones, against men's 119 Hz and women's 207 Hz (spread 3.2 semitones), and the length of the vocal tract by formants 2 to 4 (2 and 3 in the telephone band).",
    prior: RULE.prior,
    cap: RULE.cap,
    evidence: '0.3 s of voiced speech, in full from 1 s; noise weakens it, the formants sooner than F0.',
    expect: '90 to 95 % right for adults, from 2 s on, in clean audio.',
    sources: [
      'Traunmueller, Eriksson 1995 (F0 of men and women, its base value)',
      'Arantes, Eriksson 2014 (base value)',
      'Bachorowski, Owren 1999; Hillenbrand et al. 1995 (formants)',
      'Boersma 1993 (F0)',
    ],
    use: 'Building and testing; choosing the norm that other measures of a voice are compared with.',
    avoid: "Somebody's actual gender or identity; children; any decision about a person.",
  },
  answer(evidence) {
    const f0 = fromF0(evidence).map((log) => clarity(evidence, ROBUST) * log);
    const tract = fromTract(evidence).map((log) => clarity(evidence, DELICATE) * log);
    const values = posteriors(RULE, [f0, tract], amount(evidence));
    return { kind: 'labels', posteriors: values, finalLabel: claim(LABELS, values, RULE.prior) };
  },
};

/** The probability that the speaker is a woman, from the formants alone. */
export function femaleByTract(evidence: SpeechEvidence): number {
  const [male, female] = fromTract(evidence) as [number, number];
  return 1 / (1 + Math.exp(male - female));
}

function fromF0(evidence: SpeechEvidence): number[] {
  const semitones = 12 * evidence.logF0.percentile(0.1) + BASE_OFFSET;
  return F0_HZ.map((hz) => -0.5 * ((semitones - 12 * Math.log2(hz)) / F0_SPREAD) ** 2);
}

function fromTract({ tractShortness }: SpeechEvidence): number[] {
  const share = Math.min(1, tractShortness.count / FULL_TRACT_FRAMES);
  return TRACT.map((mean) => -0.5 * share * ((tractShortness.mean - mean) / TRACT_SPREAD) ** 2);
}
