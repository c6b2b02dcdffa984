import { BANDS } from './vad-spectrum.js';

/** Frames over which the shape is compared: 50 ms. */
export const SHAPE_FRAMES = 5;
/** Bands this far below the strongest, in dB, are left out. */
const RANGE_DB = 20;

/** How the distribution of energy over the bands changes in 50 ms, whatever the level does. */
export class SpectralShape {
  /** Mean deviation of the strong bands' changes from their common change, in dB. */
  changeDb = 0;
  /** How many bands are strong: within 20 dB of the strongest, now or 40 ms ago. */
  strongBands = 0;
  readonly #history = new Float64Array(BANDS * SHAPE_FRAMES);
  #frames = 0;

  /** Takes the levels of the next frame's bands, in dB. */
  add(bandDb: Float64Array): void {
    const history = this.#history;
    history.set(bandDb, (this.#frames % SHAPE_FRAMES) * BANDS);
    this.#frames += 1;
    const then = (this.#frames % SHAPE_FRAMES) * BANDS;
    let strongest = Number.NEGATIVE_INFINITY;
    for (let band = 0; band < BANDS; band += 1) strongest = Math.max(strongest, bandDb[band]!, history[then + band]!);
    let count = 0;
    let common = 0;
    for (let band = 0; band < BANDS; band += 1) {
      if (Math.max(bandDb[band]!, history[then + band]!) < strongest - RANGE_DB) continue;
      count += 1;
      common += bandDb[band]! - history[then + band]!;
    }
    common /= count;
    let deviation = 0;
    for (let band = 0; band < BANDS; band += 1) {
      if (Math.max(bandDb[band]!, history[then + band]!) < strongest - RANGE_DB) continue;
      deviation += Math.abs(bandDb[band]! - history[then + band]! - common);
    }
    this.changeDb = deviation / count;
    this.strongBands = count;
  }
}
