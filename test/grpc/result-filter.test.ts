import { describe, expect, it } from 'vitest';
import { ResultFilter } from '../../src/grpc/result-filter.js';

const utterance = (startMs: number, endMs: number) => ({ level: 'utterance', startMs, endMs }) as const;

describe('ResultFilter', () => {
  it('drops what a later call says again of the same speech', () => {
    const filter = new ResultFilter();
    expect(filter.admit(0, utterance(1000, 3000))).toBe(true);
    expect(filter.admit(1, utterance(1032, 3000))).toBe(false);
    expect(filter.admit(1, utterance(1900, 3900))).toBe(false);
    expect(filter.admit(1, utterance(2100, 4100))).toBe(true);
  });

  it('lets a call revise what it said itself', () => {
    const filter = new ResultFilter();
    expect(filter.admit(0, utterance(1000, 3000))).toBe(true);
    expect(filter.admit(0, utterance(1000, 3000))).toBe(true);
  });

  it('does not take a segment for its utterance', () => {
    const filter = new ResultFilter();
    filter.admit(0, { level: 'segment', startMs: 1000, endMs: 3000 });
    expect(filter.admit(1, utterance(1000, 3000))).toBe(true);
    expect(filter.deliveredMs('segment')).toBe(3000);
  });

  it('drops segments that a replay cuts otherwise out of an answered utterance, but none that a missing utterance left behind', () => {
    const filter = new ResultFilter();
    const segment = (startMs: number) => ({ level: 'segment', startMs, endMs: startMs + 2000 }) as const;
    filter.admit(0, segment(1000));
    filter.admit(0, utterance(1000, 4400));
    expect(filter.admit(1, segment(2200))).toBe(false);
    expect(filter.admit(0, segment(6000))).toBe(true);
    expect(filter.admit(1, segment(8000))).toBe(true);
  });

  it('forgets what can not be replayed any more, but not how far it got', () => {
    const filter = new ResultFilter();
    filter.admit(0, utterance(1000, 3000));
    filter.forget(5000);
    expect(filter.admit(1, utterance(1000, 3000))).toBe(true);
    expect(filter.deliveredMs('utterance')).toBe(3000);
  });
});
