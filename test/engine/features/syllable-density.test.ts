import fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadFft } from '../../../src/audio/fft/index.js';
import { FrameSpectrum, HOP_LENGTH, WINDOW_LENGTH } from '../../../src/engine/features/frame-spectrum.js';
import { measureSpeechBands, SPEECH_BANDS } from '../../../src/engine/features/speech-bands.js';
import { SyllableDensity } from '../../../src/engine/features/syllable-density.js';
import { decode, fromFile } from '../../../src/index.js';
import { fixturePath } from '../../support/decoding.js';

const spectrum = () => new FrameSpectrum(320);

function bandsOf(analysed: FrameSpectrum): Float64Array {
  const bands = new Float64Array(SPEECH_BANDS);
  measureSpeechBands(analysed, bands);
  return bands;
}

/** One sentence of 13 syllables by two voices at three speeds, 16 kHz. */
const SENTENCES = ['slt', 'rms'].flatMap((voice) => ['x075', 'x100', 'x135'].map((speed) => `mono/rate_${voice}_${speed}.wav`));

async function samplesOf(name: string): Promise<Float32Array> {
  const chunks = await lastValueFrom(fromFile(fixturePath(name)).pipe(decode(), toArray()));
  return Float32Array.from(chunks.flatMap(({ data }) => Array.from(data[0]!)));
}

/** Syllables in samples at 16 kHz, settled after every `settleEvery` frames. */
function syllablesIn(samples: Float32Array, { gain = 1, settleEvery = Number.POSITIVE_INFINITY } = {}): number {
  const density = new SyllableDensity();
  const analysed = spectrum();
  density.begin();
  let syllables = 0;
  let frames = 0;
  for (let at = 0; at + WINDOW_LENGTH <= samples.length; at += HOP_LENGTH) {
    analysed.analyse(samples.slice(at, at + WINDOW_LENGTH).map((sample) => gain * sample));
    density.add(bandsOf(analysed));
    frames += 1;
    if (frames % settleEvery === 0) syllables += density.settle();
  }
  return syllables + density.finish();
}

beforeAll(loadFft);

describe('SyllableDensity', () => {
  it.each(SENTENCES)('finds the 13 syllables of %s, give or take two', async (name) => {
    expect(Math.abs(syllablesIn(await samplesOf(name)) - 13)).toBeLessThan(2);
  });

  it('comes to the same sum wherever it is settled on the way', async () => {
    const samples = await samplesOf(SENTENCES[1]!);
    const whole = syllablesIn(samples);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), (settleEvery) => {
        expect(syllablesIn(samples, { settleEvery })).toBeCloseTo(whole, 3);
      }),
      { numRuns: 6 },
    );
  });

  it('has counted most of what came by the time it is settled', async () => {
    const samples = await samplesOf(SENTENCES[1]!);
    const half = samples.subarray(0, samples.length >> 1);
    const density = new SyllableDensity();
    const analysed = spectrum();
    density.begin();
    for (let at = 0; at + WINDOW_LENGTH <= half.length; at += HOP_LENGTH) {
      analysed.analyse(half.slice(at, at + WINDOW_LENGTH));
      density.add(bandsOf(analysed));
    }
    const settled = density.settle();
    expect(settled).toBeCloseTo(syllablesIn(half), 3);
    expect(density.settle()).toBeCloseTo(0, 6);
  });

  it('does not depend on the level', async () => {
    const samples = await samplesOf(SENTENCES[4]!);
    expect(syllablesIn(samples, { gain: 0.1 })).toBeCloseTo(syllablesIn(samples), 2);
  });

  it('finds next to nothing in silence, in a tone and in noise', async () => {
    const seconds = 4;
    const length = seconds * 16_000;
    expect(syllablesIn(new Float32Array(length))).toBeLessThan(0.5 * seconds);
    expect(syllablesIn(Float32Array.from({ length }, (_, i) => 0.3 * Math.sin(i / 5)))).toBeLessThan(0.5 * seconds);
    expect(syllablesIn((await samplesOf('level/noise_white.wav')).subarray(0, length))).toBeLessThan(0.5 * seconds);
  });

  it('says 0 of nothing, and begins anew', async () => {
    const density = new SyllableDensity();
    density.begin();
    expect(density.settle()).toBe(0);
    expect(density.finish()).toBe(0);
    expect(syllablesIn(new Float32Array(WINDOW_LENGTH))).toBeGreaterThanOrEqual(0);
  });
});
