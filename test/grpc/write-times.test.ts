import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WriteTimes } from '../../src/grpc/write-times.js';

describe('the times of writes', () => {
  it('tell when the audio before a moment had all been written', () => {
    const writes = new WriteTimes();
    writes.note(250, 1000);
    writes.note(500, 1250);
    expect([100, 250, 250.4, 251, 500].map((ms) => writes.writtenAt(ms))).toEqual([1000, 1000, 1000, 1250, 1250]);
    expect(writes.writtenAt(501)).toBeUndefined();
  });

  it('are found for every write among the last 2048, in whatever steps audio and clock went', () => {
    const step = fc.record({ audioMs: fc.integer({ min: 2, max: 500 }), clockMs: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (steps, rounds) => {
        const writes = new WriteTimes();
        const noted: [endMs: number, atMs: number][] = [];
        let [endMs, atMs] = [0, 0];
        for (let round = 0; round < rounds; round += 1) {
          for (const { audioMs, clockMs } of steps) {
            endMs += audioMs;
            atMs += clockMs;
            writes.note(endMs, atMs);
            noted.push([endMs, atMs]);
          }
        }
        for (const [end, at] of noted.slice(-2047)) expect(writes.writtenAt(end)).toBe(at);
        for (const [end, at] of noted) expect([at, undefined]).toContain(writes.writtenAt(end));
      }),
      { numRuns: 50 },
    );
  });

  it('are exact to a millisecond when many writes come at once', () => {
    const writes = new WriteTimes();
    for (let i = 1; i <= 100_000; i += 1) writes.note(i * 20, i / 1000);
    const writtenAt = writes.writtenAt(50_000 * 20)!;
    expect(writtenAt).toBeLessThanOrEqual(50);
    expect(writtenAt).toBeGreaterThan(49);
  });
});
