import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrivalClock } from '../../src/audio/arrival-clock.js';

const START = 1_700_000_000_000;

/** Capture times of 20 ms packets that arrive with these delays, in ms after they were captured. */
function captured(delays: readonly number[]) {
  const clock = new ArrivalClock();
  return delays.map((delay, i) => clock.capturedAtMs((i + 1) * 20, START + (i + 1) * 20 + delay));
}

describe('ArrivalClock', () => {
  it('takes the least delay of the last second for the true one', () => {
    // All but one packet of ten are late by up to 80 ms.
    const delays = Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? 5 : (i * 37) % 80));
    for (const [i, ms] of captured(delays).entries()) expect(ms).toBeLessThanOrEqual(START + (i + 1) * 20 + 5);
    expect(new Set(captured(delays).map((ms, i) => ms - i * 20)).size).toBeLessThan(12);
  });

  it('follows a source that paused, and a burst that makes up for a delay', () => {
    const paused = captured([...Array<number>(50).fill(10), ...Array<number>(100).fill(2010)]);
    expect(paused[149]).toBe(START + 3000 + 2010);
    // Half a second late, then everything at once: what came was captured on time all the while.
    const late = captured([...Array<number>(50).fill(0), ...Array.from({ length: 25 }, (_, i) => 500 - i * 20), 0]);
    expect(late).toEqual(late.map((_, i) => START + (i + 1) * 20));
  });

  it('goes on when the clock is set, back or forth', () => {
    for (const setMs of [-3_600_000, 3_600_000]) {
      const times = captured([...Array<number>(50).fill(7), ...Array<number>(60).fill(setMs + 7)]);
      expect(times.at(-1)).toBe(START + 110 * 20 + setMs + 7);
    }
  });

  it('never says that audio was captured after it came, and keeps little', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5000, max: 5000 }), { maxLength: 200 }), (delays) => {
        for (const [i, ms] of captured(delays).entries()) expect(ms).toBeLessThanOrEqual(START + (i + 1) * 20 + delays[i]!);
      }),
    );
  });
});
