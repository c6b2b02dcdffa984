import type { SpeechEvidence } from '../features/speech-evidence.js';
import type { TaskContext } from './task-model.js';

/** Voiced seconds at which the comparison with the speaker counts half. */
const SHRINKAGE_S = 10;
/** Typical log2 F0 midway between men and women, and the spreads that make one unit of arousal, for a speaker not known yet. */
const COLD_TILT_DB = -6;
const COLD_TILT_SPREAD = 6;
const F0_SPREAD_OCTAVES = 0.15;
const LEVEL_SPREAD_DB = 4;
const TILT_SPREAD_DB = 4;
const LIMIT = 2;

/**
 * Vocal effort relative to the speaker's own usual voice, about -1 (weak) to 1 (strong).
 *
 * The mean of three scores, median log F0, level, and energy above against below 500 Hz, each compared with what was heard of the
 * speaker so far (Bone, Lee, Narayanan 2014), shrunk by n / (n + 10 s). Until the speaker is known only the tilt counts, weakly, for the
 * gain is unknown.
 */
export function arousal(evidence: SpeechEvidence, { baseline }: TaskContext): number {
  const usual = baseline.evidence;
  if (evidence.voicedFrames === 0) return 0;
  const known = baseline.voicedSeconds / (baseline.voicedSeconds + SHRINKAGE_S);
  const f0 = score(evidence.logF0.percentile(0.5) - usual.logF0.percentile(0.5), F0_SPREAD_OCTAVES);
  const level = score(evidence.voicedLevelDb.percentile(0.5) - usual.voicedLevelDb.percentile(0.5), LEVEL_SPREAD_DB);
  const tilt = score(evidence.tiltDb.mean - usual.tiltDb.mean, TILT_SPREAD_DB);
  const cold = 0.5 * score(evidence.tiltDb.mean - COLD_TILT_DB, COLD_TILT_SPREAD);
  return known * ((f0 + level + tilt) / 3) + (1 - known) * cold;
}

function score(difference: number, spread: number): number {
  return Math.max(-LIMIT, Math.min(LIMIT, difference / spread));
}
