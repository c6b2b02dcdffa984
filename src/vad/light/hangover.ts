import type { Voicing } from './voicing.js';

/** How long speech that noise hides is taken to go on, in frames of 10 ms; less where it stands out more, and not at all where it is clean. */
const LONGEST_FRAMES = 12;
/** Mean signal-to-noise ratio of the bands, in dB, up to which it is that long, and from which it is nothing. */
const NOISY_DB = 10;
const CLEAN_DB = 15;
/** The ratio's peak fades at this rate, in dB per frame. */
const FADE_DB = 0.05;
/** Only a voice as evident as this is followed: tunes seldom are. */
const LEAST_EVIDENCE = 8;

/**
 * Bridges the weak sounds of speech, which drown in noise: consonants, and the ends of words.
 *
 * Longer in noise and only after enough speech, as in the detectors of speech coders (3GPP TS 26.094, hangover addition). It remembers
 * nothing beyond the burst of speech that it follows.
 */
export class Hangover {
  #peakDb = 0;
  #left = 0;

  /** Takes a frame that stands out of the noise. */
  follow(snrDb: number, voicing: Pick<Voicing, 'confirmed' | 'evidence'>): void {
    this.#peakDb = Math.max(snrDb, this.#peakDb - FADE_DB);
    if (!voicing.confirmed || voicing.evidence < LEAST_EVIDENCE) return;
    const noisiness = (CLEAN_DB - this.#peakDb) / (CLEAN_DB - NOISY_DB);
    this.#left = Math.round(LONGEST_FRAMES * Math.max(0, Math.min(1, noisiness)));
  }

  /** Takes a frame that doesn't; true when the speech before it is over. */
  isOver(): boolean {
    this.#peakDb -= FADE_DB;
    if (this.#left > 0) {
      this.#left -= 1;
      return false;
    }
    this.#peakDb = 0;
    return true;
  }
}
