import { type RealFft, sharedFft } from '../../audio/fft/index.js';
import { ENGINE_SAMPLE_RATE } from '../engine-sample-rate.js';

/** Samples in a short window: 25 ms. */
export const SHORT_WINDOW_LENGTH = 400;
const FFT_LENGTH = 512;
/** Distance of the bins, in Hz. */
export const SHORT_BIN_HZ = ENGINE_SAMPLE_RATE / FFT_LENGTH;
/** Bins from 0 Hz to half the sample rate. */
export const SHORT_BINS = FFT_LENGTH / 2 + 1;

const hann = Float64Array.from(
  { length: SHORT_WINDOW_LENGTH },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / SHORT_WINDOW_LENGTH),
);
const hannPower = hann.reduce((sum, w) => sum + w * w, 0);

/** Power spectrum of 25 ms, under Hann's window: fine in time, where the 50 ms of a FrameSpectrum are fine in frequency. */
export class ShortSpectrum {
  /** Power in each bin, scaled so that the sum over all bins is the window's mean square. */
  readonly power = new Float64Array(SHORT_BINS);
  readonly #fft: RealFft = sharedFft(FFT_LENGTH);

  /** Analyses `SHORT_WINDOW_LENGTH` samples in [-1, 1] from place `from` on. */
  analyse(samples: Float32Array, from: number): void {
    const { samples: input, spectrum } = this.#fft;
    let mean = 0;
    for (let i = 0; i < SHORT_WINDOW_LENGTH; i += 1) mean += samples[from + i]!;
    mean /= SHORT_WINDOW_LENGTH;
    for (let i = 0; i < SHORT_WINDOW_LENGTH; i += 1) input[i] = (samples[from + i]! - mean) * hann[i]!;
    input.fill(0, SHORT_WINDOW_LENGTH);
    this.#fft.forward();
    const scale = 2 / (FFT_LENGTH * hannPower);
    this.power[0] = (spectrum[0]! ** 2 * scale) / 2;
    this.power[SHORT_BINS - 1] = (spectrum[1]! ** 2 * scale) / 2;
    for (let bin = 1; bin < SHORT_BINS - 1; bin += 1) {
      this.power[bin] = (spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2) * scale;
    }
  }
}
