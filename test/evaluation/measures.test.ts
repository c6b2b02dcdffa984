import { describe, expect, it } from 'vitest';
import type { Observation } from '../../evaluation/observe.js';
import { compareBoundaries, comparePauses, countFrames } from '../../evaluation/segmentation.js';
import { correlation, correlationInterval, f1, median, slope } from '../../evaluation/statistics.js';

function observed(
  spans: readonly (readonly [number, number])[],
  pauses: readonly (readonly [number, number])[] = [],
): Observation {
  const frames = new Uint8Array(1000);
  for (const [start, end] of spans) frames.fill(1, start * 100, end * 100);
  return {
    seconds: 10,
    cpuMs: 1,
    frames,
    frameByFrame: frames,
    utterances: spans.map(([start, end]) => ({
      start,
      end,
      speech: { start, end },
      rate: 5,
      result: { id: '1', level: 'utterance', startTime: start, endTime: end, tasks: [] },
    })),
    pauses: pauses.map(([start, end]) => ({ start, end })),
    filledPauses: 0,
  };
}

describe('measures', () => {
  const truth = [
    { start: 1, end: 3 },
    { start: 5, end: 6 },
  ];

  it('frames: hits, misses, false alarms', () => {
    const counts = countFrames(
      observed([
        [1, 2],
        [4.5, 6],
      ]).frames,
      truth,
    );
    expect(counts).toEqual({ hits: 200, misses: 100, falseAlarms: 50, silent: 700 });
    expect(f1(counts.hits, counts.misses, counts.falseAlarms)).toBeCloseTo(400 / 550);
  });

  it('boundaries: errors, splits, joins, misses and inventions', () => {
    expect(
      compareBoundaries(
        observed([
          [0.95, 3.1],
          [5.02, 6],
        ]),
        truth,
      ),
    ).toMatchObject({
      onsetsMs: [expect.closeTo(50), expect.closeTo(20)],
      offsetsMs: [expect.closeTo(100), expect.closeTo(0)],
      expected: 2,
      missed: 0,
      split: 0,
      joined: 0,
      false: 0,
    });
    expect(
      compareBoundaries(
        observed([
          [1, 1.5],
          [2, 3],
          [8, 9],
        ]),
        truth,
      ),
    ).toMatchObject({ missed: 1, split: 1, joined: 0, false: 1 });
    expect(compareBoundaries(observed([[1, 6]]), truth)).toMatchObject({ joined: 1, onsetsMs: [0], offsetsMs: [0] });
    // 0.3 s apart is one utterance to the engine.
    expect(
      compareBoundaries(observed([[1, 4]]), [
        { start: 1, end: 2 },
        { start: 2.3, end: 4 },
      ]),
    ).toMatchObject({ expected: 1, joined: 0 });
  });

  it('pauses: found, missed, and those within speech', () => {
    const spans = [
      [1, 3],
      [5, 6],
    ] as const;
    expect(comparePauses(observed(spans, [[3, 5]]), truth)).toEqual({ hits: 1, misses: 0, falseAlarms: 0 });
    expect(comparePauses(observed(spans, [[1.5, 2]]), truth)).toEqual({ hits: 0, misses: 1, falseAlarms: 1 });
  });

  it('statistics', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(
      correlation([
        [1, 2],
        [2, 4],
        [3, 6],
      ]),
    ).toBeCloseTo(1);
    expect(
      correlation([
        [1, 2],
        [2, 4],
      ]),
    ).toBeNaN();
    // Three points of y = 3 - x / 2, one moved: least squares by hand give -0.25.
    expect(
      slope([
        [0, 3],
        [1, 2.5],
        [2, 2.5],
      ]),
    ).toBeCloseTo(-0.25);
    // Fisher's z of .5 is .549, and 1.96 / sqrt(100) is .196.
    expect(correlationInterval(0.5, 103)).toEqual([expect.closeTo(Math.tanh(0.353), 3), expect.closeTo(Math.tanh(0.745), 3)]);
    expect(correlationInterval(0.5, 3)).toEqual([-1, 1]);
    expect(correlationInterval(1, 10)).toEqual([1, 1]);
  });
});
