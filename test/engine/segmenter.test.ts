import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segmentationOptions } from '../../src/engine/segmentation-options.js';
import { Segmenter } from '../../src/engine/segmenter.js';

const FRAME = 160;
const MS = 16;

/** What a segmenter says about frames of 10 ms: [milliseconds, probability] runs. */
function segment(runs: readonly (readonly [number, number])[], options = {}): string[] {
  const told: string[] = [];
  const at = (sample: number) => `${sample / MS}`;
  const segmenter = new Segmenter(FRAME, segmentationOptions(options), {
    opened: (start) => told.push(`open ${at(start)}`),
    reached: () => {},
    completed: (end) => told.push(`segment ${at(end)}`),
    closed: (end) => told.push(`close ${at(end)}`),
  });
  let total = 0;
  for (const [ms, probability] of runs) {
    for (let i = 0; i < ms / 10; i += 1) segmenter.push(probability);
    total += ms * MS;
  }
  segmenter.finish(total);
  return told;
}

describe('Segmenter', () => {
  it('pads an utterance by 96 ms before and 64 ms after, and closes it after half a second of silence', () => {
    expect(
      segment([
        [1000, 0],
        [1000, 0.9],
        [1000, 0],
      ]),
    ).toEqual(['open 904', 'close 2064']);
  });

  it('rejects bursts under 250 ms, which use up nothing', () => {
    expect(
      segment([
        [1000, 0],
        [240, 0.9],
        [1000, 0],
      ]),
    ).toEqual([]);
    expect(
      segment([
        [1000, 0],
        [250, 0.9],
        [1000, 0],
      ]),
    ).toHaveLength(2);
  });

  it('does not add up bursts that lie apart', () => {
    expect(
      segment([
        [1000, 0],
        ...Array.from(
          { length: 10 },
          () =>
            [
              [100, 0.9],
              [300, 0],
            ] as const,
        ).flat(),
      ]),
    ).toEqual([]);
  });

  it('keeps an utterance over a pause of less than half a second', () => {
    expect(
      segment([
        [500, 0],
        [600, 0.9],
        [490, 0],
        [600, 0.9],
        [1000, 0],
      ]),
    ).toEqual(['open 404', 'close 2254']);
  });

  it('needs more certainty to start than to go on', () => {
    expect(
      segment([
        [500, 0],
        [1000, 0.45],
        [500, 0],
      ]),
    ).toEqual([]);
    expect(
      segment([
        [500, 0],
        [300, 0.6],
        [700, 0.4],
        [1000, 0.3],
      ]),
    ).toEqual(['open 404', 'close 1564']);
  });

  it('leaves out a fading end, which still keeps the utterance open', () => {
    const fading = [
      [500, 0],
      [1400, 0.9],
      [200, 0.4],
    ] as const;
    expect(segment([...fading, [1000, 0]])).toEqual(['open 404', 'close 1964']);
    // 400 ms of silence after the fading end: less than the half second that would end the utterance.
    expect(segment([...fading, [400, 0], [500, 0.9], [1000, 0]])).toEqual(['open 404', 'segment 2404', 'close 3064']);
  });

  it('holds a segment that ends within a fading end until it is known whether speech goes on', () => {
    const fading = [
      [500, 0],
      [1800, 0.9],
      [250, 0.4],
    ] as const;
    expect(segment([...fading, [1000, 0]])).toEqual(['open 404', 'close 2364']);
    expect(segment([...fading, [200, 0.9], [1000, 0]])).toEqual(['open 404', 'segment 2404', 'close 2814']);
  });

  it('counts what leads up to speech, for 300 ms at most', () => {
    expect(
      segment([
        [500, 0],
        [200, 0.4],
        [500, 0.9],
        [1000, 0],
      ])[0],
    ).toBe('open 404');
    expect(
      segment([
        [500, 0],
        [2000, 0.4],
        [500, 0.9],
        [1000, 0],
      ])[0],
    ).toBe('open 2104');
  });

  it('emits a segment every two seconds of speech, and none for the rest', () => {
    expect(
      segment([
        [1000, 0],
        [5000, 0.9],
        [1000, 0],
      ]),
    ).toEqual(['open 904', 'segment 2904', 'segment 4904', 'close 6064']);
  });

  it('holds a segment that ends in a pause until it is known whether speech goes on', () => {
    // The first segment ends at 2904, 100 ms into the pause.
    const before = [
      [1000, 0],
      [1800, 0.9],
    ] as const;
    expect(segment([...before, [300, 0], [500, 0.9], [1000, 0]])).toEqual(['open 904', 'segment 2904', 'close 3664']);
    expect(segment([...before, [1000, 0]])).toEqual(['open 904', 'close 2864']);
    // 60 ms into it, the pad reaches the segment's end.
    expect(
      segment([
        [1000, 0],
        [1850, 0.9],
        [1000, 0],
      ]),
    ).toEqual(['open 904', 'segment 2904', 'close 2914']);
  });

  it('never lets utterances overlap', () => {
    expect(
      segment(
        [
          [500, 0],
          [500, 0.9],
          [500, 0],
          [500, 0.9],
          [800, 0],
        ],
        { padAfterMs: 300, padBeforeMs: 300 },
      ),
    ).toEqual(['open 200', 'close 1300', 'open 1300', 'close 2300']);
  });

  it('closes at the end of the stream', () => {
    expect(
      segment([
        [500, 0],
        [700, 0.9],
      ]),
    ).toEqual(['open 404', 'close 1200']);
    expect(
      segment([
        [500, 0],
        [700, 0.9],
        [30, 0],
      ]),
    ).toEqual(['open 404', 'close 1230']);
    expect(
      segment([
        [500, 0],
        [100, 0.9],
      ]),
    ).toEqual([]);
  });

  it('splits speech without end at the weakest gap between its 28th and 30th second', () => {
    const told = segment([
      [1000, 0],
      [10_000, 0.9],
      [200, 0.1],
      [18_200, 0.9],
      [200, 0.4],
      [9000, 0.9],
      [1000, 0],
    ]);
    expect(told.filter((event) => !event.startsWith('segment'))).toEqual([
      'open 904',
      'close 29600',
      'open 29600',
      'close 38664',
    ]);
    expect(told.filter((event) => event.startsWith('segment'))).toHaveLength(14 + 4);
  });

  it('splits speech without any gap at exactly 30 seconds', () => {
    const told = segment([
      [1000, 0],
      [70_000, 0.9],
      [1000, 0],
    ]);
    expect(told.filter((event) => !event.startsWith('segment'))).toEqual([
      'open 904',
      'close 30904',
      'open 30904',
      'close 60904',
      'open 60904',
      'close 71064',
    ]);
    expect(told.filter((event) => event.startsWith('segment'))).toHaveLength(35);
  });

  it('keeps its rules for any probabilities', () => {
    const run = fc.tuple(
      fc.integer({ min: 1, max: 300 }).map((n) => n * 10),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(run, { maxLength: 60 }), (runs) => {
        let end = 0;
        let start = Number.NaN;
        let segmentEnd = Number.NaN;
        for (const event of segment(runs)) {
          const [what, at] = [event.split(' ')[0], Number(event.split(' ')[1])];
          if (what === 'open') {
            expect(start).toBeNaN();
            expect(at).toBeGreaterThanOrEqual(end);
            start = at;
            segmentEnd = at;
          } else if (what === 'segment') {
            expect(at).toBe(segmentEnd + 2000);
            segmentEnd = at;
          } else {
            expect(at).toBeGreaterThanOrEqual(segmentEnd);
            expect(at - segmentEnd).toBeLessThan(2500);
            expect(at - start).toBeLessThanOrEqual(30_064);
            end = at;
            start = Number.NaN;
          }
        }
        expect(start).toBeNaN();
      }),
      { numRuns: 300 },
    );
  });
});
