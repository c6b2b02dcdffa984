import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SampleHistory } from '../../src/engine/sample-history.js';
import { segmentationOptions } from '../../src/engine/segmentation-options.js';
import { longestLookBack, Segmenter } from '../../src/engine/segmenter.js';

const FRAME_LENGTH = 512;

describe('the history of samples', () => {
  it('gives back the last samples by position, however they came, and refuses older and later ones', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(70), { maxLength: 12 }), fc.nat(99), (lengths, from) => {
        const history = new SampleHistory(100);
        for (const length of lengths) {
          const start = history.total;
          history.append(Int16Array.from({ length }, (_, i) => start + i));
        }
        const at = history.total - 1 - from;
        const length = Math.min(30, from + 1);
        const floats = new Float32Array(30);
        const integers = new Int16Array(31);
        if (at < 0) {
          expect(() => history.read(at, length, floats)).toThrow(RangeError);
          return;
        }
        history.read(at, length, floats);
        history.copy(at, length, integers, 1);
        for (let i = 0; i < length; i += 1) {
          expect(floats[i]! * 32_768).toBe(at + i);
          expect(integers[i + 1]).toBe(at + i);
        }
        expect(() => history.copy(at, from + 2, new Int16Array(200), 0)).toThrow(RangeError);
      }),
    );
  });

  it('need be no longer than what the segmenter looks back, for any speech and any options', () => {
    const options = fc.record({
      minSpeechMs: fc.integer({ min: 50, max: 1000 }),
      endSilenceMs: fc.integer({ min: 300, max: 1500 }),
      padBeforeMs: fc.integer({ min: 0, max: 300 }),
      padAfterMs: fc.integer({ min: 0, max: 300 }),
      segmentMs: fc.integer({ min: 500, max: 2000 }),
      maxUtteranceMs: fc.integer({ min: 5000, max: 6000 }),
    });
    const runs = fc.array(fc.tuple(fc.constantFrom(0, 0.4, 0.6, 1), fc.integer({ min: 1, max: 250 })), { maxLength: 30 });
    fc.assert(
      fc.property(options, runs, (given, pattern) => {
        const settings = segmentationOptions(given);
        const lookBack = longestLookBack(settings, FRAME_LENGTH);
        let now = 0;
        let settled = 0;
        let open = false;
        const segmenter = new Segmenter(FRAME_LENGTH, settings, {
          opened: (start) => {
            settled = start;
            open = true;
          },
          reached: (end) => {
            expect(now - settled).toBeLessThanOrEqual(lookBack);
            settled = end;
          },
          completed: () => {},
          closed: () => {
            open = false;
          },
        });
        for (const [probability, frames] of pattern) {
          for (let i = 0; i < frames; i += 1) {
            now += FRAME_LENGTH;
            segmenter.push(probability);
            if (open) expect(now - settled).toBeLessThanOrEqual(lookBack);
          }
        }
        segmenter.finish(now);
      }),
    );
  });
});
