import { VOWEL_BANDS } from './speech-bands.js';

/**
 * How much a frame sounds like the nucleus of a syllable: power that several bands share, relative to full scale.
 *
 * The sum over all pairs of bands of the product of their amplitudes (sub-band correlation: Wang, Narayanan 2007, "Robust speech rate
 * estimation for spontaneous speech"), from 400 to 2500 Hz. Vowels fill many bands at once, nasals and voiced fricatives few.
 *
 * @param bands As {@link measureSpeechBands} measures them.
 */
export function measureSonority(bands: Float64Array): number {
  let sum = 0;
  let squares = 0;
  for (let band = VOWEL_BANDS.from; band < VOWEL_BANDS.to; band += 1) {
    const power = bands[band]!;
    sum += Math.sqrt(power);
    squares += power;
  }
  return (sum * sum - squares) / 2;
}
