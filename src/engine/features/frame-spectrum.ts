import { type RealFft, sharedFft } from '../../audio/fft/index.js';
import { ENGINE_SAMPLE_RATE } from '../engine-sample-rate.js';

/** Samples in an analysis window: 50 ms, three periods of 60 Hz. */
export const WINDOW_LENGTH = 800;
/** Samples from one window to the next: 10 ms. */
export const HOP_LENGTH = 160;
/** 2^7 * 3^2; at least a window and the longest lag, so that the autocorrelation doesn't wrap into the lags in use. */
const FFT_LENGTH = 1152;
/** Distance of the bins of a spectrum, in Hz. */
export const BIN_HZ = ENGINE_SAMPLE_RATE / FFT_LENGTH;
/** Power below which a band counts as empty. */
const POWER_FLOOR = 1e-12;

const hann = Float64Array.from(
  { length: WINDOW_LENGTH },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / WINDOW_LENGTH),
);
const hannPower = hann.reduce((sum, w) => sum + w * w, 0);
/** By the longest lag; every stream asks for the same one. */
const hannAutocorrelations = new Map<number, Float64Array>();

/**
 * Power spectrum and autocorrelation of one window of speech, from a single Fourier transform.
 *
 * The window is Hann's with the mean removed. The autocorrelation is that of the windowed signal divided by the window's own
 * (Boersma 1993), so that a periodic signal reaches 1 at its period.
 */
export class FrameSpectrum {
  /** Power in each bin, scaled so that the sum over all bins is the window's mean square. */
  readonly power = new Float64Array(FFT_LENGTH / 2 + 1);
  /** Normalised autocorrelation by lag in samples, 0 to `maxLag`. */
  readonly autocorrelation: Float64Array;
  /** Mean square of the window, DC removed. */
  meanSquare = 0;
  /** Largest absolute sample of the window, DC removed. */
  peak = 0;
  readonly #fft: RealFft = sharedFft(FFT_LENGTH);
  readonly #windowAutocorrelation: Float64Array;

  /** @param maxLag In samples, at most 352. */
  constructor(maxLag: number) {
    this.autocorrelation = new Float64Array(maxLag + 1);
    this.#windowAutocorrelation = hannAutocorrelation(maxLag);
  }

  /** Analyses one window of `WINDOW_LENGTH` samples in [-1, 1]. */
  analyse(samples: Float32Array): void {
    const input = this.#fft.samples;
    let mean = 0;
    for (let i = 0; i < WINDOW_LENGTH; i += 1) mean += samples[i]!;
    mean /= WINDOW_LENGTH;
    let peak = 0;
    for (let i = 0; i < WINDOW_LENGTH; i += 1) {
      const sample = samples[i]! - mean;
      if (sample > peak) peak = sample;
      else if (-sample > peak) peak = -sample;
      input[i] = sample * hann[i]!;
    }
    this.peak = peak;
    input.fill(0, WINDOW_LENGTH);
    this.#fft.forward();
    this.#toPower();
    this.#fft.backward();
    this.#toAutocorrelation();
  }

  /** Mean square of what lies between two frequencies, in Hz; never below 1e-12. */
  band(fromHz: number, toHz: number): number {
    const last = Math.min(this.power.length - 1, Math.floor(toHz / BIN_HZ));
    let sum = POWER_FLOOR;
    for (let bin = Math.ceil(fromHz / BIN_HZ); bin <= last; bin += 1) sum += this.power[bin]!;
    return sum;
  }

  #toPower(): void {
    const { spectrum } = this.#fft;
    const { power } = this;
    const half = FFT_LENGTH / 2;
    const scale = 2 / (FFT_LENGTH * hannPower);
    spectrum[0] = spectrum[0]! ** 2;
    spectrum[1] = spectrum[1]! ** 2;
    power[0] = (spectrum[0]! * scale) / 2;
    power[half] = (spectrum[1]! * scale) / 2;
    let meanSquare = power[0]! + power[half]!;
    for (let bin = 1; bin < half; bin += 1) {
      const square = spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2;
      spectrum[2 * bin] = square;
      spectrum[2 * bin + 1] = 0;
      power[bin] = square * scale;
      meanSquare += power[bin]!;
    }
    this.meanSquare = meanSquare;
  }

  #toAutocorrelation(): void {
    const { samples } = this.#fft;
    const { autocorrelation } = this;
    const ofWindow = this.#windowAutocorrelation;
    const zero = Math.max(samples[0]!, POWER_FLOOR);
    for (let lag = 0; lag < autocorrelation.length; lag += 1) autocorrelation[lag] = samples[lag]! / zero / ofWindow[lag]!;
  }
}

function hannAutocorrelation(maxLag: number): Float64Array {
  let autocorrelation = hannAutocorrelations.get(maxLag);
  if (!autocorrelation) {
    autocorrelation = Float64Array.from({ length: maxLag + 1 }, (_, lag) => {
      let sum = 0;
      for (let i = 0; i + lag < WINDOW_LENGTH; i += 1) sum += hann[i]! * hann[i + lag]!;
      return sum / hannPower;
    });
    hannAutocorrelations.set(maxLag, autocorrelation);
  }
  return autocorrelation;
}
