import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../src/grpc/latency-histogram.js';

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('a latency histogram', () => {
  it('has no summary before the first value', () => {
    expect(histogramOf([]).summary()).toBeUndefined();
  });

  it('sums up durations of any length, each percentile within 1 % or a tenth of a millisecond', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 3_500_000, noNaN: true }), { minLength: 1, maxLength: 300 }), (values) => {
        const summary = histogramOf(values).summary()!;
        const sorted = [...values].sort((a, b) => a - b);
        expect(summary).toMatchObject({ count: values.length, minMs: sorted[0], maxMs: sorted.at(-1) });
        for (const [percent, ms] of [[50, summary.p50Ms] as const, [90, summary.p90Ms] as const, [99, summary.p99Ms] as const]) {
          const exact = sorted[Math.max(1, Math.floor((percent / 100) * sorted.length + 0.5)) - 1]!;
          expect(Math.abs(ms - exact)).toBeLessThanOrEqual(Math.max(0.101, exact * 0.01));
        }
      }),
    );
  });

  it('counts what no clock should say as the bound, and leaves out what is no duration', () => {
    expect(histogramOf([1e12, -5, Number.NaN]).summary()).toMatchObject({ count: 1, maxMs: 1e12, p50Ms: 1e12 });
    expect(histogramOf([0]).summary()).toEqual({ count: 1, minMs: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, maxMs: 0 });
  });
});
