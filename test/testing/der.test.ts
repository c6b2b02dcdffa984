import fc from 'fast-check';
import { expect, it } from 'vitest';
import { integer } from '../../src/testing/certificates/der.js';

it('whole numbers are written in as few bytes as hold them, and are not negative', () => {
  const bytes = fc
    .tuple(fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 4 }))
    .map(([zeros, rest]) => [...Array(zeros).fill(0), ...rest]);
  fc.assert(
    fc.property(bytes, (given) => {
      const [tag, length, ...content] = integer(Uint8Array.from(given));
      expect([tag, length]).toEqual([2, content.length]);
      const value = (digits: number[]) => digits.reduce((sum, digit) => sum * 256 + digit, 0);
      expect(value(content)).toBe(value(given));
      expect(content[0]).toBeLessThan(0x80);
      // A leading zero is there only where the next bit would be a sign.
      if (content.length > 1 && content[0] === 0) expect(content[1]).toBeGreaterThanOrEqual(0x80);
    }),
  );
});
