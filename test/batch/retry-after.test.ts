import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../src/batch/retry-after.js';

const NOON = Date.parse('2025-03-04T12:00:00Z');

describe('parseRetryAfter()', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['Tue, 04 Mar 2025 12:01:30 GMT', 90_000],
    ['Tuesday, 04-Mar-25 12:00:01 GMT', 1000],
    ['Tue, 04 Mar 2025 11:00:00 GMT', 0],
  ])('reads %j', (header, ms) => {
    expect(parseRetryAfter(header, NOON)).toBe(ms);
  });

  it.each([undefined, '', '-5', '1.5', '1e9', 'soon', '2025-03-04', 'Someday, 99 Foo 2025 GMT'])(
    'knows nothing of %j',
    (header) => {
      expect(parseRetryAfter(header, NOON)).toBeUndefined();
    },
  );
});
