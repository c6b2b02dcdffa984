import type { SpeechEvidence } from '../features/speech-evidence.js';
import { F0_HZ, femaleByTract } from './gender.js';
import type { TaskContext } from './task-model.js';

/** Seconds of voiced speech at which the comparison with the speaker counts half. */
const SHRINKAGE_S = 10;
/** What makes one unit of arousal within a speaker: about twice the spread between utterances of one voice reading neutrally (measured). */
const WITHIN = { f0Octaves: 0.15, levelDb: 4, tiltDb: 4 };
/** The same between speakers not known yet: the spread of F0 within a gender (3.2 st), and the mean and spread of the tilt (measured). */
const BETWEEN = { f0Octaves: 3.2 / 12, tiltDb: 5 };
const USUAL_TILT_DB = -10;
/** Telephones cut off low harmonics, which raises the tilt by some dB: against the norm it is worth half there. */
const NARROWBAND_WORTH = 0.5;
/** A stranger's voice says half as much as a change of a known one. */
const STRANGER_WEIGHT = 0.5;
const LIMIT = 2;

/**
 * Vocal effort, about -1 (weak) to 1 (strong), relative to the speaker's own usual voice as far as that is known.
 *
 * The mean of three scores, median log F0, level, and energy above against below 500 Hz, each compared with all that was heard of the
 * speaker so far (Bone, Lee, Narayanan 2014), shrunk by n / (n + 10 s). Until the speaker is known, F0 is compared with the norm of the
 * gender that the formants suggest, and the tilt with that of all voices; the level says nothing then, for the gain is unknown.
 */
export function arousal(evidence: SpeechEvidence, { baseline }: TaskContext): number {
  if (evidence.voicedFrames === 0) return 0;
  const known = baseline.voicedSeconds / (baseline.voicedSeconds + SHRINKAGE_S);
  return known * againstOwnVoice(evidence, baseline.evidence) + (1 - known) * againstNorms(evidence, baseline.evidence);
}

function againstOwnVoice(evidence: SpeechEvidence, usual: SpeechEvidence): number {
  const f0 = score(evidence.logF0.percentile(0.5) - usual.logF0.percentile(0.5), WITHIN.f0Octaves);
  const level = score(evidence.voicedLevelDb.percentile(0.5) - usual.voicedLevelDb.percentile(0.5), WITHIN.levelDb);
  const tilt = score(evidence.tiltDb.mean - usual.tiltDb.mean, WITHIN.tiltDb);
  return (f0 + level + tilt) / 3;
}

function againstNorms(evidence: SpeechEvidence, usual: SpeechEvidence): number {
  const female = femaleByTract(usual);
  const [man, woman] = F0_HZ.map(Math.log2) as [number, number];
  const f0 = score(evidence.logF0.percentile(0.5) - (1 - female) * man - female * woman, BETWEEN.f0Octaves);
  const tilt = tiltAgainstNorm(evidence);
  return (STRANGER_WEIGHT * (f0 + tilt)) / 2;
}

/** How tense a voice sounds to one who doesn't know it: its tilt against that of all voices, within -2 and 2. */
export function tiltAgainstNorm(evidence: SpeechEvidence): number {
  const narrow = evidence.frames > 0 ? evidence.narrowbandFrames / evidence.frames : 0;
  return (1 - (1 - NARROWBAND_WORTH) * narrow) * score(evidence.tiltDb.mean - USUAL_TILT_DB, BETWEEN.tiltDb);
}

function score(difference: number, spread: number): number {
  return Math.max(-LIMIT, Math.min(LIMIT, difference / spread));
}
