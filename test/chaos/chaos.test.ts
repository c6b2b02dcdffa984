import { describe, expect, it } from 'vitest';
import { runChaos } from './support/chaos-run.js';

// `npm run chaos -- --minutes 30 --seed N` does the same for longer.
describe('a session through 20 faults a minute', () => {
  it.each([
    { seed: 1, vad: 'silero' },
    { seed: 2, vad: 'light' },
    { seed: 3, vad: 'light' },
  ] as const)(
    'finds the same utterances as without them (seed $seed, $vad)',
    async ({ seed, vad }) => {
      const report = await runChaos({ minutes: 1.5, seed, vad });
      expect(report.problems).toEqual([]);
      expect(report.fired).toBe(30);
      expect(report.utterances).toBeGreaterThan(8);
    },
    60_000,
  );

  it('finds them in audio that is paced, too (seed 5, light)', async () => {
    const report = await runChaos({ minutes: 1, seed: 5, vad: 'light', speed: 10 });
    expect(report.problems).toEqual([]);
    expect(report.fired).toBe(20);
  }, 60_000);
});
