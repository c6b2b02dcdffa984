import { SHAPE_FRAMES, SpectralShape } from './spectral-shape.js';
import type { VadSpectrum } from './vad-spectrum.js';

/** A voice is this periodic: less is noise, more is a tone. */
const LEAST_PERIODICITY = 0.2;
const MOST_PERIODICITY = 0.74;
/** From frame to frame of 10 ms its period changes by no more than this, in octaves. */
const LARGEST_JUMP = 0.1;
/** Frames for which that must hold. */
const LEAST_RUN = SHAPE_FRAMES;
/** The pitch of a voice moves by more than this over a run, in octaves; that of a held note doesn't. */
const LEAST_GLIDE = 0.007;
/** Nor does the shape of the spectrum of a held note change, by more than this, in dB. */
const LEAST_CHANGE_DB = 1.1;
/** Voices fill more bands than whistles, sirens and triads of pure tones. */
const LEAST_BANDS = 4;
/** Evidence needed for speech to begin, and for it to go on; its limit, the cost of a steady frame, and the decay per frame. */
const ENOUGH_EVIDENCE = 4;
const LITTLE_EVIDENCE = 1.5;
const MOST_EVIDENCE = 12;
const STEADY_COST = 1;
const DECAY = 0.985;

/**
 * Evidence that somebody speaks, from voicing: periodic, with a smooth pitch, and never the same for long.
 *
 * It rises by one per frame of such voicing up to 12, falls with every frame of a steady tone, and decays by half in .46 s. The limits
 * were set on speech of eight people and nine synthetic voices against noises, tones and chords: within voiced speech the pitch moves by
 * more than .7 % in 40 ms in nine frames of ten, in a held note hardly ever.
 */
export class Voicing {
  /** Whether somebody speaks, or did just now: from when there is enough evidence until little is left. */
  confirmed = false;
  /** Whether this very frame is voiced like speech. */
  voiced = false;
  readonly #shape = new SpectralShape();
  readonly #pitches = new Float64Array(LEAST_RUN);
  #evidence = 0;
  #run = 0;
  #frames = 0;

  /** From 0 to 12. */
  get evidence(): number {
    return this.#evidence;
  }

  /** Takes the next frame's spectrum, whose period was found. */
  add(spectrum: VadSpectrum): void {
    this.#shape.add(spectrum.bandDb);
    const glide = this.#follow(spectrum.periodicity > LEAST_PERIODICITY ? Math.log2(spectrum.period) : Number.NaN);
    this.voiced = false;
    if (this.#run < LEAST_RUN) {
      this.#evidence *= DECAY;
    } else if (glide > LEAST_GLIDE && spectrum.periodicity < MOST_PERIODICITY && this.#changes()) {
      this.voiced = true;
      this.#evidence = Math.min(MOST_EVIDENCE, this.#evidence + 1);
    } else {
      this.#evidence = Math.max(0, this.#evidence - STEADY_COST);
    }
    this.confirmed = this.#evidence >= (this.confirmed ? LITTLE_EVIDENCE : ENOUGH_EVIDENCE);
  }

  #changes(): boolean {
    return this.#shape.changeDb > LEAST_CHANGE_DB && this.#shape.strongBands >= LEAST_BANDS;
  }

  /** Counts the frames of smooth pitch, and gives how far it moved since the first of the last five, in octaves. */
  #follow(pitch: number): number {
    const now = this.#frames % LEAST_RUN;
    const before = this.#pitches[(now + LEAST_RUN - 1) % LEAST_RUN]!;
    this.#pitches[now] = pitch;
    this.#frames += 1;
    if (Number.isNaN(pitch)) this.#run = 0;
    else this.#run = Math.abs(pitch - before) < LARGEST_JUMP ? this.#run + 1 : 1;
    return Math.abs(pitch - this.#pitches[(now + 1) % LEAST_RUN]!);
  }
}
