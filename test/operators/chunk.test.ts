import fc from 'fast-check';
import { concat, from, lastValueFrom, map, NEVER, of, take, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { channel } from '../../src/operators/channel.js';
import { chunk } from '../../src/operators/chunk.js';
import { floatChunk, joinFloat, type PcmChunk, pcmChunk } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'test' };

/** The numbers 0, 1, 2, … in chunks of the given lengths. */
function ramp(lengths: readonly number[], sampleRate: number) {
  let position = 0;
  return lengths.map((length) => {
    const samples = Int16Array.from({ length }, (_, i) => (position + i) % 32_768);
    const made = pcmChunk(samples, sampleRate, position, source, unboundedFlow);
    position += length;
    return made;
  });
}

describe('chunk()', () => {
  it('cuts any chunking into exact durations, losing, repeating and reordering nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(8000, 11_025, 16_000, 44_100),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 10 }),
        async (rate, ms, lengths) => {
          const input = ramp(lengths, rate);
          const output = await lastValueFrom(from(input).pipe(chunk(ms), toArray()));
          expect(Buffer.concat(output.map(({ data }) => data)).equals(Buffer.concat(input.map(({ data }) => data)))).toBe(true);
          let at = 0;
          output.forEach((piece, index) => {
            expect(piece.timing.position).toBe(at);
            expect(piece.data).toHaveLength(piece.length * 2);
            at += piece.length;
            if (index < output.length - 1) expect(at).toBe(Math.round(((index + 1) * ms * rate) / 1000));
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('ends a chunk early where the audio jumps, and begins the next one at the new position', async () => {
    const before = pcmChunk(new Int16Array(1500), 16_000, 0, source, unboundedFlow);
    const after = pcmChunk(new Int16Array(1700), 16_000, 50_000, source, unboundedFlow);
    const output = await lastValueFrom(of(before, after).pipe(chunk(100), toArray()));
    expect(output.map(({ timing, length }) => [timing.position, length])).toEqual([
      [0, 1500],
      [50_000, 1600],
      [51_600, 100],
    ]);
  });

  it('stops a source that emits without end as it is subscribed', async () => {
    let emitted = 0;
    function* endless() {
      for (; ; emitted += 1) yield pcmChunk(new Int16Array(1600), 16_000, emitted * 1600, source, unboundedFlow);
    }
    expect(await lastValueFrom(from(endless()).pipe(chunk(50), take(4), toArray()))).toHaveLength(4);
    expect(emitted).toBeLessThanOrEqual(3);
  });

  it('has nothing more made above it once its consumer has gone, or it has failed, in the middle of a hold', async () => {
    const minute = pcmChunk(new Int16Array(16_000 * 60), 16_000, 0, source, unboundedFlow);
    const merged = pcmChunk(new Int16Array(160), 16_000, 0, { label: 'other' }, unboundedFlow);
    let made = 0;
    const pieces$ = concat(of(minute), NEVER).pipe(
      chunk(10),
      tap(() => {
        made += 1;
      }),
    );
    let held = false;
    const subscription = pieces$.pipe(chunk(100)).subscribe(({ flow }) => {
      held = true;
      flow.hold();
    });
    expect([held, made]).toEqual([true, 10]);
    subscription.unsubscribe();
    expect(made).toBe(10);
    // Every other piece is of another source, which is an error when the first one comes back.
    made = 0;
    const mixed$ = pieces$.pipe(map((piece, i) => (i % 2 === 1 ? { ...piece, timing: merged.timing } : piece)));
    await expect(lastValueFrom(mixed$.pipe(chunk(100)))).rejects.toMatchObject({ code: 'INTERLEAVED_SOURCES' });
    expect(made).toBeLessThanOrEqual(4);
  });

  it('names an undefined where audio was expected', async () => {
    await expect(lastValueFrom(of(undefined as unknown as PcmChunk).pipe(chunk(50)))).rejects.toMatchObject({
      code: 'FORMAT_MISMATCH',
    });
  });

  it('keeps sources apart in sequence', async () => {
    const one = of(pcmChunk(new Int16Array(1000), 16_000, 0, { label: 'a' }, unboundedFlow));
    const two = of(pcmChunk(new Int16Array(1000), 16_000, 0, { label: 'b' }, unboundedFlow));
    const output = await lastValueFrom(concat(one, two).pipe(chunk(100), toArray()));
    expect(output.map(({ timing, length }) => [timing.source.label, length])).toEqual([
      ['a', 1000],
      ['b', 1000],
    ]);
  });

  it('refuses interleaved sources', async () => {
    const [a, b] = [{ label: 'a' }, { label: 'b' }];
    const made = [a, b, a].map((origin, i) => pcmChunk(new Int16Array(10), 16_000, i * 10, origin, unboundedFlow));
    await expect(lastValueFrom(from(made).pipe(chunk(100)))).rejects.toMatchObject({ code: 'INTERLEAVED_SOURCES' });
  });

  it('moves the capture time with the last sample', async () => {
    const made = pcmChunk(new Int16Array(2400), 16_000, 0, source, unboundedFlow);
    const input = { ...made, timing: { ...made.timing, capturedAtMs: 1_000_150 } };
    const output = await lastValueFrom(of(input).pipe(chunk(100), toArray()));
    expect(output.map(({ timing }) => timing.capturedAtMs)).toEqual([1_000_100, 1_000_150]);
  });

  it('cuts decoded audio of several channels too', async () => {
    const left = Float32Array.from({ length: 250 }, (_, i) => i);
    const right = left.map((x) => -x);
    const input = [0, 100, 200].map((from) =>
      floatChunk([left.slice(from, from + 100), right.slice(from, from + 100)], 1000, from, source, unboundedFlow),
    );
    const output = await lastValueFrom(from(input).pipe(chunk(70), toArray()));
    expect(output.map(({ length }) => length)).toEqual([70, 70, 70, 40]);
    expect(joinFloat(output)).toEqual([Array.from(left), Array.from(right)]);
  });

  it.each([0, -1, 1001, Number.NaN, '250' as never])('refuses chunk(%s) at once', (ms) => {
    expect(() => chunk(ms)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option: 'chunk(ms)' }));
  });
});

describe('channel()', () => {
  it('keeps one channel', async () => {
    const input = floatChunk([Float32Array.of(1, 2), Float32Array.of(3, 4)], 8000, 0, source, unboundedFlow);
    const output = await lastValueFrom(of(input).pipe(channel(1)));
    expect(output.format.channels).toBe(1);
    expect(Array.from(output.data[0]!)).toEqual([3, 4]);
  });

  it('names the channels there are when the one asked for is not among them', async () => {
    for (const [channels, has] of [
      [1, 'has one channel, 0'],
      [2, 'has channels 0 to 1'],
    ] as const) {
      const samples = Array.from({ length: channels }, () => Float32Array.of(1));
      const input = floatChunk(samples, 8000, 0, source, unboundedFlow);
      await expect(lastValueFrom(of(input).pipe(channel(2)))).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(has),
      });
    }
    expect(() => channel(-1)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
