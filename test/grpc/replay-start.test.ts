import { describe, expect, it } from 'vitest';
import { ReplayRing } from '../../src/grpc/replay-ring.js';
import { replayStart } from '../../src/grpc/replay-start.js';
import { pcmChunk } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'test' };
const RATE = 8000;
const unbounded = {
  maxMs: 60_000,
  maxBytes: 1e9,
  maxUnsentMs: Number.POSITIVE_INFINITY,
  maxUnsentBytes: Number.POSITIVE_INFINITY,
};

/** A ring with a minute of audio in chunks of 100 ms, in which there is sound in the given spans, in ms. */
function ringWith(...sounds: readonly (readonly [number, number])[]): ReplayRing {
  const ring = new ReplayRing(unbounded);
  for (let ms = 0; ms < 60_000; ms += 100) {
    const samples = new Int16Array(800).fill(sounds.some(([from, to]) => ms >= from && ms < to) ? 5000 : 0);
    ring.append(pcmChunk(samples, RATE, ms * 8, source, unboundedFlow));
  }
  return ring;
}

/** Audio time at which a replay begins, in ms. */
function begin(ring: ReplayRing, answered: readonly (readonly [number, number])[]): number {
  const spans = answered.map(([startMs, endMs]) => ({ startMs, endMs }));
  const { from, skipMs } = replayStart(ring, spans.at(-1)?.endMs ?? 0, ring.end, spans);
  return (ring.at(from)?.startMs ?? ring.endMs) + skipMs;
}

describe('a replay', () => {
  it('begins 3 s before the first sound that has no result, on a grid of 2.4 s', () => {
    expect(begin(ringWith([20_000, 22_000]), [])).toBe(16_800);
    expect(begin(ringWith([10_000, 12_000], [20_000, 22_000]), [[9900, 12_060]])).toBe(16_800);
    expect(begin(ringWith([1000, 2000]), [])).toBe(0);
  });

  it('begins before answered speech that only a short pause parts from the sound', () => {
    const ring = ringWith([20_000, 22_000], [22_400, 24_000]);
    expect(begin(ring, [[19_900, 22_060]])).toBe(16_800);
    // Over as many short pauses as there are.
    const three = ringWith([16_000, 17_500], [18_200, 19_500], [20_000, 22_000]);
    expect(
      begin(three, [
        [15_900, 17_560],
        [18_100, 19_560],
      ]),
    ).toBe(12_000);
  });

  it('does not go back more than 15 s for it', () => {
    const ring = ringWith([20_000, 50_000], [50_300, 55_000]);
    expect(begin(ring, [[19_900, 50_060]])).toBe(45_600);
  });

  it('begins on the grid of the call before, wherever that began', () => {
    const ring = ringWith([20_000, 22_000]);
    const { from, skipMs } = replayStart(ring, 0, ring.end, [], 1230);
    expect((ring.at(from)?.startMs ?? 0) + skipMs).toBe(1230 + 6 * 2400);
  });

  it('begins with what is its own at the earliest, as the first call for it did', () => {
    const ring = ringWith([20_000, 22_000]);
    expect(replayStart(ring, 0, ring.end, [], 18_050, 18_050)).toEqual({ from: 180, skipMs: 50 });
    expect(begin(ring, [])).toBe(16_800);
  });

  it('begins right before the audio that was never sent, if that is earlier', () => {
    const ring = ringWith([20_000, 22_000]);
    expect(replayStart(ring, 0, 50)).toEqual({ from: 48, skipMs: 0 });
  });
});
