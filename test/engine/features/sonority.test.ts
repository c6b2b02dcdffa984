import { beforeAll, describe, expect, it } from 'vitest';
import { loadFft } from '../../../src/audio/fft/index.js';
import { FrameSpectrum, WINDOW_LENGTH } from '../../../src/engine/features/frame-spectrum.js';
import { measureSonority } from '../../../src/engine/features/sonority.js';
import { measureSpeechBands, SPEECH_BANDS } from '../../../src/engine/features/speech-bands.js';

function sonorityOf(spectrum: FrameSpectrum): number {
  const bands = new Float64Array(SPEECH_BANDS);
  measureSpeechBands(spectrum, bands);
  return measureSonority(bands);
}

/** The sonority of a window of tones, in dB below their power. */
function sonorityDb(...tonesHz: number[]): number {
  const samples = Float32Array.from({ length: WINDOW_LENGTH }, (_, i) =>
    tonesHz.reduce((sum, hz) => sum + (0.3 / Math.sqrt(tonesHz.length)) * Math.sin((2 * Math.PI * hz * i) / 16_000), 0),
  );
  const spectrum = new FrameSpectrum(320);
  spectrum.analyse(samples);
  return 10 * Math.log10(sonorityOf(spectrum) / spectrum.meanSquare);
}

beforeAll(loadFft);

describe('measureSonority', () => {
  it('is high where the power lies in many bands, as in vowels', () => {
    const vowel = sonorityDb(620, 1030, 1620, 2350);
    expect(vowel).toBeGreaterThan(0);
    expect(sonorityDb(620, 1030)).toBeLessThan(vowel);
  });

  it('is low for a sound of one band, and for what lies outside of 400 to 2500 Hz, as in nasals and fricatives', () => {
    expect(sonorityDb(620)).toBeLessThan(-10);
    expect(sonorityDb(200, 250)).toBeLessThan(-20);
    expect(sonorityDb(3500, 4500, 6000)).toBeLessThan(-30);
  });

  it('follows the level as power does', () => {
    const spectrum = new FrameSpectrum(320);
    const at = (gain: number) => {
      spectrum.analyse(Float32Array.from({ length: WINDOW_LENGTH }, (_, i) => gain * (Math.sin(i / 4) + Math.sin(i / 1.6))));
      return sonorityOf(spectrum);
    };
    expect(at(0.1) / at(0.01)).toBeCloseTo(100, 0);
  });
});
