import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SignalMeter } from '../../src/cli/signal-meter.js';
import { sine } from '../support/audio.js';

function measure(samples: Float32Array, chunks: readonly number[] = [samples.length]) {
  const meter = new SignalMeter(8000);
  for (let at = 0, i = 0; at < samples.length; at += chunks[i % chunks.length]!, i += 1) {
    meter.push(samples.subarray(at, at + chunks[i % chunks.length]!));
  }
  return meter.report();
}

describe('measuring a signal', () => {
  test('a sine at half of full scale, for half of the time', () => {
    const samples = new Float32Array(16_000);
    samples.set(sine(400, 8000, 8000, 0.5));
    const { levelDbfs, peakDbfs, silence, clipping, dc } = measure(samples);
    expect(levelDbfs).toBeCloseTo(-9.03, 1);
    expect(peakDbfs).toBeCloseTo(-6.02, 1);
    expect({ silence, clipping }).toEqual({ silence: 0.5, clipping: 0 });
    expect(dc).toBeCloseTo(0, 6);
  });

  test('an offset is an offset, not sound', () => {
    expect(measure(new Float32Array(8000).fill(0.25))).toMatchObject({ dc: 0.25, silence: 1, levelDbfs: undefined });
  });

  test('samples at full scale are clipped, on either side', () => {
    const clipped = sine(400, 8000, 8000, 2).map((sample) => Math.max(-1, Math.min(32_767 / 32_768, sample)));
    const { clipping } = measure(clipped);
    expect(clipping).toBeCloseTo(2 / 3, 1);
  });

  test('nothing at all is silent', () => {
    expect(measure(new Float32Array(0))).toEqual({ silence: 1, clipping: 0, levelDbfs: undefined, peakDbfs: undefined, dc: 0 });
  });

  test('any chunking gives the same figures', () => {
    const samples = sine(300, 8000, 3000, 0.7);
    const whole = measure(samples);
    const chunks = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(chunks, (lengths) => {
        expect(measure(samples, lengths)).toEqual(whole);
      }),
    );
  });
});
