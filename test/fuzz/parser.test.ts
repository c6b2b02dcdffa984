import { expect, it } from 'vitest';
import { fuzzParser } from './support/fuzz-parser.js';

// `npm run fuzz` tries 100,000 of them.
it.each([1, 2])('hostile messages become predictions or nothing, and never an exception (seed %d)', (seed) => {
  const { problems, predictions, refused } = fuzzParser(seed, 5000);
  expect(problems).toEqual([]);
  expect(predictions).toBeGreaterThan(5000);
  expect(refused).toBeGreaterThan(500);
});
