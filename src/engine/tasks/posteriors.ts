import type { SpeechEvidence } from '../features/speech-evidence.js';

/** No posterior is lower than this: nothing measured here is that certain. */
const FLOOR = 0.01;
/** Voiced frames of 10 ms at which evidence counts in full, and below which it doesn't count at all. */
const FULL_VOICED_FRAMES = 100;
const LEAST_VOICED_FRAMES = 30;
/** A single log-likelihood ratio counts for no more than this. */
export const LLR_LIMIT = 6;
/** A claim needs a posterior that is this far from the label's prior. */
const CLAIM_MARGIN = 0.1;

/** What is known of a task before and whatever is measured. */
export interface PosteriorRule {
  /** By label; sums to 1. */
  prior: readonly number[];
  /** No posterior is higher than this. */
  cap: number;
}

/**
 * How much the evidence counts, 0 to 1: by the amount of voiced speech and by how far it stands out of the noise.
 *
 * min(1, voiced frames / 100) * clip((P90 - P5 of the frame levels - 15 dB) / 15 dB), and 0 under 0.3 s of voiced speech.
 */
export function evidenceWeight(evidence: SpeechEvidence): number {
  if (evidence.voicedFrames < LEAST_VOICED_FRAMES) return 0;
  const range = evidence.levelDb.percentile(0.9) - evidence.levelDb.percentile(0.05);
  const clarity = Math.max(0, Math.min(1, (range - 15) / 15));
  return Math.min(1, evidence.voicedFrames / FULL_VOICED_FRAMES) * clarity;
}

/**
 * log p = log prior + weight * sum of clipped log-likelihoods, normalised, then held between 0.01 and the rule's cap.
 *
 * @param logLikelihoods By source of evidence, then by label; only differences between labels matter.
 */
export function posteriors(rule: PosteriorRule, logLikelihoods: readonly (readonly number[])[], weight: number): number[] {
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

/** The label of the highest posterior, or none if it is no further than .1 from that label's prior. */
export function claim(labels: readonly string[], values: readonly number[], prior: readonly number[]): string {
  const top = values.indexOf(Math.max(...values));
  return Math.abs(values[top]! - prior[top]!) > CLAIM_MARGIN ? labels[top]! : '';
}

function clipped(source: readonly number[], label: number): number {
  const highest = Math.max(...source);
  return Math.max(-LLR_LIMIT, source[label]! - highest);
}

// Mixing with the prior keeps the sum and the order; it is enough to meet the cap, and then the floor.
function bounded(values: readonly number[], { prior, cap }: PosteriorRule): number[] {
  const top = values.indexOf(Math.max(...values));
  const share = values[top]! > cap ? (cap - prior[top]!) / (values[top]! - prior[top]!) : 1;
  const capped = values.map((value, label) => share * value + (1 - share) * prior[label]!);
  const floored = capped.map((value) => Math.max(FLOOR, value));
  const excess = floored.reduce((sum, value) => sum + value, 0) - 1;
  floored[top]! -= excess;
  return floored;
}
