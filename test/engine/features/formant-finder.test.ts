import { beforeAll, describe, expect, it } from 'vitest';
import { loadFft } from '../../../src/audio/fft/index.js';
import { FormantFinder } from '../../../src/engine/features/formant-finder.js';
import { FrameSpectrum, WINDOW_LENGTH } from '../../../src/engine/features/frame-spectrum.js';

beforeAll(loadFft);

/** Pulses through resonances: a synthetic vowel at 16 kHz. */
function vowel(f0: number, formants: readonly number[]): Float32Array {
  let samples = new Float64Array(WINDOW_LENGTH + 1600);
  for (let at = 0; at < samples.length; at += Math.round(16_000 / f0)) samples[at] = 1;
  for (const [i, hz] of formants.entries()) {
    const radius = Math.exp((-Math.PI * (60 + 30 * i)) / 16_000);
    const [a, b] = [2 * radius * Math.cos((2 * Math.PI * hz) / 16_000), -radius * radius];
    const filtered = new Float64Array(samples.length);
    for (let n = 0; n < samples.length; n += 1) {
      filtered[n] = (1 - a - b) * samples[n]! + a * (filtered[n - 1] ?? 0) + b * (filtered[n - 2] ?? 0);
    }
    samples = filtered;
  }
  return Float32Array.from(samples.subarray(1600));
}

describe('FormantFinder', () => {
  it.each([
    [100, [600, 1200, 2500, 3500, 4500]],
    [120, [350, 2000, 2600, 3600, 4500]],
    [200, [700, 1300, 2900, 4000, 4700]],
  ])('finds those of a vowel at %i Hz', (f0, formants) => {
    const spectrum = new FrameSpectrum(10);
    spectrum.analyse(vowel(f0, formants));
    const finder = new FormantFinder(5000, 4);
    expect(finder.find(spectrum.power)).toBe(true);
    for (let i = 1; i < 4; i += 1) expect(Math.abs(finder.hz[i]! / formants[i]! - 1), `F${i + 1}`).toBeLessThan(0.06);
  });

  it('finds none in silence', () => {
    const finder = new FormantFinder(5000, 4);
    expect(finder.find(new Float64Array(577))).toBe(false);
  });
});
