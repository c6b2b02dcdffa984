import { MelBands } from '../features/mel-bands.js';
import { SHORT_WINDOW_LENGTH, ShortSpectrum } from '../features/short-spectrum.js';

/** Bands where a model doesn't say how many it wants. */
export const DEFAULT_BANDS = 80;
/** Samples from one frame to the next: 10 ms. */
const HOP_LENGTH = 160;
const HIGH_HZ = 8000;
const POWER_FLOOR = 1e-10;

/** How many whole frames lie in so many samples; at least one. */
export function framesOf(samples: number): number {
  return Math.max(1, Math.floor((samples - SHORT_WINDOW_LENGTH) / HOP_LENGTH) + 1);
}

/** Natural logarithm of the energy in mel bands, frame after frame of 25 ms every 10 ms. `loadFft()` must have resolved. */
export function logMel(samples: Float32Array, bands: number): Float32Array {
  const frames = framesOf(samples.length);
  const mel = bandsOf(bands);
  const spectrum = new ShortSpectrum();
  const output = new Float32Array(frames * bands);
  const padded = samples.length < SHORT_WINDOW_LENGTH ? new Float32Array(SHORT_WINDOW_LENGTH) : samples;
  if (padded !== samples) padded.set(samples);
  for (let frame = 0; frame < frames; frame += 1) {
    spectrum.analyse(padded, frame * HOP_LENGTH);
    mel.measure(spectrum.power);
    for (let band = 0; band < bands; band += 1) output[frame * bands + band] = Math.log(Math.max(mel.power[band]!, POWER_FLOOR));
  }
  return output;
}

const known = new Map<number, MelBands>();

function bandsOf(count: number): MelBands {
  let bands = known.get(count);
  if (!bands) {
    bands = new MelBands(count, 0, HIGH_HZ);
    known.set(count, bands);
  }
  return bands;
}
