import fc from 'fast-check';
import { from, lastValueFrom, of, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { DiagnosticEvent, StreamEvent } from '../../src/events/index.js';
import { resample } from '../../src/operators/resample.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import { floatChunk, sine } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'call.wav' };
const convert = async (channels: Float32Array[]) => {
  const { data } = await lastValueFrom(of(floatChunk(channels, 8000, 0, source, unboundedFlow)).pipe(toPcm16le()));
  return Array.from({ length: data.length / 2 }, (_, i) => data.readInt16LE(i * 2));
};

describe('toPcm16le()', () => {
  it('gives 16-bit audio back bit by bit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 100 }), async (samples) => {
        expect(await convert([Float32Array.from(samples, (x) => x / 32_768)])).toEqual(samples);
      }),
    );
  });

  it('clips what exceeds full scale and never wraps', async () => {
    const input = Float32Array.of(1, 1.5, 1e9, Number.POSITIVE_INFINITY, -1, -1.5, -1e9, Number.NEGATIVE_INFINITY, Number.NaN);
    expect(await convert([input])).toEqual([32_767, 32_767, 32_767, 32_767, -32_768, -32_768, -32_768, -32_768, 0]);
  });

  it('averages channels', async () => {
    expect(await convert([Float32Array.of(0.5, 0.5), Float32Array.of(0.25, -0.5)])).toEqual([12_288, 0]);
    expect(await convert([0.3, 0.6, 0, 0.3, 0, 0].map((x) => Float32Array.of(x)))).toEqual([Math.round(0.2 * 32_768)]);
  });

  it('leaves what it was given as it was', async () => {
    const left = Float32Array.of(0.5);
    await convert([left, Float32Array.of(-0.5)]);
    expect(left[0]).toBe(0.5);
  });

  const diagnose = async (left: Float32Array, right: Float32Array) => {
    const events: StreamEvent[] = [];
    const length = 1600;
    const chunks = Array.from({ length: left.length / length }, (_, i) =>
      floatChunk(
        [left.subarray(i * length, (i + 1) * length), right.subarray(i * length, (i + 1) * length)],
        8000,
        i * length,
        source,
        unboundedFlow,
      ),
    );
    await lastValueFrom(from(chunks).pipe(toPcm16le({ events: { next: (event) => events.push(event) } }), toArray()));
    return events as DiagnosticEvent[];
  };

  it('says once that two channels look like two parties, and what to use', async () => {
    const left = sine(180, 8000, 48_000).map((x, i) => (i % 16_000 < 8000 ? x : 0));
    const right = sine(120, 8000, 48_000).map((x, i) => (i % 16_000 < 8000 ? 0 : x));
    const events = await diagnose(left, right);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ code: 'TWO_PARTIES', stream: 'call.wav' });
    expect(events[0]?.message).toMatch(/channel\(0\).*splitChannels\(\)/);
  });

  it('says nothing of stereo recordings of one scene, nor of a silent channel', async () => {
    const scene = sine(180, 8000, 48_000);
    expect(
      await diagnose(
        scene,
        scene.map((x, i) => 0.7 * x + 0.05 * Math.sin(i)),
      ),
    ).toEqual([]);
    expect(await diagnose(scene, new Float32Array(48_000))).toEqual([]);
  });

  it('gives the same audio whether channels are mixed before or after resampling', async () => {
    const stereo = () => of(floatChunk([sine(300, 48_000, 9600), sine(500, 48_000, 9600)], 48_000, 0, source, unboundedFlow));
    const samples = async (audio$: ReturnType<typeof stereo>) => {
      const chunks = await lastValueFrom(audio$.pipe(toPcm16le(), toArray()));
      return chunks.flatMap(({ data }) => Array.from({ length: data.length / 2 }, (_, i) => data.readInt16LE(2 * i)));
    };
    const early = await samples(stereo().pipe(resample(16_000)));
    // Anything between the two operators keeps the channels apart until toPcm16le().
    const late = await samples(stereo().pipe(resample(16_000), tap()));
    expect(early).toHaveLength(3200);
    for (const [i, sample] of early.entries()) expect(Math.abs(sample - late[i]!)).toBeLessThanOrEqual(1);
  });

  it('says what is wrong when the audio is 16-bit already', async () => {
    const twice = of(floatChunk([new Float32Array(8)], 8000, 0, source, unboundedFlow)).pipe(toPcm16le(), toPcm16le() as never);
    await expect(lastValueFrom(twice)).rejects.toMatchObject({ code: 'FORMAT_MISMATCH' });
  });

  it('leaves it to resample() before it to say what is wrong with its input', async () => {
    const audio$ = of(floatChunk([new Float32Array(8)], 8000, 0, source, unboundedFlow));
    const twice = audio$.pipe(toPcm16le(), resample(16_000) as never, toPcm16le());
    await expect(lastValueFrom(twice)).rejects.toThrow(/^resample\(\) needs decoded float audio/);
  });
});
