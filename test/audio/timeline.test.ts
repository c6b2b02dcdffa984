import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timeline } from '../../src/audio/index.js';
import { pcmChunk } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'test' };
const RATE = 16_000;

interface Piece {
  length: number;
  skip: number;
  newEpoch: boolean;
}

const pieces = fc.array(
  fc.record({
    length: fc.integer({ min: 1, max: 50_000 }),
    skip: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 100_000 }) }),
    newEpoch: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  }),
  { minLength: 1, maxLength: 30 },
);

/** Sends the pieces, and remembers for every first and last sample where in the source it came from. */
function send(script: readonly Piece[]) {
  const timeline = new Timeline();
  const sent: { epoch: number; sentAt: number; sourceAt: number; length: number }[] = [];
  let epoch = 0;
  let sentAt = 0;
  let sourceAt = 0;
  for (const { length, skip, newEpoch } of script) {
    if (newEpoch) {
      epoch += 1;
      sentAt = 0;
    }
    sourceAt += skip;
    timeline.append(epoch, pcmChunk(new Int16Array(length), RATE, sourceAt, source, unboundedFlow));
    sent.push({ epoch, sentAt, sourceAt, length });
    sentAt += length;
    sourceAt += length;
  }
  return { timeline, sent };
}

describe('Timeline', () => {
  it('partitions the sent samples of every epoch exactly', () => {
    fc.assert(
      fc.property(pieces, (script) => {
        const { timeline, sent } = send(script);
        for (const epoch of new Set(sent.map((piece) => piece.epoch))) {
          const spans = timeline.spans.filter((span) => span.epoch === epoch);
          let at = 0;
          for (const span of spans) {
            expect(span.sentStart).toBe(at);
            at += span.length;
          }
          expect(at).toBe(sent.filter((piece) => piece.epoch === epoch).reduce((sum, { length }) => sum + length, 0));
        }
      }),
    );
  });

  it('places every sent sample where it was in the source, through jumps and server calls', () => {
    fc.assert(
      fc.property(pieces, (script) => {
        const { timeline, sent } = send(script);
        for (const { epoch, sentAt, sourceAt, length } of sent) {
          const start = timeline.locate(epoch, sentAt / RATE, 'start');
          const end = timeline.locate(epoch, (sentAt + length) / RATE, 'end');
          // A start on a seam belongs to what follows it, an end to what came before; runs shorter than the wire's millisecond
          // may fall to a neighbour.
          if (length < 32) continue;
          expect(start?.sourceMs).toBeCloseTo((sourceAt / RATE) * 1000, 6);
          expect(end?.sourceMs).toBeCloseTo(((sourceAt + length) / RATE) * 1000, 6);
        }
      }),
    );
  });

  it('keeps epochs apart that take turns, as when one is replayed while another goes on', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 32, max: 5000 })), { minLength: 1 }), (script) => {
        const timeline = new Timeline();
        const sent = [0, 0, 0];
        for (const [epoch, length] of script) {
          // Each epoch has its own place in the source, a minute from the next.
          const position = epoch * 60 * RATE + sent[epoch]!;
          timeline.append(epoch, pcmChunk(new Int16Array(length), RATE, position, source, unboundedFlow));
          const startMs = timeline.locate(epoch, sent[epoch]! / RATE, 'start')?.sourceMs;
          expect(startMs).toBeCloseTo((position / RATE) * 1000, 6);
          sent[epoch]! += length;
        }
        expect(timeline.spans).toHaveLength(new Set(script.map(([epoch]) => epoch)).size);
      }),
    );
  });

  it('keeps one span for an hour of uninterrupted audio, whatever its chunks', () => {
    const { timeline } = send(Array.from({ length: 14_400 }, () => ({ length: 4000, skip: 0, newEpoch: false })));
    expect(timeline.spans).toHaveLength(1);
    expect(timeline.locate(0, 3599.5, 'start')?.sourceMs).toBe(3_599_500);
  });

  it('gives wall times for live audio, and begins a new span when the clock jumps', () => {
    const timeline = new Timeline();
    const append = (position: number, capturedAtMs: number) => {
      const chunk = pcmChunk(new Int16Array(1600), RATE, position, source, unboundedFlow);
      timeline.append(0, { ...chunk, timing: { ...chunk.timing, capturedAtMs } });
    };
    append(0, 1_000_100);
    append(1600, 1_000_205);
    append(3200, 1_000_900);
    expect(timeline.spans).toHaveLength(2);
    expect(timeline.locate(0, 0.15, 'start')?.wallMs).toBeCloseTo(1_000_150, 6);
    expect(timeline.locate(0, 0.3, 'end')?.wallMs).toBeCloseTo(1_000_900, 6);
  });

  it('gives times on the clock that nobody can set, as it stood to the wall clock when the audio of a span came', () => {
    const timeline = new Timeline();
    const append = (position: number, capturedAtMs: number, wallAheadMs: number) => {
      const chunk = pcmChunk(new Int16Array(1600), RATE, position, source, unboundedFlow);
      timeline.append(0, { ...chunk, timing: { ...chunk.timing, capturedAtMs } }, wallAheadMs);
    };
    append(0, 1_000_100, 1_000_000);
    // Set back by 1,000 s between the two.
    append(1600, 200, 0);
    expect(timeline.locate(0, 0.1, 'end')).toMatchObject({ wallMs: 1_000_100, monotonicMs: 100 });
    expect(timeline.locate(0, 0.15, 'end')).toMatchObject({ wallMs: 150, monotonicMs: 150 });
    const { timeline: unpaced } = send([{ length: 16_000, skip: 0, newEpoch: false }]);
    expect(unpaced.locate(0, 0.5, 'end')).toMatchObject({ wallMs: undefined, monotonicMs: undefined });
  });

  it.each([
    ['a call full of gaps', 40_000, 1],
    ['calls without end', 1, 40_000],
    ['many calls full of gaps', 200, 200],
  ])('keeps some ten thousand spans of %s, and goes on from them', (_, gaps, calls) => {
    const script = Array.from({ length: gaps * calls }, (__, i) => ({ length: 10, skip: 5, newEpoch: i > 0 && i % gaps === 0 }));
    const { timeline, sent } = send(script);
    expect(timeline.spans.length).toBeGreaterThanOrEqual(10_000);
    expect(timeline.spans.length).toBeLessThanOrEqual(11_000);
    // The last span of each of the latest calls counts, too.
    for (const { epoch, sentAt, sourceAt } of sent.slice(-9900)) {
      expect(Math.round(timeline.locate(epoch, sentAt / RATE, 'start')!.sourceMs * 16)).toBe(sourceAt);
    }
  });

  it('knows nothing of an epoch in which nothing was sent, and extrapolates what lies beyond the last sample', () => {
    const { timeline } = send([{ length: 16_000, skip: 0, newEpoch: false }]);
    expect(timeline.locate(1, 0, 'start')).toBeUndefined();
    expect(timeline.locate(0, 1.25, 'end')?.sourceMs).toBe(1250);
  });
});
