import type { FrameSpectrum } from './frame-spectrum.js';

/** Edges of the bands whose levels make the spectral envelope, in Hz; within the telephone band. */
const EDGES_HZ = [200, 400, 700, 1000, 1400, 1900, 2500, 3400];
/** Bands in an envelope. */
export const ENVELOPE_BANDS = EDGES_HZ.length - 1;
/** Frames of 10 ms for which a voice must be held. */
const LEAST_FRAMES = 25;
/** F0 moves less than this, in octaves: one semitone. Read vowels of that length move more. */
const MOST_F0_OCTAVES = 1 / 12;
/** Mean over the audible bands of their standard deviation in time, in dB. */
const MOST_ENVELOPE_DB = 2;
/** Stationary noise is steady too: a band says something only so far above its floor, in dB, and so many of them must. */
const AUDIBLE_DB = 9;
const LEAST_AUDIBLE = 3;
/** The floor of a band is the lowest level heard, which rises at this rate, in dB per frame: 2 dB a second. */
const FLOOR_RISE_DB = 0.02;

/** Measures the envelope of a frame: the level of each band, in dB. */
export function measureEnvelope(spectrum: FrameSpectrum, target: Float64Array): void {
  for (let band = 0; band < ENVELOPE_BANDS; band += 1) {
    target[band] = 10 * Math.log10(spectrum.band(EDGES_HZ[band]!, EDGES_HZ[band + 1]!));
  }
}

/**
 * Finds filled pauses ("uh", "um", held vowels), frame by frame of 10 ms.
 *
 * The articulators rest in a filled pause: F0 and the spectral envelope hardly move for longer than in a vowel of fluent speech (Goto,
 * Itou, Hayamizu 1999). Here: voiced for 250 ms, within one semitone, the envelope within 2 dB. The bounds are choices of this project.
 */
export class FilledPauseDetector {
  readonly #logF0 = new Float64Array(LEAST_FRAMES);
  readonly #envelope = new Float64Array(LEAST_FRAMES * ENVELOPE_BANDS);
  readonly #floor = new Float64Array(ENVELOPE_BANDS).fill(Number.POSITIVE_INFINITY);
  #count = 0;
  #voiced = 0;
  #holding = false;
  /** Frames of a filled pause that the last frame added. */
  frames = 0;

  /** Takes a frame; true when with it a filled pause has lasted long enough. */
  add(f0Hz: number, envelopeDb: Float64Array): boolean {
    this.frames = 0;
    const at = this.#count % LEAST_FRAMES;
    this.#count += 1;
    this.#voiced = f0Hz > 0 ? this.#voiced + 1 : 0;
    if (f0Hz > 0) this.#logF0[at] = Math.log2(f0Hz);
    this.#envelope.set(envelopeDb, at * ENVELOPE_BANDS);
    for (let band = 0; band < ENVELOPE_BANDS; band += 1) {
      this.#floor[band] = Math.min(envelopeDb[band]!, this.#floor[band]! + FLOOR_RISE_DB);
    }
    const held = this.#voiced >= LEAST_FRAMES && this.#isFlat() && this.#isSteady();
    const begun = held && !this.#holding;
    this.#holding = held;
    if (held) this.frames = begun ? LEAST_FRAMES : 1;
    return begun;
  }

  /** Begins a new stretch of speech. */
  begin(): void {
    this.#voiced = 0;
    this.#holding = false;
  }

  #isFlat(): boolean {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const value of this.#logF0) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return high - low <= MOST_F0_OCTAVES;
  }

  #isSteady(): boolean {
    let deviations = 0;
    let audible = 0;
    for (let band = 0; band < ENVELOPE_BANDS; band += 1) {
      let sum = 0;
      let squares = 0;
      for (let at = band; at < this.#envelope.length; at += ENVELOPE_BANDS) sum += this.#envelope[at]!;
      const mean = sum / LEAST_FRAMES;
      if (mean < this.#floor[band]! + AUDIBLE_DB) continue;
      audible += 1;
      for (let at = band; at < this.#envelope.length; at += ENVELOPE_BANDS) squares += (this.#envelope[at]! - mean) ** 2;
      deviations += Math.sqrt(squares / LEAST_FRAMES);
    }
    return audible >= LEAST_AUDIBLE && deviations / audible <= MOST_ENVELOPE_DB;
  }
}
