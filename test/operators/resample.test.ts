import fc from 'fast-check';
import { from, lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { resample } from '../../src/operators/resample.js';
import { type FloatChunk, floatChunk, joinFloat, pausableSource, sine } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'test' };

function cut(samples: Float32Array, sampleRate: number, lengths: readonly number[], start = 0): FloatChunk[] {
  const chunks: FloatChunk[] = [];
  let at = 0;
  for (const length of [...lengths, samples.length]) {
    const part = samples.subarray(at, at + length);
    if (part.length > 0) chunks.push(floatChunk([part], sampleRate, start + at, source, unboundedFlow));
    at += part.length;
  }
  return chunks;
}

const run = (chunks: readonly FloatChunk[], rate: number) => lastValueFrom(from(chunks).pipe(resample(rate), toArray()));

describe('resample()', () => {
  it('gives the same samples and positions for any chunking', async () => {
    const samples = sine(313, 44_100, 30_000);
    const whole = joinFloat(await run(cut(samples, 44_100, []), 16_000))[0]!;
    expect(whole).toHaveLength(Math.round((30_000 * 16_000) / 44_100));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9000 }), { maxLength: 8 }), async (lengths) => {
        const output = await run(cut(samples, 44_100, lengths), 16_000);
        expect(joinFloat(output)[0]).toEqual(whole);
        let at = 0;
        for (const piece of output) {
          expect(piece.timing.position).toBe(at);
          at += piece.length;
        }
      }),
      { numRuns: 15 },
    );
  });

  it('never turns one long chunk into one long output', async () => {
    const output = await run(cut(new Float32Array(480_000), 48_000, []), 16_000);
    expect(Math.max(...output.map(({ length }) => length))).toBeLessThanOrEqual(4100);
    expect(output.length).toBeGreaterThanOrEqual(40);
  });

  it('finishes a run where the audio jumps, and begins another at the new position', async () => {
    const chunks = [...cut(sine(440, 48_000, 48_000), 48_000, []), ...cut(sine(440, 48_000, 24_000), 48_000, [], 480_000)];
    const output = await run(chunks, 16_000);
    const first = output.filter(({ timing }) => timing.position < 100_000);
    const second = output.filter(({ timing }) => timing.position >= 100_000);
    expect(first.reduce((sum, { length }) => sum + length, 0)).toBe(16_000);
    expect(second[0]?.timing.position).toBe(160_000);
    expect(second.reduce((sum, { length }) => sum + length, 0)).toBe(8000);
  });

  it('passes audio that has the rate already unchanged', async () => {
    const samples = sine(440, 16_000, 1000);
    const [output] = await run(cut(samples, 16_000, []), 16_000);
    expect(output?.data[0]).toEqual(samples);
    expect(output?.length).toBe(1000);
  });

  it('keeps the capture time of the last sample', async () => {
    const made = floatChunk([new Float32Array(48_000)], 48_000, 0, source, unboundedFlow);
    const output = await run([{ ...made, timing: { ...made.timing, capturedAtMs: 1_001_000 } }], 16_000);
    for (const { timing, length } of output) {
      expect(timing.capturedAtMs).toBeCloseTo(1_000_000 + ((timing.position + length) / 16_000) * 1000, 6);
    }
  });

  it('holds its source while the filter loads, and frees everything when unsubscribed before', () => {
    const { source$, probe } = pausableSource<FloatChunk>((i, flow, origin) =>
      floatChunk([new Float32Array(100)], 48_000, i * 100, origin, flow),
    );
    source$.pipe(resample(16_000)).subscribe().unsubscribe();
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });

  it('refuses rates that nobody records at, at once', () => {
    for (const rate of [0, 3999, 384_001, 16_000.5, Number.NaN]) {
      expect(() => resample(rate)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option: 'resample(rate)' }));
    }
  });

  it('says what is missing when it gets bytes', async () => {
    await expect(lastValueFrom(of(Buffer.alloc(4)).pipe(resample(16_000) as never))).rejects.toMatchObject({
      code: 'FORMAT_MISMATCH',
      message: expect.stringContaining('put decode() before it'),
    });
  });
});
