import { BANDS } from './vad-spectrum.js';

/** Frames of 10 ms in each part of the window whose minima are kept, and how many parts: 2.4 s in all. */
const PART_FRAMES = 30;
const PARTS = 8;
/** Smoothing of the band levels, per frame. */
const SMOOTHING = 0.35;
const SNR_SMOOTHING = 0.4;
/** What lies this close to the minimum counts as noise, and is averaged. */
const NOISE_RANGE_DB = 9;
const NOISE_LEARNING = 0.04;
/** Nothing quieter than this is told from silence: white noise at -75 dB below full scale. */
const LOWEST_DB = -92;
/** What is assumed before anything was heard, so that speech at the very start is found. */
const INITIAL_DB = -75;
/** A band counts for no more than this. */
const CLIP_DB = 20;

/**
 * How far a stream's sound stands out of its background, in dB.
 *
 * The background of each band is the average of what lies near the minimum of the last 2.4 s (after Martin 2001, minimum statistics, and
 * Cohen 2003, minima controlled averaging).
 */
export class NoiseFloor {
  /** Mean over the bands of the signal-to-noise ratio, each between 0 and 20 dB. */
  snrDb = 0;
  /** The bands' smoothed levels. */
  readonly level = new Float64Array(BANDS).fill(LOWEST_DB);
  /** By band, the share that is not background, 0 to 1. */
  readonly clarity = new Float64Array(BANDS);
  readonly #noise = new Float64Array(BANDS).fill(INITIAL_DB);
  readonly #minima = new Float64Array(BANDS * PARTS).fill(INITIAL_DB);
  #frames = 0;
  #part = 0;

  /** Takes the levels of the next frame's bands, in dB. */
  add(bandDb: Float64Array): void {
    if (this.#frames % PART_FRAMES === 0) this.#beginPart();
    this.#frames += 1;
    let sum = 0;
    for (let band = 0; band < BANDS; band += 1) {
      const raw = Math.max(LOWEST_DB, bandDb[band]!);
      const level = this.level[band]! + SMOOTHING * (raw - this.level[band]!);
      this.level[band] = level;
      const current = band * PARTS + this.#part;
      this.#minima[current] = Math.min(this.#minima[current]!, level);
      const snr = Math.max(0, Math.min(CLIP_DB, raw - this.#background(band, level)));
      this.clarity[band] = 1 - 10 ** (-snr / 10);
      sum += snr;
    }
    this.snrDb += SNR_SMOOTHING * (sum / BANDS - this.snrDb);
  }

  #background(band: number, level: number): number {
    let minimum = Number.POSITIVE_INFINITY;
    for (let part = 0; part < PARTS; part += 1) minimum = Math.min(minimum, this.#minima[band * PARTS + part]!);
    let noise = this.#noise[band]!;
    if (level < minimum + NOISE_RANGE_DB) noise += NOISE_LEARNING * (level - noise);
    noise = Math.max(minimum, Math.min(minimum + NOISE_RANGE_DB, noise));
    this.#noise[band] = noise;
    return noise;
  }

  #beginPart(): void {
    this.#part = (this.#part + 1) % PARTS;
    // What was assumed at the start is forgotten after the first two parts.
    const forget = this.#frames === 2 * PART_FRAMES;
    for (let band = 0; band < BANDS; band += 1) {
      const current = band * PARTS + this.#part;
      this.#minima[current] = Number.POSITIVE_INFINITY;
      if (!forget) continue;
      for (let part = 0; part < PARTS; part += 1) {
        if (this.#minima[band * PARTS + part] === INITIAL_DB) this.#minima[band * PARTS + part] = Number.POSITIVE_INFINITY;
      }
    }
  }
}
