import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { medianInterval, percentile, pooledPercentile } from '../../benchmarks/measuring/statistics.mjs';

describe('percentile', () => {
  it('interpolates between ranks', () => {
    expect(percentile([10, 30, 20, 40], 50)).toBe(25);
    expect(percentile([10, 30, 20, 40], 100)).toBe(40);
    expect(percentile([7], 99)).toBe(7);
    expect(percentile([-5.4e-323, -5.4e-323], 50)).toBe(-5.4e-323);
  });
});

describe('medianInterval', () => {
  it('holds the median, within the values', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(values, (sample) => {
        const { value, low, high } = medianInterval(sample);
        expect(low).toBeLessThanOrEqual(value);
        expect(value).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...sample));
        expect(high).toBeLessThanOrEqual(Math.max(...sample));
      }),
      { numRuns: 20, examples: [[[-5.4e-323]], [[-5.4e-323, -5.4e-323]]] },
    );
  });

  it('covers the true median of about 95 % of samples', () => {
    // A fixed sequence, so that the test always says the same (Lehmer's generator, modulus 2^31 - 1).
    let state = 1;
    const uniform = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const trials = 200;
    let covered = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const { low, high } = medianInterval(Array.from({ length: 20 }, uniform));
      if (low <= 0.5 && high >= 0.5) covered += 1;
    }
    expect(covered / trials).toBeGreaterThan(0.88);
    expect(covered / trials).toBeLessThanOrEqual(1);
  });
});

describe('pooledPercentile', () => {
  it('is the nearest-rank percentile of all values together', () => {
    const ours = [
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10],
    ];
    const baseline = [
      [0, 0, 0, 0, 0],
      [1, 1, 1, 1, 1],
    ];
    const result = pooledPercentile(ours, baseline, 90);
    expect(result.ours.value).toBe(9);
    expect(result.baseline.value).toBe(1);
    expect(result.difference.value).toBe(8);
  });

  it('sees no difference between equal sides, whatever disturbs them both', () => {
    const pairs = [
      [1, 2, 3],
      [100, 200, 300],
      [1, 1, 1],
    ];
    const { difference } = pooledPercentile(pairs, pairs, 99);
    expect(difference).toEqual({ value: 0, low: 0, high: 0 });
  });
});
