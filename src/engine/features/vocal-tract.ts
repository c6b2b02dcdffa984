import { FormantFinder } from './formant-finder.js';
import type { FrameSpectrum } from './frame-spectrum.js';

/** Above this the telephone passes nothing; if there is this much less energy than below, in dB, the audio came through one. */
const NARROWBAND_HZ = 4200;
const NARROWBAND_DB = -35;
/** The energies fade to half in 5 s of speech. */
const FADE = 0.5 ** (1 / 500);

/** Formants F2 and up, in Hz, midway between men and women; in the telephone band only two, as its edge displaces the fourth. */
const WIDE = { highHz: 5000, midwayHz: [1603, 2776, 3811] };
const NARROW = { highHz: 3800, midwayHz: [1560, 2690] };

/**
 * How short a speaker's vocal tract is, from the formants.
 *
 * All formants scale with the inverse of its length: women's lie about a sixth higher than men's (Hillenbrand et al. 1995).
 */
export class VocalTract {
  /** Mean of ln(formant / midway formant), of the last frame for which `measure()` said true: below 0 for most men. */
  shortness = 0;
  /** Whether the audio ends near 4 kHz, as telephones' does. */
  get narrowband(): boolean {
    return this.#highEnergy < this.#lowEnergy * 10 ** (NARROWBAND_DB / 10);
  }
  readonly #wide = new FormantFinder(WIDE.highHz, WIDE.midwayHz.length + 1);
  readonly #narrow = new FormantFinder(NARROW.highHz, NARROW.midwayHz.length + 1);
  #highEnergy = 0;
  #lowEnergy = 0;

  /** Follows the bandwidth of the audio; to be called for every frame. */
  follow(spectrum: FrameSpectrum): void {
    this.#highEnergy = this.#highEnergy * FADE + spectrum.band(NARROWBAND_HZ, 5000);
    this.#lowEnergy = this.#lowEnergy * FADE + spectrum.band(1500, 3400);
  }

  /** Measures a voiced frame; false when its formants are not clear. */
  measure(spectrum: FrameSpectrum): boolean {
    const narrow = this.narrowband;
    const finder = narrow ? this.#narrow : this.#wide;
    if (!finder.find(spectrum.power)) return false;
    const { midwayHz } = narrow ? NARROW : WIDE;
    let sum = 0;
    for (let i = 0; i < midwayHz.length; i += 1) sum += Math.log(finder.hz[i + 1]! / midwayHz[i]!);
    this.shortness = sum / midwayHz.length;
    return true;
  }
}
