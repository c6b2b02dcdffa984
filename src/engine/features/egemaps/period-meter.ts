import { WINDOW_LENGTH } from '../frame-spectrum.js';

/** How far a period may differ from that of the frame's F0. */
const LEAST = 0.8;
const MOST = 1.25;
/** Neighbouring periods that are less alike are none. */
const LEAST_CORRELATION = 0.5;
/** Periods are followed to here, the end of the 10 ms in the middle of the frame. */
const END = WINDOW_LENGTH / 2 + 80;

/**
 * Follows a voice from period to period, for jitter and shimmer.
 *
 * A period ends where the waveform is most like it was at its beginning (normalised cross-correlation, refined by a parabola, after
 * Titze and Liang 1993, "Comparison of F0 extraction methods for high-precision voice perturbation measurements").
 */
export class PeriodMeter {
  /** Mean difference of neighbouring periods over the mean period, of the last frame; NaN where fewer than two were found. */
  jitter = Number.NaN;
  /** Mean difference of neighbouring periods' peak-to-peak amplitudes in the last frame, in dB; NaN where fewer than two were found. */
  shimmerDb = Number.NaN;
  /** Where the last period began, in samples from the start of the frame; negative when the voice is not being followed. */
  #mark = -1;
  #frameStart = 0;
  #period = Number.NaN;
  #amplitude = Number.NaN;

  /** Takes the next frame: where it begins in the stream, its samples, and its F0, 0 where unvoiced. */
  add(start: number, samples: Float32Array, f0Hz: number, sampleRate: number): void {
    this.jitter = Number.NaN;
    this.shimmerDb = Number.NaN;
    this.#mark -= start - this.#frameStart;
    this.#frameStart = start;
    if (f0Hz === 0) {
      this.#mark = -1;
      return;
    }
    const expected = sampleRate / f0Hz;
    const reach = Math.ceil(expected * (1 + MOST)) + 2;
    if (this.#mark < 0) this.#begin(samples, expected, reach);
    let [periods, pairs, change, changeDb, total] = [0, 0, 0, 0, 0];
    while (this.#mark < END && this.#mark + reach < WINDOW_LENGTH) {
      const from = Math.round(this.#mark);
      const period = nextPeriod(samples, from, expected);
      if (Number.isNaN(period)) {
        this.#mark = -1;
        break;
      }
      const amplitude = peakToPeak(samples, from, Math.round(period));
      if (!Number.isNaN(this.#period) && amplitude > 0 && this.#amplitude > 0) {
        pairs += 1;
        change += Math.abs(period - this.#period);
        changeDb += Math.abs(20 * Math.log10(amplitude / this.#amplitude));
      }
      periods += 1;
      total += period;
      this.#period = period;
      this.#amplitude = amplitude;
      this.#mark += period;
    }
    if (pairs === 0) return;
    this.jitter = change / pairs / (total / periods);
    this.shimmerDb = changeDb / pairs;
  }

  /** Forgets the voice: what comes next has nothing to do with what was. */
  reset(): void {
    this.#mark = -1;
  }

  /** Begins half a period before the highest peak of a period's length, so that what makes the peak lies within a period. */
  #begin(samples: Float32Array, expected: number, reach: number): void {
    this.#period = Number.NaN;
    this.#amplitude = Number.NaN;
    const half = Math.round(expected / 2);
    const first = Math.max(half, Math.min(END - 160, WINDOW_LENGTH - reach - 1));
    let highest = first;
    for (let i = first; i < first + expected && i < WINDOW_LENGTH; i += 1) {
      if (Math.abs(samples[i]!) > Math.abs(samples[highest]!)) highest = i;
    }
    this.#mark = Math.max(0, highest - half);
  }
}

/** Length of the period that begins at `from`, in samples; NaN when nothing like it follows. */
function nextPeriod(samples: Float32Array, from: number, expected: number): number {
  const length = Math.round(expected);
  const least = Math.floor(expected * LEAST);
  const most = Math.ceil(expected * MOST);
  let best = 0;
  let bestLag = 0;
  for (let lag = least; lag <= most; lag += 1) {
    const correlation = correlate(samples, from, lag, length);
    if (correlation <= best) continue;
    best = correlation;
    bestLag = lag;
  }
  if (best < LEAST_CORRELATION || bestLag === least || bestLag === most) return Number.NaN;
  const before = correlate(samples, from, bestLag - 1, length);
  const after = correlate(samples, from, bestLag + 1, length);
  const curvature = 2 * best - before - after;
  return bestLag + (curvature > 0 ? (after - before) / (2 * curvature) : 0);
}

function correlate(samples: Float32Array, from: number, lag: number, length: number): number {
  let product = 0;
  let first = 1e-12;
  let second = 1e-12;
  for (let i = from; i < from + length; i += 1) {
    const a = samples[i]!;
    const b = samples[i + lag] ?? 0;
    product += a * b;
    first += a * a;
    second += b * b;
  }
  return product / Math.sqrt(first * second);
}

function peakToPeak(samples: Float32Array, from: number, length: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = from; i < from + length; i += 1) {
    highest = Math.max(highest, samples[i]!);
    lowest = Math.min(lowest, samples[i]!);
  }
  return highest - lowest;
}
