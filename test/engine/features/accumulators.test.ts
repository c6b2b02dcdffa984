import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../src/engine/features/histogram.js';
import { RunningMean } from '../../../src/engine/features/running-mean.js';
import { SyllableDetector } from '../../../src/engine/features/syllable-detector.js';

const values = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 60 });

describe('accumulators', () => {
  it('merged parts are the whole', () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const [left, right, whole] = [new RunningMean(), new RunningMean(), new RunningMean()];
        const [low, high, all] = [0, 1, 2].map(() => new Histogram(-40, 40, 160)) as [Histogram, Histogram, Histogram];
        for (const value of first) [left.add(value), low.add(value)];
        for (const value of second) [right.add(value), high.add(value)];
        for (const value of [...first, ...second]) [whole.add(value), all.add(value)];
        left.merge(right);
        low.merge(high);
        expect(left.count).toBe(whole.count);
        expect(left.mean).toBeCloseTo(whole.mean, 8);
        expect(left.variance).toBeCloseTo(whole.variance, 6);
        for (const share of [0, 0.1, 0.5, 0.9, 1]) expect(low.percentile(share)).toBe(all.percentile(share));
      }),
    );
  });

  it('percentiles are right to a bin', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(0.1, 0.5, 0.9), (samples, share) => {
        const histogram = new Histogram(-60, 60, 240);
        for (const value of samples) histogram.add(value);
        const sorted = [...samples].sort((a, b) => a - b);
        const exact = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
        expect(Math.abs(histogram.percentile(share) - exact)).toBeLessThanOrEqual(0.5 + 1e-9);
      }),
    );
  });
});

describe('SyllableDetector', () => {
  /** Nuclei in a train of syllables of 200 ms, each a rise and fall of the given depth in dB. */
  function count(syllables: number, depthDb: number, voiced = true): number {
    const detector = new SyllableDetector();
    let nuclei = 0;
    for (let i = 0; i < syllables * 20; i += 1) {
      if (detector.add(-30 - (depthDb * (1 + Math.cos((2 * Math.PI * i) / 20))) / 2, voiced)) nuclei += 1;
    }
    return nuclei + (detector.flush() ? 1 : 0);
  }

  it('counts the maxima between dips', () => expect(count(8, 6)).toBe(8));
  it('passes over ripples', () => expect(count(8, 1)).toBeLessThanOrEqual(1));
  it('passes over what is not voiced', () => expect(count(8, 6, false)).toBe(0));

  it('leaves pauses of more than a quarter of a second out of the phonation time', () => {
    const phonation = (pauseFrames: number) => {
      const detector = new SyllableDetector();
      let frames = 0;
      for (let i = 0; i < 200 + pauseFrames; i += 1) {
        detector.add(i < 100 || i >= 100 + pauseFrames ? -30 : -80, true);
        frames += detector.phonation;
      }
      return frames;
    };
    expect(phonation(20)).toBe(220);
    expect(phonation(100)).toBeGreaterThanOrEqual(200);
    expect(phonation(100)).toBeLessThan(210);
  });
});
