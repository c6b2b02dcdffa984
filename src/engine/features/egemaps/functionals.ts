import { Histogram } from '../histogram.js';
import { RunningMean } from '../running-mean.js';
import { DESCRIPTORS, PLACE } from './descriptors.js';

/** Semitones over 27.5 Hz that a voice of 60 to 500 Hz can have, and more; bins of a tenth. */
const F0_RANGE = { from: 0, to: 60, bins: 600 };
/** log2 of loudness; bins of 3.5 %. */
const LOUDNESS_RANGE = { from: -16, to: 8, bins: 480 };

/**
 * The 88 functionals of a stretch of speech, from running sums: means and deviations after Welford (1962), percentiles from histograms,
 * interpolated within their bins. An utterance's are its segments', merged.
 */
export class Functionals {
  readonly f0Rising = new RunningMean();
  readonly f0Falling = new RunningMean();
  readonly loudnessRising = new RunningMean();
  readonly loudnessFalling = new RunningMean();
  /** Lengths of stretches with and without a voice, in seconds. */
  readonly voicedLengths = new RunningMean();
  readonly unvoicedLengths = new RunningMean();
  loudnessPeaks = 0;
  readonly #means = Array.from({ length: DESCRIPTORS }, () => new RunningMean());
  readonly #f0 = new Histogram(F0_RANGE.from, F0_RANGE.to, F0_RANGE.bins);
  readonly #loudness = new Histogram(LOUDNESS_RANGE.from, LOUDNESS_RANGE.to, LOUDNESS_RANGE.bins);
  readonly #power = new RunningMean();

  /** Adds a frame's smoothed descriptors, NaN where there is none, and its mean square. */
  add(values: Float64Array, meanSquare: number): void {
    this.#power.add(meanSquare);
    for (let place = 0; place < DESCRIPTORS; place += 1) {
      if (!Number.isNaN(values[place]!)) this.#means[place]!.add(values[place]!);
    }
    if (!Number.isNaN(values[PLACE.f0]!)) this.#f0.add(values[PLACE.f0]!);
    this.#loudness.add(Math.log2(Math.max(values[PLACE.loudness]!, 2 ** LOUDNESS_RANGE.from)));
  }

  /** Adds what another stretch says. */
  merge(other: Functionals): void {
    for (const [index, mean] of this.#all().entries()) mean.merge(other.#all()[index]!);
    this.#f0.merge(other.#f0);
    this.#loudness.merge(other.#loudness);
    this.loudnessPeaks += other.loudnessPeaks;
  }

  /** Forgets everything. */
  clear(): void {
    for (const mean of this.#all()) mean.clear();
    this.#f0.clear();
    this.#loudness.clear();
    this.loudnessPeaks = 0;
  }

  /** The 88 values, in the order of `FUNCTIONAL_NAMES`; 0 for what there was no frame of, and always finite. */
  toVector(): number[] {
    const seconds = Math.max(this.#power.count, 1) / 100;
    const spread = (place: number) => [this.#means[place]!.mean, variation(this.#means[place]!)];
    const places = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
    const f0At = (share: number) => (this.#f0.total > 0 ? this.#f0.percentile(share) : 0);
    const loudnessAt = (share: number) => (this.#loudness.total > 0 ? 2 ** this.#loudness.percentile(share) : 0);
    return [
      ...spread(PLACE.f0),
      ...percentiles(f0At),
      ...slopes(this.f0Rising, this.f0Falling),
      ...spread(PLACE.loudness),
      ...percentiles(loudnessAt),
      ...slopes(this.loudnessRising, this.loudnessFalling),
      ...places(PLACE.flux, PLACE.unvoiced).flatMap(spread),
      ...places(PLACE.unvoiced, DESCRIPTORS).map((place) => this.#means[place]!.mean),
      this.loudnessPeaks / seconds,
      this.voicedLengths.count / seconds,
      this.voicedLengths.mean,
      Math.sqrt(this.voicedLengths.variance),
      this.unvoicedLengths.mean,
      Math.sqrt(this.unvoicedLengths.variance),
      10 * Math.log10(Math.max(this.#power.mean, 1e-10)),
    ];
  }

  #all(): RunningMean[] {
    return [
      ...this.#means,
      this.f0Rising,
      this.f0Falling,
      this.loudnessRising,
      this.loudnessFalling,
      this.voicedLengths,
      this.unvoicedLengths,
      this.#power,
    ];
  }
}

/** Standard deviation over mean; 0 where the mean is. */
function variation({ mean, variance }: RunningMean): number {
  return Math.abs(mean) > 1e-9 ? Math.sqrt(variance) / mean : 0;
}

function percentiles(at: (share: number) => number): number[] {
  const [low, middle, high] = [at(0.2), at(0.5), at(0.8)];
  return [low, middle, high, high - low];
}

function slopes(rising: RunningMean, falling: RunningMean): number[] {
  return [rising.mean, Math.sqrt(rising.variance), falling.mean, Math.sqrt(falling.variance)];
}
