/** Depth, in dB, of the dip that must lie on both sides of a nucleus. */
const DIP_DB = 2;
/** How far below the loudest speech a nucleus may lie, in dB. */
const FLOOR_DB = 27;
/** Frames of 10 ms between nuclei, at least. */
const LEAST_DISTANCE = 5;
/** A silence of more frames than this is a pause, and no phonation. */
const PAUSE_FRAMES = 25;
/** The loudest level fades at this rate, in dB per frame: 2 dB a second. */
const FADE_DB = 0.02;
const SMOOTHING = 2;

/**
 * Counts syllable nuclei and phonation time, frame by frame of 10 ms.
 *
 * After de Jong and Wempe (2009), "Praat script to detect syllable nuclei": voiced maxima of the intensity with a dip of 2 dB on both sides;
 * here of the power that bands from 400 to 2500 Hz share, smoothed by the window of 50 ms and over two frames. More smoothing would lose
 * syllables of fast speech.
 */
export class SyllableDetector {
  readonly #recent = new Float64Array(SMOOTHING);
  #count = 0;
  #loudest = Number.NEGATIVE_INFINITY;
  #rising = true;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;
  #highVoiced = false;
  #sinceNucleus = LEAST_DISTANCE;
  #gap = PAUSE_FRAMES + 1;
  /** Frames of phonation the last frame added. */
  phonation = 0;

  /** Takes a frame; true when it completes a nucleus. */
  add(sonorityDb: number, voiced: boolean): boolean {
    this.#recent[this.#count % SMOOTHING] = sonorityDb;
    this.#count += 1;
    const filled = Math.min(this.#count, SMOOTHING);
    let level = 0;
    for (let i = 0; i < filled; i += 1) level += this.#recent[i]! / filled;
    this.#loudest = Math.max(level, this.#loudest - FADE_DB);
    this.#sinceNucleus += 1;
    this.#measurePhonation(level);
    return this.#track(level, voiced);
  }

  /** Ends a stretch of speech; true when a nucleus was under way. */
  flush(): boolean {
    const nucleus = this.#isNucleus(this.#high);
    this.#rising = true;
    this.#low = Number.POSITIVE_INFINITY;
    this.#high = Number.NEGATIVE_INFINITY;
    this.#count = 0;
    this.#gap = PAUSE_FRAMES + 1;
    this.#sinceNucleus = LEAST_DISTANCE;
    return nucleus;
  }

  #track(level: number, voiced: boolean): boolean {
    if (!this.#rising) {
      this.#low = Math.min(this.#low, level);
      if (level < this.#low + DIP_DB) return false;
      this.#rising = true;
      this.#high = Number.NEGATIVE_INFINITY;
    } else {
      this.#low = Math.min(this.#low, level);
    }
    if (level > this.#high) {
      this.#high = level;
      this.#highVoiced = voiced;
    }
    if (level > this.#high - DIP_DB) return false;
    const nucleus = this.#isNucleus(this.#high);
    this.#rising = false;
    this.#low = level;
    if (nucleus) this.#sinceNucleus = 0;
    return nucleus;
  }

  #isNucleus(high: number): boolean {
    const climbed = high - this.#low >= DIP_DB;
    return this.#rising && climbed && this.#highVoiced && high > this.#loudest - FLOOR_DB && this.#sinceNucleus >= LEAST_DISTANCE;
  }

  #measurePhonation(level: number): void {
    this.phonation = 0;
    if (level <= this.#loudest - FLOOR_DB) {
      this.#gap += 1;
      return;
    }
    this.phonation = 1 + (this.#gap <= PAUSE_FRAMES ? this.#gap : 0);
    this.#gap = 0;
  }
}
