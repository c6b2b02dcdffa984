import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadResampler, Resampler, resamplerNeeds } from '../../../src/audio/resampler/index.js';

beforeAll(loadResampler);

function sine(hz: number, rate: number, length: number, amplitude = 0.5): Float32Array {
  return Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rate));
}

function convert(input: Float32Array, fromRate: number, toRate: number, cuts: readonly number[] = []): Float32Array {
  const resampler = new Resampler({ fromRate, toRate, channels: 1 });
  const parts: Float32Array[] = [];
  let from = 0;
  for (const cut of [...cuts, input.length]) {
    parts.push(resampler.process([input.subarray(from, cut)])[0]!);
    from = cut;
  }
  parts.push(resampler.flush()[0]!);
  resampler.free();
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}

describe('Resampler', () => {
  it.each([8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])(
    'keeps a tone from %i Hz in place, delay compensated',
    (rate) => {
      const input = sine(440, rate, rate);
      const output = convert(input, rate, 16_000);
      const expected = sine(440, 16_000, 16_000);
      expect(output.length).toBe(16_000);
      const error = output.map((x, i) => x - expected[i]!).subarray(400, 15_600);
      expect(rms(error)).toBeLessThan(0.002);
    },
  );

  it.each([
    [48_000, 8500],
    [48_000, 9500],
    [44_100, 8500],
    // Halving the rate first would fold these onto 7 and 5 kHz.
    [44_100, 15_050],
    [44_100, 17_050],
  ])('removes what lies above the new band instead of folding it back: %i Hz audio, a tone of %i Hz', (rate, hz) => {
    const output = convert(sine(hz, rate, rate), rate, 16_000).subarray(400, 15_600);
    expect(20 * Math.log10(rms(output) / 0.3536)).toBeLessThan(-80);
  });

  it.each([44_100, 48_000])('keeps the band up to 7 kHz from %i Hz', (rate) => {
    for (const hz of [100, 1000, 4000, 6000, 7000]) {
      const output = convert(sine(hz, rate, rate), rate, 16_000).subarray(400, 15_600);
      expect(Math.abs(20 * Math.log10(rms(output) / 0.35355))).toBeLessThan(0.3);
    }
  });

  it('keeps the telephone band from 8 kHz, and adds no images of it above', () => {
    for (const hz of [300, 1000, 2000, 3000, 3400]) {
      const output = convert(sine(hz, 8000, 8000), 8000, 16_000).subarray(400, 15_600);
      const image = sine(8000 - hz, 16_000, 15_200, 1);
      const imaged = Math.abs(output.reduce((sum, x, i) => sum + x * image[i]!, 0)) / 15_200;
      expect(Math.abs(20 * Math.log10(rms(output) / 0.35355))).toBeLessThan(0.3);
      expect(20 * Math.log10(imaged + 1e-9)).toBeLessThan(-85);
    }
  });

  it('gives the same samples for any chunking, and the exact count', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(8000, 11_025, 44_100, 48_000),
        fc.integer({ min: 1, max: 6000 }),
        fc.array(fc.integer({ min: 0, max: 6000 }), { maxLength: 8 }),
        (rate, length, at) => {
          const input = Float32Array.from({ length }, (_, i) => Math.sin(i * i * 0.001));
          const cuts = at.filter((cut) => cut <= length).sort((a, b) => a - b);
          const whole = convert(input, rate, 16_000);
          expect(convert(input, rate, 16_000, cuts)).toEqual(whole);
          expect(whole.length).toBe(Math.round((length * 16_000) / rate));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('names the samples it needs for so many of its output, neither more nor fewer', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000),
        fc.constantFrom(8000, 11_025, 16_000, 48_000),
        fc.integer({ min: 1, max: 5000 }),
        (fromRate, toRate, outputs) => {
          const needed = resamplerNeeds(fromRate, toRate)!(outputs);
          if (fromRate === toRate) {
            expect(needed).toBe(outputs);
            return;
          }
          const resampler = new Resampler({ fromRate, toRate, channels: 1 });
          expect(resampler.needs(outputs)).toBe(needed);
          const [before, last] = [needed - 1, 1].map((length) => resampler.process([new Float32Array(length)])[0]!.length);
          resampler.free();
          expect(before).toBeLessThan(outputs);
          expect(before! + last!).toBeGreaterThanOrEqual(outputs);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps channels apart', () => {
    const resampler = new Resampler({ fromRate: 48_000, toRate: 16_000, channels: 2 });
    const [left, right] = resampler.process([sine(440, 48_000, 4800), new Float32Array(4800)]);
    expect(rms(left!)).toBeGreaterThan(0.3);
    expect(rms(right!)).toBe(0);
    resampler.free();
  });
});
