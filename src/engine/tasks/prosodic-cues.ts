import type { SpeechEvidence } from '../features/speech-evidence.js';
import { arousal, tiltAgainstNorm } from './arousal.js';
import { F0_HZ, femaleByTract } from './gender.js';
import { amount, clarity, DELICATE } from './posteriors.js';
import { relativeRate } from './speaking-rate.js';
import type { TaskContext } from './task-model.js';

/** What the weak tasks look at, each about -1 to 1 and never beyond -2 and 2; 0 is usual. */
export interface ProsodicCues {
  /** Vocal effort; see {@link arousal}. */
  arousal: number;
  /** Energy above against below 500 Hz: a tense voice above 0, a soft one below. */
  tilt: number;
  /** Range of F0: lively above 0, monotonous below. */
  range: number;
  /** Speaking rate against what is usual in the language. */
  rate: number;
  /** F0 against the norm of the gender that the formants suggest. */
  pitch: number;
}

/** P90 - P10 of F0 in reading, 2.56 times the standard deviation of about 2.9 semitones (Traunmueller, Eriksson 1995), and its spread between voices. */
const USUAL_RANGE = 7.5;
const RANGE_SPREAD = 3;
const PITCH_SPREAD = 3.2;
const LIMIT = 2;

/** Measures the cues of a stretch of speech; all are 0 without voiced speech. */
export function prosodicCues(evidence: SpeechEvidence, context: TaskContext): ProsodicCues {
  if (evidence.voicedFrames === 0) return { arousal: 0, tilt: 0, range: 0, rate: 0, pitch: 0 };
  const female = femaleByTract(context.baseline.evidence);
  const [man, woman] = F0_HZ.map(Math.log2) as [number, number];
  const pitch = 12 * (evidence.logF0.percentile(0.5) - (1 - female) * man - female * woman);
  const range = 12 * (evidence.logF0.percentile(0.9) - evidence.logF0.percentile(0.1));
  return {
    arousal: limited(arousal(evidence, context)),
    tilt: tiltAgainstNorm(evidence),
    range: limited((range - USUAL_RANGE) / RANGE_SPREAD),
    rate: limited(relativeRate(evidence, context.language)),
    pitch: limited(pitch / PITCH_SPREAD),
  };
}

/** How much the cues count, 0 to 1, by the amount of voiced speech, noise and clipping. */
export function cueWeight(evidence: SpeechEvidence): number {
  return amount(evidence) * clarity(evidence, DELICATE);
}

function limited(value: number): number {
  return Math.max(-LIMIT, Math.min(LIMIT, value));
}
