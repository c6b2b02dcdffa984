import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteGatherer } from '../../src/audio/index.js';

/** A gatherer in front of something that needs multiples of so many bytes. */
function setUp(whole: number) {
  const out: Uint8Array[] = [];
  let received = 0;
  const gatherer = new ByteGatherer({
    lacking: () => (whole === 0 ? 0 : whole - (received % whole)),
    emit: (data) => {
      out.push(data);
      received += data.length;
    },
  });
  return { gatherer, out };
}

const bytes = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => first + i);

describe('ByteGatherer', () => {
  it('emits blocks together when they are enough, and begins the next with what is left', () => {
    const { gatherer, out } = setUp(5);
    for (let block = 0; block < 4; block += 1) gatherer.push(bytes(2, 2 * block));
    expect(out).toEqual([bytes(5)]);
    gatherer.flush();
    expect(out).toEqual([bytes(5), bytes(3, 5)]);
    gatherer.flush();
    expect(out).toHaveLength(2);
  });

  it('does not touch what is enough by itself, or what nobody knows the need of', () => {
    for (const whole of [0, 1, 4]) {
      const { gatherer, out } = setUp(whole);
      const blocks = [bytes(4), bytes(8)];
      for (const block of blocks) gatherer.push(block);
      expect(out[0]).toBe(blocks[0]);
      expect(out[1]).toBe(blocks[1]);
    }
  });

  it('keeps a copy: whoever gave bytes may use their memory again', () => {
    const { gatherer, out } = setUp(4);
    const block = bytes(3);
    gatherer.push(block);
    block.fill(99);
    gatherer.push(bytes(1, 3));
    expect(out).toEqual([bytes(4)]);
  });

  it('keeps the order of what is pushed, and of an end that comes, while it emits', () => {
    for (const endsWithin of [false, true]) {
      const out: Uint8Array[] = [];
      const gatherer = new ByteGatherer({
        lacking: () => (out.length === 0 ? 4 : 0),
        emit: (data) => {
          out.push(data);
          if (out.length > 1) return;
          if (endsWithin) gatherer.flush();
          else gatherer.push(bytes(2, 6));
        },
      });
      gatherer.push(bytes(3));
      gatherer.push(bytes(3, 3));
      expect(out).toEqual([bytes(4), bytes(2, 4), ...(endsWithin ? [] : [bytes(2, 6)])]);
    }
  });

  it('loses nothing and changes no order, and keeps less than what is needed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (lengths, whole) => {
          const { gatherer, out } = setUp(whole);
          let next = 0;
          for (const length of lengths) {
            gatherer.push(Uint8Array.from({ length }, () => next++ & 0xff));
            expect(next - out.reduce((sum, { length: emitted }) => sum + emitted, 0)).toBeLessThan(whole);
          }
          gatherer.flush();
          expect(out.flatMap((data) => [...data])).toEqual(Array.from({ length: next }, (_, i) => i & 0xff));
        },
      ),
    );
  });
});
