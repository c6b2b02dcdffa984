import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEmbedding, printEmbedding } from '../../src/predictions/embedding-text.js';
import { parseNumber, printNumber, printSeconds } from '../../src/predictions/wire-number.js';

describe('numbers on the wire', () => {
  it.each([
    [0, '0.0'],
    [1, '1.0'],
    [0.5481, '0.5481'],
    [0.82, '0.82'],
    [0.0012, '0.0012'],
    [0.0001, '1e-04'],
    [-2.5, '-2.5'],
    [1.5e-7, '1.5e-07'],
  ])('%d prints as %s', (value, text) => {
    expect(printNumber(value)).toBe(text);
    expect(parseNumber(text)).toBe(value);
  });

  it.each([
    [0, '0.00'],
    [2, '2.00'],
    [0.5, '0.50'],
    [0.487, '0.487'],
    [7199.25, '7199.25'],
  ])('%d seconds print as %s', (value, text) => {
    expect(printSeconds(value)).toBe(text);
  });

  it.each(['', ' ', 'NaN', 'Infinity', '1e999', '0x10', '1,5', 'null', '.', 'e5', null, undefined, true, [], Number.NaN])(
    '%j is not one',
    (text) => {
      expect(parseNumber(text)).toBeUndefined();
    },
  );

  it('survive printing and parsing, whatever they are', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parseNumber(printNumber(value))).toBe(value + 0);
        expect(parseNumber(printSeconds(value))).toBe(value + 0);
      }),
    );
  });
});

describe('embeddings', () => {
  it('survive printing and parsing', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })), (values) => {
        expect(parseEmbedding(printEmbedding(values))).toEqual(values.map((value) => value + 0));
      }),
    );
  });

  it.each(['', '[', '[1, null]', '["1"]', '{"0": 1}', '12', '[NaN]'])('%j is none', (text) => {
    expect(parseEmbedding(text)).toBeUndefined();
  });
});
