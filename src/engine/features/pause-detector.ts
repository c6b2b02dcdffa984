/** Silences from this length on are pauses, in frames of 10 ms: shorter ones belong to articulation (Goldman-Eisler 1968). */
export const PAUSE_FRAMES = 25;
/** How far below the loudest speech a frame is silent, as for syllables (de Jong, Wempe 2009), or how far above the quietest frame, in dB. */
const BELOW_LOUDEST_DB = 27;
const ABOVE_QUIETEST_DB = 6;
/** In noise that comes this close to the loudest speech, in dB, no pause is told from speech. */
const LEAST_RANGE_DB = 10;
/** The loudest level fades and the quietest rises at this rate, in dB per frame: 2 dB a second. */
const FADE_DB = 0.02;
/** A window of 50 ms still hears the speech on both sides of a pause: so many of its frames are not silent. */
const HIDDEN_FRAMES = 3;

/** Finds silent pauses within a stretch of speech, frame by frame of 10 ms: unvoiced, and near the floor of the recording. */
export class PauseDetector {
  #loudest = Number.NEGATIVE_INFINITY;
  #quietest = Number.POSITIVE_INFINITY;
  #silent = 0;
  #spoken = false;

  /** Takes a frame; gives the length, in frames, of the pause that it ended, or 0. */
  add(levelDb: number, voiced: boolean): number {
    this.#loudest = Math.max(levelDb, this.#loudest - FADE_DB);
    this.#quietest = Math.min(levelDb, this.#quietest + FADE_DB);
    const threshold = Math.min(
      Math.max(this.#loudest - BELOW_LOUDEST_DB, this.#quietest + ABOVE_QUIETEST_DB),
      this.#loudest - LEAST_RANGE_DB,
    );
    if (!voiced && levelDb < threshold) {
      this.#silent += 1;
      return 0;
    }
    const length = this.#silent + HIDDEN_FRAMES;
    const paused = this.#spoken && length >= PAUSE_FRAMES;
    this.#silent = 0;
    this.#spoken = true;
    return paused ? length : 0;
  }

  /** Begins a new stretch of speech; the levels stay known. */
  begin(): void {
    this.#silent = 0;
    this.#spoken = false;
  }
}
