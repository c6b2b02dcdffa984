import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PieceLength } from '../../src/audio/piece-length.js';

describe('PieceLength', () => {
  it('takes what is at hand, a quarter of a second at most', () => {
    const lengths = new PieceLength(16_000);
    expect([0, 1, 4000, 9000].map((available) => lengths.next(123, available, false))).toEqual([0, 1, 4000, 4000]);
  });

  it('waits for whole pieces, but not when no more will come', () => {
    const lengths = new PieceLength(16_000, { ms: 100 });
    expect(lengths.next(0, 1599, false)).toBe(0);
    expect(lengths.next(0, 1600, false)).toBe(1600);
    expect(lengths.next(0, 5000, false)).toBe(1600);
    expect(lengths.next(1600, 5, true)).toBe(5);
  });

  it('takes what is at hand until it is known what the filter needs', () => {
    let needs: ((outputs: number) => number) | undefined;
    const lengths = new PieceLength(8000, { ms: 100, filter: { rate: 8000, needs: () => needs } });
    expect([lengths.next(0, 160, false), lengths.whole(0)]).toEqual([160, undefined]);
    needs = (outputs) => outputs + 24;
    expect([lengths.next(160, 600, false), lengths.whole(160), lengths.next(160, 664, false)]).toEqual([0, 664, 664]);
  });

  it('counts what came before at the rate of the output, and lets go at once what ends that', () => {
    const filter = { rate: 16_000, needs: () => (outputs: number) => Math.ceil(outputs / 2) + 24 };
    const lengths = new PieceLength(8000, { ms: 100, filter, before: 1000, endsOther: true });
    // Any sample says that something new begins, the 25th that it has output, and 600 of that complete the first duration.
    expect([0, 10, 25, 324].map((position) => position + lengths.whole(position)!)).toEqual([1, 25, 324, 1124]);
  });

  it('ends a piece at each boundary of chunk(ms), or a delay behind it, at any rate, and none is longer than a quarter of a second', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 192_000 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 0, max: 300 }),
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }),
        (sampleRate, ms, delay, blocks) => {
          const lengths = new PieceLength(sampleRate, {
            ms,
            filter: { rate: sampleRate, needs: () => (outputs) => outputs + delay },
          });
          const ends = new Set([0]);
          let [position, available, received, longest] = [0, 0, 0, 0];
          for (const block of blocks) {
            available += block;
            received += block;
            for (let length = lengths.next(position, available, false); length > 0; ) {
              longest = Math.max(longest, length);
              position += length;
              available -= length;
              ends.add(position);
              length = lengths.next(position, available, false);
            }
          }
          expect(longest).toBeLessThanOrEqual(Math.ceil(sampleRate / 4) + 1);
          const boundaries = [];
          for (let k = 1; Math.round((k * ms * sampleRate) / 1000) + delay <= received; k += 1) {
            boundaries.push(Math.round((k * ms * sampleRate) / 1000) + delay);
          }
          expect(boundaries.filter((boundary) => !ends.has(boundary))).toEqual([]);
        },
      ),
    );
  });
});
