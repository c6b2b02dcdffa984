import type { SpeechEvidence } from '../features/speech-evidence.js';

/** No posterior is lower than this: nothing measured here is that certain. */
const FLOOR = 0.01;
/** Voiced frames of 10 ms at which evidence counts in full, and below which it doesn't count at all. */
const FULL_VOICED_FRAMES = 100;
const LEAST_VOICED_FRAMES = 30;
/** A single log-likelihood ratio counts for no more than this. */
export const LLR_LIMIT = 6;
/** A claim of a weak task needs a posterior that is this far above the label's prior. */
const CLAIM_MARGIN = 0.1;

/** What is known of a task before and whatever is measured. */
export interface PosteriorRule {
  /** By label; sums to 1. */
  prior: readonly number[];
  /** No posterior is higher than this. */
  cap: number;
}

/** How much the evidence counts by the amount of voiced speech, 0 to 1: min(1, voiced frames / 100), and 0 under 0.3 s. */
export function amount(evidence: SpeechEvidence): number {
  return evidence.voicedFrames < LEAST_VOICED_FRAMES ? 0 : Math.min(1, evidence.voicedFrames / FULL_VOICED_FRAMES);
}

/** For measures that noise and clipping disturb, such as formants, level and tilt: in full from a range of 30 dB, and not below 15. */
export const DELICATE = { fromDb: 15, overDb: 15, standsClipping: false };
/** For measures that stand some of both, such as F0 and syllables: they count in full from a range of 15 dB, and not below 5. */
export const ROBUST = { fromDb: 5, overDb: 10, standsClipping: true };

/**
 * How much the evidence counts by how far speech stands out of the noise, 0 to 1: from the range P90 - P5 of the frames' levels, and, for
 * what doesn't stand clipping, from the share of frames that are not clipped.
 */
export function clarity(evidence: SpeechEvidence, { fromDb, overDb, standsClipping }: typeof DELICATE): number {
  const range = evidence.levelDb.percentile(0.9) - evidence.levelDb.percentile(0.05);
  const intact = standsClipping || evidence.frames === 0 ? 1 : 1 - evidence.clippedFrames / evidence.frames;
  return intact * Math.max(0, Math.min(1, (range - fromDb) / overDb));
}

/**
 * log p = log prior + weight * sum of clipped log-likelihoods, normalised, then held between 0.01 and the rule's cap.
 *
 * @param logLikelihoods By source of evidence, then by label; only differences between labels matter.
 */
export function posteriors(rule: PosteriorRule, logLikelihoods: readonly (readonly number[])[], weight: number): number[] {
  if (weight === 0) return [...rule.prior];
  const logs = rule.prior.map((prior, label) => {
    const sum = logLikelihoods.reduce((total, source) => total + clipped(source, label), 0);
    return Math.log(prior) + weight * sum;
  });
  const highest = Math.max(...logs);
  const unscaled = logs.map((log) => Math.exp(log - highest));
  const total = unscaled.reduce((sum, value) => sum + value, 0);
  return bounded(
    unscaled.map((value) => value / total),
    rule,
  );
}

/** The label of the highest posterior, or none if that is not more than .1 above the label's prior. */
export function claim(labels: readonly string[], values: readonly number[], prior: readonly number[]): string {
  const top = values.indexOf(Math.max(...values));
  return values[top]! - prior[top]! > CLAIM_MARGIN ? labels[top]! : '';
}

/** The label of the highest posterior. */
export function topLabel(labels: readonly string[], values: readonly number[]): string {
  return labels[values.indexOf(Math.max(...values))]!;
}

function clipped(source: readonly number[], label: number): number {
  const highest = Math.max(...source);
  return Math.max(-LLR_LIMIT, source[label]! - highest);
}

/**
 * Holds a distribution between the floor of 0.01 and the rule's cap.
 *
 * @param values By label; sum to 1.
 */
export function bounded(values: readonly number[], { prior, cap }: PosteriorRule): number[] {
  // Mixing with the prior keeps the sum and the order; it is enough to meet the cap, and then the floor.
  const top = values.indexOf(Math.max(...values));
  const share = values[top]! > cap ? (cap - prior[top]!) / (values[top]! - prior[top]!) : 1;
  const capped = values.map((value, label) => share * value + (1 - share) * prior[label]!);
  const floored = capped.map((value) => Math.max(FLOOR, value));
  const excess = floored.reduce((sum, value) => sum + value, 0) - 1;
  floored[top] = Math.min(cap, floored[top]! - excess);
  return floored;
}
