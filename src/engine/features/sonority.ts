import type { FrameSpectrum } from './frame-spectrum.js';

/** Edges of the bands that are compared, in Hz, some 1.2 Bark wide: where vowels have their formants, within the telephone band. */
const EDGES_HZ = [400, 550, 700, 900, 1150, 1450, 1800, 2200, 2500];

/**
 * How much a frame sounds like the nucleus of a syllable: power that several bands share, relative to full scale.
 *
 * The sum over all pairs of bands of the product of their amplitudes (sub-band correlation: Wang, Narayanan 2007, "Robust speech rate
 * estimation for spontaneous speech"). Vowels fill many bands at once, nasals and voiced fricatives few.
 */
export function measureSonority(spectrum: FrameSpectrum): number {
  let sum = 0;
  let squares = 0;
  for (let band = 1; band < EDGES_HZ.length; band += 1) {
    const power = spectrum.band(EDGES_HZ[band - 1]!, EDGES_HZ[band]!);
    sum += Math.sqrt(power);
    squares += power;
  }
  return (sum * sum - squares) / 2;
}
