import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayRing } from '../../src/grpc/replay-ring.js';
import { pcmChunk } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'test' };
const RATE = 16_000;

describe('ReplayRing', () => {
  it('keeps the last audio within its bounds, and all that was not sent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ length: fc.integer({ min: 1, max: 16_000 }), sent: fc.boolean() }), { maxLength: 600 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1000, max: 200_000 }),
        (script, maxMs, maxBytes) => {
          const ring = new ReplayRing({ maxMs, maxBytes });
          let position = 0;
          let unsent = 0;
          for (const { length, sent } of script) {
            ring.append(pcmChunk(new Int16Array(length), RATE, position, source, unboundedFlow));
            position += length;
            if (sent) unsent = ring.end;
            ring.trim(unsent);
            expect(ring.first).toBeLessThanOrEqual(unsent);
            expect(ring.endMs).toBeCloseTo((position / RATE) * 1000, 6);
            const kept = Array.from({ length: ring.end - ring.first }, (_, i) => ring.at(ring.first + i)!);
            const bytes = kept.reduce((sum, { chunk }) => sum + chunk.data.length, 0);
            if (ring.first < unsent) {
              expect(bytes).toBeLessThanOrEqual(maxBytes);
              expect(ring.endMs - kept[0]!.endMs).toBeLessThan(maxMs);
            }
            let at = kept[0]?.chunk.timing.position ?? 0;
            for (const { chunk } of kept) {
              expect(chunk.timing.position).toBe(at);
              at += chunk.length;
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('finds the entry that holds an audio time, whatever the sources and jumps', () => {
    const ring = new ReplayRing({ maxMs: 1e9, maxBytes: 1e9 });
    for (let i = 0; i < 100; i += 1) ring.append(pcmChunk(new Int16Array(1600), RATE, i * 50_000, source, unboundedFlow));
    expect(ring.indexAt(0)).toBe(0);
    expect(ring.indexAt(99.9)).toBe(0);
    expect(ring.indexAt(100)).toBe(1);
    expect(ring.indexAt(5050)).toBe(50);
    expect(ring.indexAt(1e6)).toBe(100);
  });

  it('begins at the oldest audio when older audio is asked for', () => {
    const ring = new ReplayRing({ maxMs: 500, maxBytes: 1e9 });
    for (let i = 0; i < 100; i += 1) ring.append(pcmChunk(new Int16Array(1600), RATE, i * 1600, source, unboundedFlow));
    ring.trim(ring.end);
    expect(ring.indexAt(0)).toBe(ring.first);
    expect(ring.startMs).toBe(9500);
    expect(ring.at(0)).toBeUndefined();
  });
});

describe('ReplayRing.firstSound()', () => {
  const silent = (peak: number) => Int16Array.from({ length: 1600 }, (_, i) => (i % 2 ? peak : -peak));
  it.each([
    [0, true],
    [99, true],
    [100, true],
    [101, false],
    [300, false],
    [32_767, false],
  ])('takes a peak of %i for quiet: %s', (peak, isQuiet) => {
    const ring = new ReplayRing({ maxMs: 1e9, maxBytes: 1e9 });
    ring.append(pcmChunk(silent(peak), RATE, 0, source, unboundedFlow));
    ring.append(pcmChunk(silent(30_000), RATE, 1600, source, unboundedFlow));
    expect(ring.firstSound(0)).toBe(isQuiet ? 1 : 0);
  });
});
