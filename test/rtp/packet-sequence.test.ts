import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PacketSequence } from '../../src/rtp/packet-sequence.js';
import { ReceptionCounters } from '../../src/rtp/reception-statistics.js';

/** Takes numbers of 16 bits as they come, and says what was counted. */
function receive(numbers: readonly number[]) {
  const counters = new ReceptionCounters();
  const sequence = new PacketSequence(counters);
  const continued = numbers.map((number) => {
    const value = sequence.continue(number);
    return { value, isNew: sequence.add(value) };
  });
  const { received, duplicate, reordered } = counters;
  return { continued, received, duplicate, reordered, lost: sequence.lost, highest: sequence.highest };
}

describe('the sequence numbers of a stream', () => {
  test('nothing is lost before the first packet, and no number is far', () => {
    const sequence = new PacketSequence(new ReceptionCounters());
    expect(sequence.lost).toBe(0);
    expect(sequence.highest).toBeNaN();
    expect(sequence.isFar(40_000)).toBe(false);
  });

  test('go on beyond 65,535', () => {
    expect(receive([65_534, 65_535, 0, 1])).toMatchObject({ received: 4, lost: 0, highest: 65_537 });
  });

  test('a packet that comes late is no longer lost, not even before the first or over a wrap', () => {
    expect(receive([0, 2])).toMatchObject({ lost: 1, reordered: 0 });
    expect(receive([0, 2, 1])).toMatchObject({ lost: 0, reordered: 1 });
    expect(receive([0, 65_535])).toMatchObject({ lost: 0, reordered: 1, highest: 0 });
    expect(receive([0, 65_534])).toMatchObject({ lost: 1, reordered: 1 });
  });

  test('a packet that comes twice counts once, and says so', () => {
    const { continued, ...counts } = receive([7, 8, 8, 7]);
    expect(continued.map(({ isNew }) => isNew)).toEqual([true, true, false, false]);
    expect(counts).toEqual({ received: 2, duplicate: 2, reordered: 0, lost: 0, highest: 8 });
  });

  test.each([
    ['3,000 ahead', 3000, false],
    ['3,001 ahead', 3001, true],
    ['100 back', -100, false],
    ['101 back', -101, true],
  ])('%s of the highest: far is %s', (_, distance, isFar) => {
    for (const first of [0, 50, 32_768, 65_500]) {
      const sequence = new PacketSequence(new ReceptionCounters());
      sequence.add(sequence.continue(first));
      expect(sequence.isFar((first + distance) & 0xffff)).toBe(isFar);
    }
  });

  test('whatever is lost, comes twice or is shuffled a little, each packet is counted once and gets the number it was sent with', () => {
    const sent = fc.record({
      first: fc.integer({ min: 0, max: 65_535 }),
      fates: fc.array(fc.record({ copies: fc.integer({ min: 0, max: 2 }), delay: fc.integer({ min: 0, max: 30 }) }), {
        maxLength: 400,
      }),
    });
    fc.assert(
      fc.property(sent, ({ first, fates }) => {
        const arrivals = fates
          .flatMap(({ copies, delay }, index) =>
            Array.from({ length: copies }, (_, copy) => ({ index, at: index + delay * copy })),
          )
          .sort((a, b) => a.at - b.at);
        const { continued, ...counts } = receive(arrivals.map(({ index }) => (first + index) & 0xffff));
        const came = [...new Set(arrivals.map(({ index }) => index))];
        const origin = (continued[0]?.value ?? 0) - (arrivals[0]?.index ?? 0);
        expect(continued.map(({ value }) => value - origin)).toEqual(arrivals.map(({ index }) => index));
        expect(counts.received).toBe(came.length);
        expect(counts.duplicate).toBe(arrivals.length - came.length);
        expect(counts.lost).toBe(came.length === 0 ? 0 : Math.max(...came) - Math.min(...came) + 1 - came.length);
      }),
    );
  });
});
