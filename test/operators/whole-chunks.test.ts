import { Readable } from 'node:stream';
import fc from 'fast-check';
import {
  catchError,
  concatMap,
  from,
  identity,
  lastValueFrom,
  map,
  type Observable,
  type OperatorFunction,
  of,
  pipe,
  Subject,
  tap,
  toArray,
} from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type AudioChunk, type ByteChunk, loadResampler, type Pcm, Resampler, type SourceId } from '../../src/audio/index.js';
import type { RawFormat } from '../../src/audio/raw/index.js';
import { channel } from '../../src/operators/channel.js';
import { chunk } from '../../src/operators/chunk.js';
import { decode } from '../../src/operators/decode.js';
import { mapAsync } from '../../src/operators/map-async.js';
import { resample } from '../../src/operators/resample.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import { fromFrames } from '../../src/sources/from-frames.js';
import { fromReadable } from '../../src/sources/from-readable.js';
import { cutting, eventLog } from '../support/decoding.js';
import { unboundedFlow } from '../support/unbounded-flow.js';
import { makeWav } from '../support/wav.js';

type Decoded = AudioChunk<Pcm<'float32'>>;

const { processMixed } = Resampler.prototype;
const hex = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength).toString('hex');
const noise = Buffer.from(Uint8Array.from({ length: 60_001 }, (_, i) => (i * i * 31 + i * 7 + (i >> 5)) & 0xff));
const mono: RawFormat = { encoding: 's16le', sampleRate: 16_000 };

/** Says what was sent and reported, by way of a filter or not; with a stranger between decode() and what follows, nobody knows what chunk() needs. */
async function sent(pieces: Uint8Array[], format: RawFormat | undefined, ms: number, stranger: boolean, rate?: number) {
  const log = eventLog();
  const decoded$ = from(pieces).pipe(decode({ format, events: log.events }));
  const asked$ = stranger ? decoded$.pipe(map((audio) => audio)) : decoded$;
  const audio$ = rate === undefined ? asked$ : asked$.pipe(resample(rate));
  const chunks = await lastValueFrom(audio$.pipe(toPcm16le({ events: {} }), chunk(ms), toArray()));
  return {
    chunks: chunks.map(({ data, timing, format, length }) => ({ data: data.toString('hex'), timing, format, length })),
    events: log.codes(),
  };
}

describe('chunk() behind toPcm16le() and decode()', () => {
  const durations = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 1, max: 1000, noNaN: true }));

  it.each<RawFormat>([
    mono,
    { encoding: 's16le', sampleRate: 11_025, channels: 2 },
    { encoding: 'mulaw', sampleRate: 8000 },
    { encoding: 'float32le', sampleRate: 44_100 },
  ])('gives the same chunks as when decode() knows nothing of it: %j', async (format) => {
    await fc.assert(
      fc.asyncProperty(cutting(noise), durations, async (pieces, ms) => {
        const [whole, asTheyCome] = [await sent(pieces, format, ms, false), await sent(pieces, format, ms, true)];
        expect(whole).toEqual(asTheyCome);
        expect(whole.chunks.length).toBeGreaterThan(0);
      }),
      { numRuns: 15 },
    );
  });

  it.each<[number, RawFormat]>([
    [16_000, { encoding: 'mulaw', sampleRate: 8000 }],
    [16_000, { encoding: 's16le', sampleRate: 48_000, channels: 2 }],
    [16_000, { encoding: 's16le', sampleRate: 44_100 }],
    [48_000, { encoding: 's16le', sampleRate: 11_025 }],
    [16_000, { encoding: 's16le', sampleRate: 16_000 }],
  ])('does so through resample(%i): %j', async (rate, format) => {
    await fc.assert(
      fc.asyncProperty(cutting(noise), fc.oneof(fc.constantFrom(20, 100, 250), durations), async (pieces, ms) => {
        const whole = await sent(pieces, format, ms, false, rate);
        expect(whole).toEqual(await sent(pieces, format, ms, true, rate));
        expect(whole.chunks.length).toBeGreaterThan(0);
      }),
      { numRuns: 15 },
    );
  });

  it.each<[string, OperatorFunction<Decoded, Decoded>]>([
    ['decode()', identity],
    ['channel()', channel(1)],
    ['resample()', resample(16_000)],
    ['resample() that has nothing to do', resample(8000)],
    ['resample() and channel()', pipe(resample(16_000), channel(0))],
    ['two resample()', pipe(resample(16_000), resample(11_025))],
  ])('does so for floats, which are never lent: behind %s', async (_, operator) => {
    const collect = async (decoded$: Observable<Decoded>, ms: number, stranger: boolean) => {
      const asked$ = stranger ? decoded$.pipe(map((audio) => audio)) : decoded$;
      const chunks = await lastValueFrom(asked$.pipe(operator, chunk(ms), toArray()));
      return chunks.map(({ data, timing, length, format }) => [data.map(hex), timing.position, length, format]);
    };
    await fc.assert(
      fc.asyncProperty(cutting(noise.subarray(0, 20_000)), durations, async (pieces, ms) => {
        const decoded$ = from(pieces).pipe(decode({ format: { encoding: 's16le', sampleRate: 8000, channels: 2 } }));
        expect(await collect(decoded$, ms, false)).toEqual(await collect(decoded$, ms, true));
        const frames = pieces.map((piece) => Int16Array.from({ length: 2 * (piece.length >> 2) }, (_, i) => piece[i]! * 99));
        const live$ = () => fromFrames(() => [...frames], { sampleRate: 8000, channels: 2, live: true });
        expect(await collect(live$(), ms, false)).toEqual(await collect(live$(), ms, true));
      }),
      { numRuns: 8 },
    );
  });

  it.each([
    ['of a known size', (data: Buffer) => makeWav({ data })],
    ['of an unknown size', (data: Buffer) => makeWav({ data, dataSize: 0xff_ff_ff_ff, riffSize: 0xff_ff_ff_ff })],
    ['with chunks after its samples', (data: Buffer) => makeWav({ data, after: Buffer.from('LIST\x04\0\0\0abcd') })],
  ])('does so for a WAV stream %s', async (_, file) => {
    await fc.assert(
      fc.asyncProperty(cutting(file(noise.subarray(0, 30_000))), durations, async (pieces, ms) => {
        const [whole, asTheyCome] = [await sent(pieces, undefined, ms, false), await sent(pieces, undefined, ms, true)];
        expect(whole).toEqual(asTheyCome);
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    ['to its end', false],
    ['up to where the stream fails', true],
  ])('does so directly behind fromReadable(), which then waits for whole chunks: %s', async (_, fails) => {
    const collect = async (pieces: readonly Uint8Array[], ms: number, stranger: boolean) => {
      const read$ = fromReadable(async function* () {
        yield* pieces;
        if (fails) throw new Error('the line broke');
      });
      const bytes$ = stranger ? read$.pipe(map((bytes) => bytes)) : read$;
      const seen: unknown[] = [];
      const audio$ = bytes$.pipe(
        decode({ format: mono }),
        toPcm16le({ events: {} }),
        chunk(ms),
        mapAsync(async (audio) => audio),
      );
      await lastValueFrom(
        audio$.pipe(
          tap(({ data, timing, length }) => seen.push([data.toString('hex'), timing.position, length])),
          catchError((error) => of(seen.push(error.code))),
        ),
      );
      return seen;
    };
    await fc.assert(
      fc.asyncProperty(cutting(noise.subarray(0, 20_000)), fc.integer({ min: 1, max: 300 }), async (pieces, ms) => {
        const whole = await collect(pieces, ms, false);
        expect(whole).toEqual(await collect(pieces, ms, true));
        expect(whole.length).toBeGreaterThan(1);
      }),
      { numRuns: 15 },
    );
  });

  it.each([false, true])(
    'does so for frames, whose rate may change, from a source that can be paused or not: live %s',
    async (live) => {
      const collect = async (
        frames: readonly { data: Int16Array; sampleRate: number; channels: number }[],
        ms: number,
        stranger: boolean,
      ) => {
        const frames$ = fromFrames(() => [...frames], { live });
        const asked$ = stranger ? frames$.pipe(map((audio) => audio)) : frames$;
        const chunks$ = asked$.pipe(
          resample(16_000),
          toPcm16le({ events: {} }),
          chunk(ms),
          mapAsync(async (audio) => audio),
          toArray(),
        );
        return (await lastValueFrom(chunks$)).map(({ data, timing, length }) => [data.toString('hex'), timing.position, length]);
      };
      const frame = fc.record({
        length: fc.integer({ min: 1, max: 960 }),
        format: fc.constantFrom(
          ...Array.from({ length: 8 }, () => ({ sampleRate: 48_000, channels: 1 })),
          { sampleRate: 48_000, channels: 2 },
          { sampleRate: 8000, channels: 1 },
        ),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(frame, { minLength: 1, maxLength: 40 }),
          fc.integer({ min: 1, max: 300 }),
          async (given, ms) => {
            const frames = given.map(({ length, format }, i) => ({
              data: Int16Array.from({ length: length * format.channels }, (_, k) => (((i * 31 + k) * 7919) % 60_000) - 30_000),
              ...format,
            }));
            expect(await collect(frames, ms, false)).toEqual(await collect(frames, ms, true));
          },
        ),
        { numRuns: 25 },
      );
    },
  );

  it('does so for sources one after the other, which begin anew, and with a consumer that holds now and then', async () => {
    const sources: SourceId[] = [{ label: 'one' }, { label: 'two' }];
    const collect = async (pieces: readonly Uint8Array[], ms: number, stranger: boolean) => {
      const bytes$ = from(sources).pipe(
        concatMap((source) => fromReadable(() => [...pieces], { label: source.label })),
        decode({ format: mono }),
      );
      const decoded$ = stranger ? bytes$.pipe(map((audio) => audio)) : bytes$;
      const chunks$ = decoded$.pipe(
        toPcm16le({ events: {} }),
        chunk(ms),
        mapAsync(async (audio) => audio),
        toArray(),
      );
      return (await lastValueFrom(chunks$)).map(({ data, timing, length }) => [
        data.toString('hex'),
        timing.source.label,
        timing.position,
        length,
      ]);
    };
    await fc.assert(
      fc.asyncProperty(cutting(noise.subarray(0, 20_001)), fc.integer({ min: 1, max: 300 }), async (pieces, ms) => {
        expect(await collect(pieces, ms, false)).toEqual(await collect(pieces, ms, true));
      }),
      { numRuns: 15 },
    );
  });

  it('keeps the order of blocks that come while a chunk is being taken', async () => {
    const live = new Readable({ read() {} });
    const seen: Buffer[] = [];
    let pushed = 0;
    // Blocks of 300 bytes: chunks of 1600 end within them.
    const next = () => {
      pushed += 1;
      live.push(noise.subarray(300 * (pushed - 1), 300 * pushed));
    };
    const nextSix = () => {
      for (let block = 0; block < 6 && pushed < 50; block += 1) next();
    };
    const done = lastValueFrom(
      fromReadable(live).pipe(
        decode({ format: mono }),
        toPcm16le(),
        chunk(50),
        tap(({ data }) => {
          seen.push(data);
          nextSix();
        }),
      ),
    );
    // It flows from the next turn on; blocks are then emitted as they are pushed.
    await new Promise((resolve) => setImmediate(resolve));
    nextSix();
    live.push(null);
    await done;
    expect(Buffer.concat(seen)).toEqual(noise.subarray(0, 300 * 50));
  });

  it('has a chunk as soon as its last block is there', () => {
    const blocks = new Subject<Uint8Array>();
    const lengths: number[] = [];
    blocks.pipe(decode({ format: mono }), toPcm16le(), chunk(250)).subscribe(({ length }) => lengths.push(length));
    const counts: number[] = [];
    for (let at = 0; at < 640 * 50; at += 640) {
      blocks.next(noise.subarray(at, at + 640));
      counts.push(lengths.length);
    }
    // A block is 20 ms: chunks of 250 ms end within the 13th block, and with the 25th.
    expect(counts.map((count, i) => (count > (counts[i - 1] ?? 0) ? i + 1 : 0)).filter(Boolean)).toEqual([13, 25, 38, 50]);
    expect(lengths).toEqual([4000, 4000, 4000, 4000]);
  });

  it('has it as early through resample(), and works on nothing before', async () => {
    await loadResampler();
    const blocks = new Subject<Uint8Array>();
    const lengths: number[] = [];
    const filtered: number[] = [];
    const process = vi.spyOn(Resampler.prototype, 'processMixed').mockImplementation(function (this: Resampler, input) {
      filtered.push(input[0]!.length);
      return processMixed.call(this, input);
    });
    const format: RawFormat = { encoding: 'mulaw', sampleRate: 8000 };
    const pcm$ = blocks.pipe(decode({ format }), resample(16_000), toPcm16le(), chunk(250));
    pcm$.subscribe(({ length }) => lengths.push(length));
    // What was loaded before is there a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    const counts: number[] = [];
    for (let at = 0; at < 160 * 52; at += 160) {
      blocks.next(noise.subarray(at, at + 160));
      counts.push(lengths.length);
    }
    process.mockRestore();
    // The filter holds 3 ms back: chunks that end with a block are complete in the next.
    expect(counts.map((count, i) => (count > (counts[i - 1] ?? 0) ? i + 1 : 0)).filter(Boolean)).toEqual([13, 26, 38, 51]);
    expect(lengths).toEqual([4000, 4000, 4000, 4000]);
    expect(filtered).toEqual([2000, 24, 2000, 2000, 2000]);
  });

  it.each([undefined, 16_000])('has the last one of a source with the first block of the next: resample(%s)', async (rate) => {
    await loadResampler();
    const blocks = new Subject<ByteChunk>();
    const seen: unknown[] = [];
    const decoded$ = blocks.pipe(decode({ format: { encoding: 'mulaw', sampleRate: 8000 } }));
    const audio$ = rate === undefined ? decoded$ : decoded$.pipe(resample(rate));
    audio$.pipe(toPcm16le(), chunk(250)).subscribe(({ length, timing, format }) => {
      seen.push([timing.source.label, (length / format.sampleRate) * 1000]);
    });
    // What was loaded before is there a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    const [one, two]: SourceId[] = [{ label: 'one' }, { label: 'two' }];
    const data = noise.subarray(0, 160);
    for (const source of [one!, one!, two!]) blocks.next({ data, source, flow: unboundedFlow });
    expect(seen).toEqual([['one', 40]]);
    for (let i = 0; i < 13; i += 1) blocks.next({ data, source: two!, flow: unboundedFlow });
    expect(seen[1]).toEqual(['two', 250]);
  });

  it('knows what chunk() needs through channel(), too', () => {
    const blocks = new Subject<Uint8Array>();
    const decoded: number[] = [];
    const events = { next: ({ type }: { type: string }) => void (type === 'format' && decoded.push(1)) };
    const chunks: number[] = [];
    blocks
      .pipe(decode({ format: { ...mono, channels: 2 }, events }), channel(1), toPcm16le(), chunk(100))
      .subscribe(({ length }) => chunks.push(length));
    for (let at = 0; at < 4; at += 1) blocks.next(noise.subarray(at * 1280, (at + 1) * 1280));
    // The format is told with the first audio that is decoded.
    expect([decoded.length, chunks]).toEqual([0, []]);
    blocks.next(noise.subarray(0, 1280));
    expect([decoded.length, chunks]).toEqual([1, [1600]]);
  });

  it('hands on what was collected when the source fails', () => {
    const blocks = new Subject<Uint8Array>();
    const seen: unknown[] = [];
    blocks.pipe(decode({ format: mono }), toPcm16le(), chunk(250)).subscribe({
      next: ({ length }) => seen.push(length),
      error: (error: Error) => seen.push(error.message),
    });
    blocks.next(noise.subarray(0, 640 * 3));
    blocks.error(new Error('the line broke'));
    expect(seen).toEqual([960, 'the line broke']);
  });
});
