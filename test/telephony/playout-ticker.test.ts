import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTicking, steadyNowMs, type Ticked, type Ticking } from '../../src/telephony/playout-ticker.js';

/** All that were started. */
const legs: Leg[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'performance'] });
});
afterEach(() => {
  for (const leg of legs.splice(0)) leg.ticking.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Something on the ticker that has something to do at given moments, and notes when it is called. */
class Leg implements Ticked {
  readonly calledAt: number[] = [];
  readonly ticking: Ticking;
  readonly #startMs = steadyNowMs();
  readonly #then: (leg: Leg) => void;
  nextMs = Number.POSITIVE_INFINITY;

  constructor(then: (leg: Leg) => void = () => {}) {
    this.#then = then;
    this.ticking = startTicking(this);
    legs.push(this);
  }

  advance(nowMs: number): number {
    this.calledAt.push(nowMs - this.#startMs);
    this.#then(this);
    return this.#startMs + this.nextMs;
  }

  expect(afterMs: number): void {
    this.ticking.expect(this.#startMs + afterMs);
  }
}

describe('legs on one timer', () => {
  it('are called at the first tick after something is due, and not at others', () => {
    const leg = new Leg();
    leg.nextMs = 32;
    vi.advanceTimersByTime(52);
    expect(leg.calledAt).toEqual([5, 35, 40, 45, 50]);
    leg.nextMs = Number.POSITIVE_INFINITY;
    vi.advanceTimersByTime(100);
    expect(leg.calledAt.slice(5)).toEqual([55]);
  });

  it('are called earlier for what comes, and never later', () => {
    const leg = new Leg();
    leg.nextMs = 1000;
    vi.advanceTimersByTime(7);
    leg.expect(48);
    leg.expect(70);
    vi.advanceTimersByTime(60);
    expect(leg.calledAt).toEqual([5, 50]);
  });

  it('may stop each other and start others amid a tick', () => {
    const first = new Leg(() => {
      second.ticking.stop();
      other ??= new Leg();
    });
    const second = new Leg();
    const third = new Leg();
    let other: Leg | undefined;
    vi.advanceTimersByTime(7);
    expect([first, second, third].map(({ calledAt }) => calledAt)).toEqual([[5], [], [5]]);
    expect(other!.calledAt).toHaveLength(1);
    // The other has the place of the second, who has no say there any more.
    second.ticking.stop();
    second.expect(0);
    vi.advanceTimersByTime(15);
    expect(other!.calledAt).toHaveLength(1);
    other!.expect(20);
    vi.advanceTimersByTime(15);
    expect(other!.calledAt).toHaveLength(2);
  });

  it('may be a thousand, each called when it has something to do', () => {
    const thousand = Array.from({ length: 1000 }, (_, i) => {
      const leg = new Leg();
      leg.nextMs = 20 + i;
      return leg;
    });
    vi.advanceTimersByTime(7);
    for (const leg of thousand) leg.nextMs = Number.POSITIVE_INFINITY;
    vi.advanceTimersByTime(1100);
    thousand.forEach(({ calledAt }, i) => {
      expect(calledAt).toEqual([5, Math.ceil((20 + i) / 5) * 5]);
    });
  });

  it('after a pause of the process are called in steps that leave room to read what came meanwhile', () => {
    const leg = new Leg();
    leg.nextMs = Number.NEGATIVE_INFINITY;
    vi.advanceTimersByTime(7);
    const now = performance.now.bind(performance);
    const pausedMs = 1000;
    vi.spyOn(performance, 'now').mockImplementation(() => now() + pausedMs);
    vi.advanceTimersByTime(7);
    vi.restoreAllMocks();
    expect(leg.calledAt).toEqual([5, 325, 645, 965, 1010]);
  });
});
