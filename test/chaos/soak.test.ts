import { expect, it } from 'vitest';
import { slope } from './support/open-resources.js';
import { runSoak } from './support/soak-run.js';

// `npm run soak -- --hours 8` does the same for longer.
it('memory and handles stay flat while calls fail and are replaced', async () => {
  const { problems, rotations, faults, samples } = await runSoak({ hours: 1 / 6, seed: 1, vad: 'light' });
  expect(problems).toEqual([]);
  expect(samples.length).toBeGreaterThan(10);
  expect(rotations).toBeGreaterThanOrEqual(5);
  expect(faults).toBeGreaterThanOrEqual(5);
}, 180_000);

it('tells what grows from what does not', () => {
  expect(slope([5, 5, 5, 5])).toBe(0);
  expect(slope([1, 3, 5, 7])).toBeCloseTo(2);
  expect(slope([0, 10, 0, 10, 0, 10, 0])).toBeCloseTo(0);
});
