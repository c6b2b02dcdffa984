import type { SpeechEvidence } from '../features/speech-evidence.js';
import { amount, bounded, clarity, ROBUST, topLabel } from './posteriors.js';
import type { TaskModel } from './task-model.js';

const LABELS = ['very slow', 'slow', 'normal', 'fast', 'very fast'];
const CAP = 0.9;
/** Frames of 10 ms; below, the answer is the prior. */
const LEAST_PHONATION_FRAMES = 100;

/** Mean and spread of the rate over speakers and occasions, and the borders between the labels, in syllables per second of phonation. */
const ENGLISH_RATE = 5.5;
const RATE_SPREAD = 1.1;
const CUTS = [3.3, 4.4, 6.6, 7.7];
/** How far a measured rate is from the true one after 1 s of phonation, in syllables per second; less after more, but never below the least. */
const SPREAD_AFTER_1_S = 1.25;
const LEAST_SPREAD = 0.4;
/**
 * Counts keep closer to the middle than rates do: in fast speech syllables run together, in slow speech some are heard as two. The slope and
 * where both agree, in syllables per second, are those of English synthetic voices; `npm run evaluate` prints the slope that is left.
 */
const COUNTED_SLOPE = 0.8;
const AGREED_RATE = 5.2;
const PRIOR = shares(ENGLISH_RATE, RATE_SPREAD);

/**
 * Typical rates by language, in syllables per second, relative to English at 6.2 (Pellegrino, Coupe, Marsico 2011): what is normal in
 * Spanish would be fast in English.
 */
const LANGUAGE_RATE: Readonly<Record<string, number>> = { en: 6.19, fr: 7.18, de: 5.97, it: 6.99, ja: 7.84, zh: 5.18, es: 7.82 };

/**
 * How fast somebody speaks: syllables per second of phonation, pauses left out.
 *
 * Syllables are the mean of two counts: nuclei that were found (de Jong, Wempe 2009), and what a small network expects. Their errors differ:
 * the first depends on habits of a voice, the second on languages and voices unlike those it was taught by.
 *
 * The rate is taken as a Gaussian of spread max(.4, 1.25 / sqrt(T)), T in seconds of phonation, and combined with the prior N(5.5, 1.1); a
 * posterior is the share of the result within the label's borders.
 */
export const speakingRate: TaskModel = {
  task: 'speaking_rate',
  labels: LABELS,
  card: {
    standing: 'claim',
    measures:
      'How fast somebody speaks: syllables per second of phonation, pauses left out, relative to what is usual in the language (option `language`). Syllables are the mean of the nuclei that were found (voiced maxima of the energy that bands from 400 to 2500 Hz share) and of what a network of 10,224 weights expects, which was taught by synthetic speech (`training/`). Counts rise by some .8 of what the true rate does, which is corrected.',
    prior: PRIOR,
    cap: CAP,
    evidence: '1 s of phonation; noise weakens it.',
    expect:
      'r .7 to .85 with the true syllable rate; three labels of five right, others off by one. The bounds 3.3, 4.4, 6.6 and 7.7 syllables/s are those of English.',
    sources: [
      'de Jong, Wempe 2009 (syllable nuclei)',
      'Wang, Narayanan 2007 (sub-band correlation)',
      'Seshadri, Räsänen 2019 (SylNet: a network that counts syllables)',
      'Pellegrino, Coupe, Marsico 2011 (rates of languages)',
    ],
    use: 'Building and testing; comparing utterances of one speaker, of some seconds each.',
    avoid: 'Judging fluency or ability; languages other than those of the table are judged as English.',
  },
  answer(evidence, { language }) {
    const seconds = evidence.phonationFrames / 100;
    const weight = evidence.phonationFrames >= LEAST_PHONATION_FRAMES ? amount(evidence) * clarity(evidence, ROBUST) : 0;
    if (weight === 0) return { kind: 'labels', posteriors: PRIOR, finalLabel: '' };
    const rate = rateAsEnglish(evidence, language);
    const precision = weight / Math.max(LEAST_SPREAD, SPREAD_AFTER_1_S / Math.sqrt(seconds)) ** 2;
    const priorPrecision = 1 / RATE_SPREAD ** 2;
    const mean = (precision * rate + priorPrecision * ENGLISH_RATE) / (precision + priorPrecision);
    const values = bounded(shares(mean, Math.sqrt(1 / (precision + priorPrecision))), { prior: PRIOR, cap: CAP });
    return { kind: 'labels', posteriors: values, finalLabel: topLabel(LABELS, values) };
  },
};

/**
 * Syllables per second of phonation: the mean of the nuclei that were found and of what the network expects, without its pull to the middle;
 * 0 without phonation.
 */
export function measuredRate({ nuclei, expectedSyllables, phonationFrames }: SpeechEvidence): number {
  if (phonationFrames === 0) return 0;
  const counted = (100 * (nuclei + expectedSyllables)) / 2 / phonationFrames;
  return Math.max(0, AGREED_RATE + (counted - AGREED_RATE) / COUNTED_SLOPE);
}

/** The measured rate as it would be in English: relative to what is usual in the language. */
export function rateAsEnglish(evidence: SpeechEvidence, language: string): number {
  return measuredRate(evidence) * (LANGUAGE_RATE.en! / (LANGUAGE_RATE[language] ?? LANGUAGE_RATE.en!));
}

/** How far the rate is from the usual one, in spreads over speakers and occasions: 0 is usual, 1 fast, -1 slow. */
export function relativeRate(evidence: SpeechEvidence, language: string): number {
  return evidence.phonationFrames < LEAST_PHONATION_FRAMES ? 0 : (rateAsEnglish(evidence, language) - ENGLISH_RATE) / RATE_SPREAD;
}

function shares(mean: number, spread: number): number[] {
  const below = [0, ...CUTS.map((cut) => normalBelow((cut - mean) / spread)), 1];
  return LABELS.map((_, label) => below[label + 1]! - below[label]!);
}

/** The standard normal distribution function (Abramowitz, Stegun 1964, 26.2.17; error below 7.5e-8). */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z > 0 ? 1 - tail : tail;
}
