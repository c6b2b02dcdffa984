import { type RealFft, sharedFft } from '../../audio/fft/index.js';
import { VAD_SAMPLE_RATE } from '../vad.js';

/** Bands in which energy is measured, equally wide on the mel scale, from 80 to 4000 Hz: what a telephone passes, too. */
export const BANDS = 18;
const LOW_HZ = 80;
const HIGH_HZ = 4000;
const WINDOW_LENGTH = 640;
const FFT_LENGTH = 1024;
const BIN_HZ = VAD_SAMPLE_RATE / FFT_LENGTH;
/** Periods that are looked for: 440 down to 67 Hz. */
const MIN_LAG = 36;
const MAX_LAG = 240;
const FIRST_BIN = Math.round(LOW_HZ / BIN_HZ);
const END_BIN = Math.round(HIGH_HZ / BIN_HZ) + 1;
/** Periodicity is judged up to 2500 Hz. */
const END_PITCH_BIN = Math.round(2500 / BIN_HZ) + 1;
/** A period close to the last one is preferred if it is nearly as clear as the clearest. */
const NEAR = 1.08;
const NEARLY = 0.8;
/** The part of the spectrum that is not noise is never taken for less than this share. */
const LEAST_CLEAR = 0.3;
const FULL_SCALE = 32_768;
const POWER_FLOOR = 1e-12;

/**
 * What the light VAD sees of the last 40 ms: energy by band, and how periodic they are.
 *
 * The periodicity is the highest peak of the autocorrelation of the signal with its spectrum compressed to the power 3/8 (after Tolonen
 * and Karjalainen 2000), divided by the window's own: it stays below .25 for most noises and is .3 to .7 for voices.
 */
export class VadSpectrum {
  /** In dB relative to a full-scale sine, roughly. */
  readonly bandDb = new Float64Array(BANDS);
  /** 0 to about 0.9. */
  periodicity = 0;
  /** In samples; 0 when there is none. */
  period = 0;
  readonly #magnitude = new Float64Array(END_BIN - FIRST_BIN);
  readonly #fft: RealFft = sharedFft(FFT_LENGTH);
  readonly #recent = new Float32Array(WINDOW_LENGTH);
  readonly #tables: Tables;

  constructor() {
    shared ??= tables();
    this.#tables = shared;
  }

  /** Takes the next frame and measures the levels of the bands in the window that ends with it. */
  add(frame: Int16Array): void {
    const recent = this.#recent;
    recent.copyWithin(0, frame.length);
    const kept = WINDOW_LENGTH - frame.length;
    for (let i = 0; i < frame.length; i += 1) recent[kept + i] = frame[i]! / FULL_SCALE;
    let sum = 0;
    for (let i = 0; i < WINDOW_LENGTH; i += 1) sum += recent[i]!;
    const mean = sum / WINDOW_LENGTH;
    const input = this.#fft.samples;
    const { window } = this.#tables;
    for (let i = 0; i < WINDOW_LENGTH; i += 1) input[i] = (recent[i]! - mean) * window[i]!;
    input.fill(0, WINDOW_LENGTH);
    this.#fft.forward();
    this.#measureBands();
  }

  /**
   * Measures the periodicity of that window.
   *
   * @param clarity How much of each band is not noise, 0 to 1; the others count less, so that noise hides a voice less.
   */
  findPeriod(clarity: Float64Array): void {
    const { spectrum } = this.#fft;
    const { bandOfBin } = this.#tables;
    spectrum.fill(0);
    let all = 0;
    let clear = 0;
    for (let bin = FIRST_BIN; bin < END_PITCH_BIN; bin += 1) {
      const band = bandOfBin[bin]!;
      const magnitude = this.#magnitude[bin - FIRST_BIN]!;
      const kept = band < BANDS ? magnitude * clarity[band]! : 0;
      all += magnitude;
      clear += kept;
      spectrum[2 * bin] = kept;
    }
    this.#fft.backward();
    this.#pick(2 * Math.max(clear, LEAST_CLEAR * all) + 1e-20);
  }

  #measureBands(): void {
    const { spectrum } = this.#fft;
    const { bandOfBin } = this.#tables;
    this.bandDb.fill(POWER_FLOOR);
    for (let bin = FIRST_BIN; bin < END_BIN; bin += 1) {
      const power = spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2;
      const band = bandOfBin[bin]!;
      if (band < BANDS) this.bandDb[band]! += power / (WINDOW_LENGTH / 4) ** 2;
      const root = Math.sqrt(Math.sqrt(power));
      this.#magnitude[bin - FIRST_BIN] = root * Math.sqrt(root);
    }
    for (let band = 0; band < BANDS; band += 1) this.bandDb[band] = 10 * Math.log10(this.bandDb[band]!);
  }

  #pick(energy: number): void {
    const { samples } = this.#fft;
    const { windowAutocorrelation } = this.#tables;
    const last = this.period;
    let best = 0;
    let bestNear = 0;
    let lag = 0;
    let lagNear = 0;
    for (let at = MIN_LAG; at < MAX_LAG; at += 1) {
      if (samples[at]! <= samples[at - 1]! || samples[at]! < samples[at + 1]!) continue;
      const height = samples[at]! / energy / windowAutocorrelation[at]!;
      if (height > best) {
        best = height;
        lag = at;
      }
      if (height > bestNear && at < last * NEAR && at * NEAR > last) {
        bestNear = height;
        lagNear = at;
      }
    }
    const stay = bestNear > NEARLY * best;
    this.periodicity = stay ? bestNear : best;
    this.period = refined(samples, stay ? lagNear : lag);
  }
}

/** What depends on nothing but the constants above; made once for all streams. */
interface Tables {
  window: Float64Array;
  windowAutocorrelation: Float64Array;
  bandOfBin: Uint8Array;
}

let shared: Tables | undefined;

function tables(): Tables {
  const window = hann(WINDOW_LENGTH);
  return { window, windowAutocorrelation: autocorrelation(window, MAX_LAG + 1), bandOfBin: bandsOfBins() };
}

/** The place of the maximum at `lag`, by a parabola through its neighbours. */
function refined(samples: Float32Array, lag: number): number {
  if (lag === 0) return 0;
  const curvature = 2 * samples[lag]! - samples[lag - 1]! - samples[lag + 1]!;
  return curvature > 0 ? lag + (samples[lag + 1]! - samples[lag - 1]!) / (2 * curvature) : lag;
}

function hann(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length));
}

function autocorrelation(window: Float64Array, lags: number): Float64Array {
  const at = (lag: number) => window.reduce((sum, w, i) => sum + w * (window[i + lag] ?? 0), 0);
  return Float64Array.from({ length: lags }, (_, lag) => at(lag) / at(0));
}

function bandsOfBins(): Uint8Array {
  const mel = (hz: number) => 1127 * Math.log(1 + hz / 700);
  return Uint8Array.from({ length: FFT_LENGTH / 2 }, (_, bin) => {
    const band = Math.floor((BANDS * (mel(bin * BIN_HZ) - mel(LOW_HZ))) / (mel(HIGH_HZ) - mel(LOW_HZ)));
    return band < 0 ? BANDS : Math.min(band, BANDS);
  });
}
