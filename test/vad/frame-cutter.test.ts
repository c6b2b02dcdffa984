import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameCutter } from '../../src/vad/frame-cutter.js';

describe('FrameCutter', () => {
  it('cuts any chunking into the same frames, and keeps the rest', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 20 }), fc.integer({ min: 1, max: 17 }), (lengths, frameLength) => {
        const cutter = new FrameCutter(frameLength);
        const seen: number[] = [];
        let next = 0;
        for (const length of lengths) {
          cutter.give(Int16Array.from({ length }, () => next++));
          while (cutter.next()) seen.push(...cutter.frame);
        }
        expect(seen.length % frameLength).toBe(0);
        expect([...seen, ...cutter.rest]).toEqual(Array.from({ length: next }, (_, i) => i));
      }),
    );
  });
});
