import { ENGINE_SAMPLE_RATE } from '../engine-sample-rate.js';

/** The range in which a fundamental frequency is looked for, in Hz. */
export const MIN_F0_HZ = 60;
export const MAX_F0_HZ = 500;
/** In samples. */
export const MAX_LAG = Math.ceil(ENGINE_SAMPLE_RATE / MIN_F0_HZ) + 1;
const MIN_LAG = Math.floor(ENGINE_SAMPLE_RATE / MAX_F0_HZ);
/** Candidates per frame, the unvoiced one, at index 0, included. */
export const CANDIDATES = 6;

/** The constants Boersma (1993) recommends, with his names. */
const VOICING_THRESHOLD = 0.45;
const SILENCE_THRESHOLD = 0.03;
const OCTAVE_COST = 0.01;
const HIGHEST = 0.9999;

/**
 * The ways a frame could be voiced, and the one way it could not be, each with a strength.
 *
 * Boersma (1993), "Accurate short-term analysis of the fundamental frequency": local maxima of the normalised autocorrelation,
 * favouring high frequencies slightly, against an unvoiced candidate that gains as the frame gets quieter.
 */
export class PitchCandidates {
  /** In Hz; 0 at index 0, and in places not used. */
  readonly frequency = new Float64Array(CANDIDATES);
  readonly strength = new Float64Array(CANDIDATES);
  /** Height of the autocorrelation's maximum, without the octave cost: the share of periodic energy. */
  readonly periodicity = new Float64Array(CANDIDATES);

  /** Whether the strongest candidate is a voiced one, whatever the neighbouring frames say. */
  get voiced(): boolean {
    for (let i = 1; i < CANDIDATES; i += 1) if (this.strength[i]! > this.strength[0]!) return true;
    return false;
  }

  /**
   * Finds the candidates of a frame.
   *
   * @param autocorrelation Normalised, up to `MAX_LAG`.
   * @param relativePeak The frame's peak amplitude over the loudest one of the stretch, 0 to 1.
   */
  find(autocorrelation: Float64Array, relativePeak: number): void {
    this.frequency.fill(0);
    this.strength.fill(Number.NEGATIVE_INFINITY);
    this.periodicity.fill(0);
    this.strength[0] = VOICING_THRESHOLD + Math.max(0, 2 - relativePeak / (SILENCE_THRESHOLD / (1 + VOICING_THRESHOLD)));
    for (let lag = MIN_LAG; lag < MAX_LAG; lag += 1) {
      const height = autocorrelation[lag]!;
      const before = autocorrelation[lag - 1]!;
      const after = autocorrelation[lag + 1]!;
      if (height > 0.5 * VOICING_THRESHOLD && height > before && height >= after) this.#add(lag, before, height, after);
    }
  }

  #add(lag: number, before: number, height: number, after: number): void {
    const curvature = 2 * height - before - after;
    const shift = curvature > 0 ? (after - before) / (2 * curvature) : 0;
    const period = lag + shift;
    const frequency = ENGINE_SAMPLE_RATE / period;
    if (frequency < MIN_F0_HZ || frequency > MAX_F0_HZ) return;
    const peak = height + ((after - before) * shift) / 4;
    // Above 1 the parabola or the window's correction has overshot: mirror it, as a maximum of noise is no perfect period.
    const periodicity = Math.min(HIGHEST, peak > 1 ? 1 / peak : peak);
    const strength = periodicity - OCTAVE_COST * Math.log2((MIN_F0_HZ * period) / ENGINE_SAMPLE_RATE);
    let weakest = 1;
    for (let i = 2; i < CANDIDATES; i += 1) if (this.strength[i]! < this.strength[weakest]!) weakest = i;
    if (strength <= this.strength[weakest]!) return;
    this.frequency[weakest] = frequency;
    this.strength[weakest] = strength;
    this.periodicity[weakest] = periodicity;
  }
}
