import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.js';
import type { Vad } from '../../src/vad/index.js';
import { analyse, answer, numbers } from './support/analyse.js';
import { joined, recording, whiteNoise } from './support/recordings.js';

/** Takes everything for speech, so that everything is analysed. */
const gullible: Vad = { name: 'gullible', frameLength: 160, open: () => ({ judge: () => 1, close: () => {} }), close: () => {} };

describe.each(['light', 'silero', 'gullible'] as const)('with the %s VAD', (name) => {
  const engine = createEngine({ vad: name === 'gullible' ? gullible : name });

  it('every number is finite and every probability within bounds, for any 16-bit input', async () => {
    const sample = fc.oneof(fc.constantFrom(0, 1, -1, 32_767, -32_768), fc.integer({ min: -32_768, max: 32_767 }));
    const run = fc.tuple(fc.integer({ min: 1, max: 9000 }), sample, sample, fc.integer({ min: 1, max: 400 }));
    const input = fc
      .array(run, { maxLength: 12 })
      .map((runs) =>
        Int16Array.from(
          runs.flatMap(([length, first, second, period]) =>
            Array.from({ length }, (_, i) => (i % period < period / 2 ? first : second)),
          ),
        ),
      );
    await fc.assert(
      fc.asyncProperty(input, fc.constantFrom(4000, 8000, 16_000, 48_000), async (samples, sampleRate) => {
        const results = await analyse(await engine, { samples, sampleRate }, { logits: true });
        expect(numbers(results).every(Number.isFinite)).toBe(true);
        for (const { posterior = 0.5, score = 0.5 } of results.flatMap(({ tasks }) =>
          tasks.flatMap(({ predictions }) => predictions),
        )) {
          expect(posterior).toBeGreaterThanOrEqual(0.005);
          expect(posterior).toBeLessThanOrEqual(0.97);
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThan(1);
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['no samples', new Int16Array(0)],
    ['one sample', Int16Array.of(-32_768)],
    ['silence', new Int16Array(48_000)],
    ['full scale', new Int16Array(48_000).fill(-32_768)],
    ['the loudest square wave', Int16Array.from({ length: 48_000 }, (_, i) => (i % 2 ? 32_767 : -32_768))],
    ['clipped noise', whiteNoise(48_000, 32_767)],
    ['one click', Int16Array.from({ length: 48_000 }, (_, i) => (i === 20_000 ? 32_767 : 0))],
  ])('%s', async (_, samples) => {
    const results = await analyse(await engine, { samples, sampleRate: 16_000 }, { logits: true });
    expect(numbers(results).every(Number.isFinite)).toBe(true);
    if (name !== 'gullible') expect(results).toEqual([]);
  });
});

describe('without evidence', () => {
  it('answers are the prior, and no claims', async () => {
    const engine = await createEngine({ vad: gullible });
    const [utterance] = await analyse(engine, { samples: whiteNoise(16_000, 8000), sampleRate: 16_000 });
    expect(utterance!.tasks.every(({ finalLabel }) => finalLabel === '')).toBe(true);
    expect(answer(utterance!, 'gender').predictions.map(({ posterior }) => posterior)).toEqual([0.5, 0.5]);
    expect(answer(utterance!, 'strength').predictions.map(({ posterior }) => posterior)).toEqual([0.6, 0.2, 0.2]);
    expect(answer(utterance!, 'intensity').predictions[0]!.score).toBe(0.5);
  });
});

describe('over a long stream', () => {
  it('memory stays what it was, and speech without end is split', async () => {
    const engine = await createEngine({ vad: 'light' });
    const { samples } = recording('mono/rate_rms_x100.wav');
    const minute = joined(
      [...Array(15)].map(() => samples),
      0,
    );
    const ends: number[] = [];
    const stream = engine.open({
      sampleRate: 16_000,
      analysis: 'behavior',
      level: 'utterance',
      onResult: (r) => ends.push(r.endTime),
    });
    for (let i = 0; i < 5; i += 1) stream.push(minute);
    global.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 20; i += 1) stream.push(minute);
    global.gc?.();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * minute.byteLength);
    stream.end();
    expect(ends.length).toBeGreaterThan(50);
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
  });
});
