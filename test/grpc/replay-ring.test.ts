import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayRing } from '../../src/grpc/replay-ring.js';
import { pcmChunk } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'test' };
const RATE = 16_000;
const unbounded = { maxUnsentMs: Number.POSITIVE_INFINITY, maxUnsentBytes: Number.POSITIVE_INFINITY };

function sendAll(ring: ReplayRing): void {
  for (let index = ring.unsent; index < ring.end; index += 1) ring.markSent(index);
}

describe('ReplayRing', () => {
  // npm run chaos, seed 2: an unpaced file was 45 s ahead of an answer that was a moment late, and a failure then cost an utterance.
  it('keeps audio that outruns real time by bytes, and live audio by time', () => {
    const bounds = { maxMs: 1000, maxUnpacedMs: Number.POSITIVE_INFINITY, maxBytes: 10 * 2 * RATE, ...unbounded };
    const keptSeconds = (isLive: boolean, seconds: number) => {
      const ring = new ReplayRing(bounds);
      for (let second = 0; second < seconds; second += 1) {
        const chunk = pcmChunk(new Int16Array(RATE), RATE, second * RATE, source, unboundedFlow);
        ring.append(isLive ? { ...chunk, timing: { ...chunk.timing, capturedAtMs: second * 1000 } } : chunk);
        sendAll(ring);
        ring.trim(Number.POSITIVE_INFINITY);
      }
      return ring.end - ring.first;
    };
    expect(keptSeconds(true, 30)).toBe(1);
    expect(keptSeconds(false, 8)).toBe(8);
    expect(keptSeconds(false, 30)).toBe(10);
  });

  it('keeps the last audio within its bounds, and all that was not sent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ length: fc.integer({ min: 1, max: 16_000 }), sent: fc.boolean() }), { maxLength: 600 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1000, max: 200_000 }),
        (script, maxMs, maxBytes) => {
          const ring = new ReplayRing({ maxMs, maxBytes, ...unbounded });
          let position = 0;
          let unsent = 0;
          for (const { length, sent } of script) {
            ring.append(pcmChunk(new Int16Array(length), RATE, position, source, unboundedFlow));
            position += length;
            if (sent) {
              sendAll(ring);
              unsent = ring.end;
            }
            ring.trim(Number.POSITIVE_INFINITY);
            expect(ring.unsent).toBe(unsent);
            expect(ring.first).toBeLessThanOrEqual(unsent);
            expect(ring.endMs).toBeCloseTo((position / RATE) * 1000, 6);
            const kept = Array.from({ length: ring.end - ring.first }, (_, i) => ring.at(ring.first + i)!);
            const keptSent = kept.slice(0, unsent - ring.first);
            const bytes = keptSent.reduce((sum, { chunk }) => sum + chunk.data.length, 0);
            expect(bytes).toBeLessThanOrEqual(maxBytes);
            if (keptSent.length > 0) expect(keptSent.at(-1)!.endMs - keptSent[0]!.endMs).toBeLessThan(maxMs);
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
    const ring = new ReplayRing({ maxMs: 1e9, maxBytes: 1e9, ...unbounded });
    for (let i = 0; i < 100; i += 1) ring.append(pcmChunk(new Int16Array(1600), RATE, i * 50_000, source, unboundedFlow));
    expect(ring.indexAt(0)).toBe(0);
    expect(ring.indexAt(99.9)).toBe(0);
    expect(ring.indexAt(100)).toBe(1);
    expect(ring.indexAt(5050)).toBe(50);
    expect(ring.indexAt(1e6)).toBe(100);
  });

  it('begins at the oldest audio when older audio is asked for', () => {
    const ring = new ReplayRing({ maxMs: 500, maxBytes: 1e9, ...unbounded });
    for (let i = 0; i < 100; i += 1) ring.append(pcmChunk(new Int16Array(1600), RATE, i * 1600, source, unboundedFlow));
    sendAll(ring);
    ring.trim(Number.POSITIVE_INFINITY);
    expect(ring.indexAt(0)).toBe(ring.first);
    expect(ring.startMs).toBe(9500);
    expect(ring.at(0)).toBeUndefined();
  });
});

describe('ReplayRing.dropWaiting()', () => {
  it('drops the oldest of what waits, keeps the newest, and goes on without what is gone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ length: fc.integer({ min: 1, max: 16_000 }), sends: fc.integer({ min: 0, max: 3 }) }), {
          maxLength: 300,
        }),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1000, max: 200_000 }),
        (script, maxUnsentMs, maxUnsentBytes) => {
          const ring = new ReplayRing({ maxMs: 1e9, maxBytes: 1e9, maxUnsentMs, maxUnsentBytes });
          const heard: number[] = [];
          const dropped: number[] = [];
          let position = 0;
          for (const { length, sends } of script) {
            ring.append(pcmChunk(new Int16Array(length), RATE, position, source, unboundedFlow));
            position += length;
            for (let count = 0; count < sends && ring.unsent < ring.end; count += 1) {
              heard.push(ring.at(ring.unsent)!.chunk.timing.position);
              expect(ring.markSent(ring.unsent)).toBe(true);
            }
            for (const { timing } of ring.dropWaiting()) dropped.push(timing.position);
            const waiting = Array.from({ length: ring.end - ring.unsent }, (_, i) => ring.at(ring.unsent + i)!);
            const samples = waiting.reduce((sum, { chunk }) => sum + chunk.length, 0);
            if (waiting.length > 1) {
              expect((samples * 1000) / RATE).toBeLessThanOrEqual(maxUnsentMs + 1e-6);
              expect(samples * 2).toBeLessThanOrEqual(maxUnsentBytes);
            }
          }
          while (ring.unsent < ring.end) {
            heard.push(ring.at(ring.unsent)!.chunk.timing.position);
            ring.markSent(ring.unsent);
          }
          // Each chunk is heard or dropped, once, and in order.
          expect([...heard, ...dropped].sort((a, b) => a - b)).toEqual(
            script.map((_, i) => script.slice(0, i).reduce((sum, { length }) => sum + length, 0)),
          );
          expect(heard).toEqual([...heard].sort((a, b) => a - b));
          // The clock has no holes where audio was dropped.
          let clock = 0;
          for (let index = ring.first; index < ring.end; index += 1) {
            const { startMs, endMs, chunk } = ring.at(index)!;
            expect(startMs).toBeCloseTo(clock, 6);
            clock += (chunk.length * 1000) / RATE;
            expect(endMs).toBeCloseTo(clock, 6);
          }
          expect(ring.endMs).toBeCloseTo(clock, 6);
        },
      ),
      { numRuns: 50 },
    );
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
    const ring = new ReplayRing({ maxMs: 1e9, maxBytes: 1e9, ...unbounded });
    ring.append(pcmChunk(silent(peak), RATE, 0, source, unboundedFlow));
    ring.append(pcmChunk(silent(30_000), RATE, 1600, source, unboundedFlow));
    expect(ring.firstSound(0)).toBe(isQuiet ? 1 : 0);
  });
});
