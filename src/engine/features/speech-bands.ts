import type { FrameSpectrum } from './frame-spectrum.js';

/** Edges of the bands, in Hz; some 1.2 Bark wide from 400 to 2500 Hz, where vowels have their formants. */
const EDGES_HZ = [100, 200, 300, 400, 550, 700, 900, 1150, 1450, 1800, 2200, 2500, 3000, 4000];
/** How many bands there are. */
export const SPEECH_BANDS = EDGES_HZ.length - 1;
/** The bands from 400 to 2500 Hz: the first, and the one after the last. */
export const VOWEL_BANDS = { from: EDGES_HZ.indexOf(400), to: EDGES_HZ.indexOf(2500) } as const;

/** Measures the power of a frame in each band, relative to full scale and never below 1e-12, into `bands`. */
export function measureSpeechBands(spectrum: FrameSpectrum, bands: Float64Array): void {
  for (let band = 0; band < SPEECH_BANDS; band += 1) bands[band] = spectrum.band(EDGES_HZ[band]!, EDGES_HZ[band + 1]!);
}
