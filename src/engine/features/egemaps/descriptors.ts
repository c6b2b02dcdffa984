import { ENGINE_SAMPLE_RATE } from '../../engine-sample-rate.js';
import type { SampleHistory } from '../../sample-history.js';
import { FormantFinder } from '../formant-finder.js';
import { BIN_HZ, FrameSpectrum, WINDOW_LENGTH } from '../frame-spectrum.js';
import { SHORT_BINS, SHORT_WINDOW_LENGTH, ShortSpectrum } from '../short-spectrum.js';
import { auditorySpectrum } from './auditory-spectrum.js';
import { PeriodMeter } from './period-meter.js';
import { alphaRatio, hammarbergIndex, spectralSlope } from './spectral-balance.js';

/** Places of the low-level descriptors in a frame's values. */
export const PLACE = {
  f0: 0,
  loudness: 1,
  flux: 2,
  jitter: 7,
  shimmer: 8,
  hnr: 9,
  h1h2: 10,
  h1a3: 11,
  formants: 12,
  voiced: 21,
  unvoiced: 30,
};
/** Low-level descriptors of a frame. */
export const DESCRIPTORS = 35;

const FORMANTS = 3;
const FORMANT_BAND_HZ = 5000;
/** A voice's level over its noise is given between these limits, in dB. */
const MOST_PERIODIC = 0.9999;
const LEAST_PERIODIC = 0.0001;
const POWER_FLOOR = 1e-12;
/** Brings the flux to the size that the reference implementation of eGeMAPS gives; measured on speech. */
const FLUX_SCALE = 220;

/**
 * The low-level descriptors of one stream's frames, after Eyben et al. 2016.
 *
 * Harmonics, formants and periods are measured in the frame's 50 ms; levels, balance, flux and cepstrum in the 25 ms in its middle.
 */
export class Descriptors {
  /** Of the last frame, by `PLACE`; NaN where a descriptor doesn't apply, as those of the voice where there is none. */
  readonly values = new Float64Array(DESCRIPTORS);
  /** Mean square of the last frame. */
  meanSquare = 0;
  readonly #history: SampleHistory;
  readonly #samples = new Float32Array(WINDOW_LENGTH);
  readonly #spectrum = new FrameSpectrum(1);
  readonly #short = new ShortSpectrum();
  readonly #formants = new FormantFinder(FORMANT_BAND_HZ, FORMANTS);
  readonly #periods = new PeriodMeter();
  readonly #magnitude = new Float64Array(SHORT_BINS);
  #hasMagnitude = false;

  constructor(history: SampleHistory) {
    this.#history = history;
  }

  /** Forgets the frames before: what comes next has nothing to do with them. */
  reset(): void {
    this.#hasMagnitude = false;
    this.#periods.reset();
  }

  /** Measures the frame that begins at sample `start`, whose F0 (0 where unvoiced) and periodicity are known. */
  measure(start: number, f0Hz: number, periodicity: number): void {
    const { values } = this;
    values.fill(Number.NaN);
    this.#history.read(start, WINDOW_LENGTH, this.#samples);
    this.#short.analyse(this.#samples, (WINDOW_LENGTH - SHORT_WINDOW_LENGTH) / 2);
    const { power } = this.#short;
    auditorySpectrum.measure(power);
    values[PLACE.loudness] = auditorySpectrum.loudness;
    values[PLACE.flux] = this.#flux(power);
    values.set(auditorySpectrum.mfcc, PLACE.flux + 1);
    const balance = f0Hz > 0 ? PLACE.voiced : PLACE.unvoiced;
    values[balance] = alphaRatio(power);
    values[balance + 1] = hammarbergIndex(power);
    values[balance + 2] = spectralSlope(power, 0, 500);
    values[balance + 3] = spectralSlope(power, 500, 1500);
    values[balance + 4] = values[PLACE.flux]!;
    if (f0Hz > 0) values.set(auditorySpectrum.mfcc, PLACE.voiced + 5);
    this.#periods.add(start, this.#samples, f0Hz, ENGINE_SAMPLE_RATE);
    this.meanSquare = power.reduce((sum, value) => sum + value, 0);
    if (f0Hz > 0) this.#measureVoice(f0Hz, periodicity);
  }

  #measureVoice(f0Hz: number, periodicity: number): void {
    const { values } = this;
    // Semitones over 27.5 Hz, the lowest A of a piano.
    values[PLACE.f0] = 12 * Math.log2(f0Hz / 27.5);
    values[PLACE.jitter] = this.#periods.jitter;
    values[PLACE.shimmer] = this.#periods.shimmerDb;
    const periodic = Math.max(LEAST_PERIODIC, Math.min(MOST_PERIODIC, periodicity));
    values[PLACE.hnr] = 10 * Math.log10(periodic / (1 - periodic));
    this.#spectrum.analyse(this.#samples);
    const first = this.#harmonicDb(1, f0Hz);
    values[PLACE.h1h2] = first - this.#harmonicDb(2, f0Hz);
    if (!this.#formants.find(this.#spectrum.power)) return;
    for (let formant = 0; formant < FORMANTS; formant += 1) {
      const at = PLACE.formants + 3 * formant;
      const hz = this.#formants.hz[formant]!;
      values[at] = hz;
      values[at + 1] = this.#formants.bandwidthHz[formant]!;
      values[at + 2] = this.#harmonicDb(Math.max(1, Math.round(hz / f0Hz)), f0Hz) - first;
    }
    values[PLACE.h1a3] = -values[PLACE.formants + 8]!;
  }

  /** Level of the highest bin near a harmonic, in dB. */
  #harmonicDb(harmonic: number, f0Hz: number): number {
    const { power } = this.#spectrum;
    const last = Math.min(power.length - 1, Math.ceil(((harmonic + 0.25) * f0Hz) / BIN_HZ));
    let highest = POWER_FLOOR;
    for (let bin = Math.floor(((harmonic - 0.25) * f0Hz) / BIN_HZ); bin <= last; bin += 1)
      highest = Math.max(highest, power[bin]!);
    return 10 * Math.log10(highest);
  }

  /** How far the magnitudes of the spectrum have moved since the frame before; NaN in the first. */
  #flux(power: Float64Array): number {
    let sum = 0;
    for (let bin = 0; bin < SHORT_BINS; bin += 1) {
      const magnitude = Math.sqrt(power[bin]!);
      sum += (magnitude - this.#magnitude[bin]!) ** 2;
      this.#magnitude[bin] = magnitude;
    }
    const known = this.#hasMagnitude;
    this.#hasMagnitude = true;
    return known ? FLUX_SCALE * Math.sqrt(sum / SHORT_BINS) : Number.NaN;
  }
}
