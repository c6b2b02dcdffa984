import { type RealFft, sharedFft } from '../../audio/fft/index.js';
import { ENGINE_SAMPLE_RATE } from '../engine-sample-rate.js';
import { BIN_HZ } from './frame-spectrum.js';

/** Poles of the model: two per formant, and two for the tilt. */
const ORDER = 10;
const GRID_LENGTH = 512;
/** Against an ill-conditioned solution where the spectrum has holes. */
const WHITE_NOISE = 1e-4;
const PRE_EMPHASIS = 0.97;
/** Where each formant of an adult's vowel can lie, in Hz (Hillenbrand et al. 1995), and how far apart neighbours are at least. */
const RANGES: readonly (readonly [number, number])[] = [
  [200, 1050],
  [750, 2800],
  [1800, 3700],
  [2900, 4850],
];
const LEAST_DISTANCE_HZ = 180;

/** |A| squared of the frame being looked at; no finder needs it longer than that. */
const inverse = new Float64Array(GRID_LENGTH / 2 + 1);

/** For each bin of a band: the weight of pre-emphasis, and the cosine of its place in the band. */
interface BandTables {
  readonly emphasis: Float64Array;
  readonly cosine: Float64Array;
}

/** By the end of the band, in Hz. */
const tables = new Map<number, BandTables>();

/**
 * Finds the first formants of voiced frames, in one band.
 *
 * Linear prediction from part of the power spectrum (Makhoul 1975, "Spectral linear prediction"), its peaks refined by parabolas. Frames
 * in which the peaks don't make a plausible series of formants are passed over.
 */
export class FormantFinder {
  /** F1, F2 and so on, in Hz, of the last frame for which `find()` said true. */
  readonly hz: Float64Array;
  /** Their bandwidths, in Hz. */
  readonly bandwidthHz: Float64Array;
  readonly #highHz: number;
  readonly #tables: BandTables;
  readonly #lags = new Float64Array(ORDER + 1);
  readonly #coefficients = new Float64Array(ORDER + 1);
  readonly #scratch = new Float64Array(ORDER + 1);
  readonly #fft: RealFft = sharedFft(GRID_LENGTH);

  /**
   * @param highHz The end of the band that is modelled.
   * @param count How many formants a frame must show, at most four.
   */
  constructor(highHz: number, count: number) {
    this.hz = new Float64Array(count);
    this.bandwidthHz = new Float64Array(count);
    this.#highHz = highHz;
    this.#tables = bandTables(highHz);
  }

  /** Looks for the formants in a power spectrum of bins `BIN_HZ` apart; `hz` holds them if the result is true. */
  find(power: Float64Array): boolean {
    this.#correlate(power);
    if (!this.#predict()) return false;
    this.#respond();
    return this.#assign();
  }

  /** The autocorrelation of the signal as if sampled at twice the end of the band, pre-emphasised. */
  #correlate(power: Float64Array): void {
    const lags = this.#lags.fill(0);
    const { emphasis, cosine } = this.#tables;
    for (let bin = 1; bin < cosine.length; bin += 1) {
      const weight = power[bin]! * emphasis[bin]!;
      const step = cosine[bin]!;
      let before = 1;
      let now = step;
      lags[0]! += weight;
      for (let lag = 1; lag <= ORDER; lag += 1) {
        lags[lag]! += weight * now;
        const next = 2 * step * now - before;
        before = now;
        now = next;
      }
    }
    lags[0]! *= 1 + WHITE_NOISE;
  }

  /** Levinson's recursion; false for silence. */
  #predict(): boolean {
    const a = this.#coefficients.fill(0);
    a[0] = 1;
    let error = this.#lags[0]!;
    if (!(error > 1e-12)) return false;
    for (let i = 1; i <= ORDER; i += 1) {
      let sum = this.#lags[i]!;
      for (let j = 1; j < i; j += 1) sum += a[j]! * this.#lags[i - j]!;
      const reflection = -sum / error;
      for (let j = 1; j < i; j += 1) this.#scratch[j] = a[j]! + reflection * a[i - j]!;
      for (let j = 1; j < i; j += 1) a[j] = this.#scratch[j]!;
      a[i] = reflection;
      error *= 1 - reflection * reflection;
      if (!(error > 0)) return false;
    }
    return true;
  }

  /** |A| squared, of which formants are the minima, from 0 Hz to the end of the band. */
  #respond(): void {
    const { samples, spectrum } = this.#fft;
    samples.fill(0);
    samples.set(this.#coefficients);
    this.#fft.forward();
    const half = GRID_LENGTH / 2;
    inverse[0] = spectrum[0]! ** 2;
    inverse[half] = spectrum[1]! ** 2;
    for (let bin = 1; bin < half; bin += 1) inverse[bin] = spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2;
  }

  #assign(): boolean {
    const step = (2 * this.#highHz) / GRID_LENGTH;
    let formant = 0;
    let last = 0;
    for (let bin = 1; bin < GRID_LENGTH / 2 && formant < this.hz.length; bin += 1) {
      const before = inverse[bin - 1]!;
      const now = inverse[bin]!;
      const after = inverse[bin + 1]!;
      if (now > before || now >= after) continue;
      const hz = step * (bin + (before - after) / (2 * (before + after - 2 * now)));
      const [least, most] = RANGES[formant]!;
      if (hz < least || hz - last < LEAST_DISTANCE_HZ) continue;
      if (hz > most) return false;
      this.hz[formant] = hz;
      this.bandwidthHz[formant] = step * bandwidth(before, now, after);
      last = hz;
      formant += 1;
    }
    return formant === this.hz.length;
  }
}

function bandTables(highHz: number): BandTables {
  let known = tables.get(highHz);
  if (!known) {
    const length = Math.floor(highHz / BIN_HZ);
    known = {
      cosine: Float64Array.from({ length }, (_, bin) => Math.cos((Math.PI * bin) / length)),
      emphasis: Float64Array.from({ length }, (_, bin) => {
        const angle = (2 * Math.PI * bin * BIN_HZ) / ENGINE_SAMPLE_RATE;
        return 1 + PRE_EMPHASIS ** 2 - 2 * PRE_EMPHASIS * Math.cos(angle);
      }),
    };
    tables.set(highHz, known);
  }
  return known;
}

/**
 * Width of a resonance, in steps, from |A| squared around its minimum: near it, that is a parabola k * (x^2 + (width / 2)^2).
 */
function bandwidth(before: number, now: number, after: number): number {
  const curvature = before + after - 2 * now;
  const least = now - (before - after) ** 2 / (8 * curvature);
  return 2 * Math.sqrt(Math.max(0, (2 * least) / curvature));
}
