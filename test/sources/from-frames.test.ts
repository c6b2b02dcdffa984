import { ReadableStream } from 'node:stream/web';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { lastValueFrom, mergeMap, type Observable, take, toArray } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FormatEvent, StreamEvent } from '../../src/events/index.js';
import type { FlowGate, Release } from '../../src/flow/index.js';
import { channel } from '../../src/operators/channel.js';
import { chunk } from '../../src/operators/chunk.js';
import { resample } from '../../src/operators/resample.js';
import { splitChannels } from '../../src/operators/split-channels.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import type { AudioFrame, FrameInput, FrameSamples } from '../../src/sources/frames/audio-frame.js';
import { type FromFramesOptions, fromFrames } from '../../src/sources/from-frames.js';
import { type FloatChunk, joinFloat } from '../support/audio.js';
import { eventLog } from '../support/decoding.js';

const quiet = { events: { next: () => {} } };
const samples = (...values: number[]) => Int16Array.from(values);
const ramp = (length: number, from = 0) => Int16Array.from({ length }, (_, i) => ((from + i) % 60_000) - 30_000);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function* generate<T>(...frames: T[]): AsyncGenerator<T> {
  yield* frames;
}
const all = (input: FrameInput | (() => FrameInput), options: FromFramesOptions = { sampleRate: 16_000 }) =>
  lastValueFrom(fromFrames(input, { ...quiet, ...options }).pipe(toArray()));

/** How a source ends: what came before, and the error. */
function ending(source$: Observable<FloatChunk>) {
  return new Promise<{ positions: number[]; error?: Error & { code?: string; option?: string } }>((resolve) => {
    const positions: number[] = [];
    source$.subscribe({
      next: ({ timing }) => void positions.push(timing.position),
      complete: () => resolve({ positions }),
      error: (error) => resolve({ positions, error }),
    });
  });
}

/** A producer whose every step the test sees and makes. */
function producer<T>() {
  const asked: ((result: IteratorResult<T, undefined>) => void)[] = [];
  const failing: ((error: unknown) => void)[] = [];
  const probe = { pulled: 0, returned: 0 };
  const iterable: AsyncIterable<T> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        probe.pulled += 1;
        return new Promise((resolve, reject) => {
          asked.push(resolve);
          failing.push(reject);
        });
      },
      return: async () => {
        probe.returned += 1;
        return { done: true, value: undefined };
      },
    }),
  };
  const settle = async (act: () => void) => {
    act();
    await turn();
  };
  return {
    iterable,
    probe,
    give: (value: T) => settle(() => asked.at(-1)!({ done: false, value })),
    end: () => settle(() => asked.at(-1)!({ done: true, value: undefined })),
    fail: (error: unknown) => settle(() => failing.at(-1)!(error)),
  };
}

afterEach(() => vi.restoreAllMocks());

describe('fromFrames()', () => {
  it('takes bare samples, at the rate and with the channels of the options', async () => {
    const chunks = await all(generate(samples(0, 100, 16_384, -32_768), samples(1, 2)), { sampleRate: 48_000, channels: 2 });
    expect(chunks.map(({ timing, length }) => [timing.position, length])).toEqual([
      [0, 2],
      [2, 1],
    ]);
    expect(chunks[0]!.format).toEqual({ encoding: 'float32', channels: 2, sampleRate: 48_000 });
    expect(chunks[0]!.timing.source).toBe(chunks[1]!.timing.source);
    expect(joinFloat(chunks)).toEqual([
      [0, 0.5, 1 / 32_768],
      [100 / 32_768, -1, 2 / 32_768],
    ]);
  });

  it("takes frames as LiveKit's, of 16-bit samples and of floats", async () => {
    class LiveKitFrame implements AudioFrame {
      constructor(
        readonly data: FrameSamples,
        readonly sampleRate: number,
        readonly channels: number,
        readonly samplesPerChannel: number,
      ) {}
    }
    const frames = [new LiveKitFrame(samples(1, 2, 3, 4), 8000, 2, 2), new LiveKitFrame(Float32Array.of(0.5, -2), 8000, 2, 1)];
    const chunks = await all(generate(...frames), {});
    expect(joinFloat(chunks)).toEqual([
      [1 / 32_768, 3 / 32_768, 0.5],
      [2 / 32_768, 4 / 32_768, -2],
    ]);
  });

  it('comes through toPcm16le() bit by bit, and composes with every operator without a conversion', async () => {
    const frames = () =>
      generate(...Array.from({ length: 7 }, (_, i) => ({ data: ramp(3000, i * 3000), sampleRate: 48_000, channels: 1 })));
    const bytes = await lastValueFrom(fromFrames(frames, quiet).pipe(toPcm16le(), chunk(20), toArray()));
    const back = Buffer.concat(bytes.map(({ data }) => data));
    expect(back.equals(Buffer.from(ramp(21_000).buffer))).toBe(true);
    const resampled = await lastValueFrom(fromFrames(frames, quiet).pipe(channel(0), resample(16_000), toPcm16le(), toArray()));
    expect(resampled.reduce((sum, { length }) => sum + length, 0)).toBe(7000);
    const split$ = fromFrames(frames, quiet).pipe(
      splitChannels(),
      mergeMap(({ audio$ }) => audio$),
      toArray(),
    );
    expect(joinFloat(await lastValueFrom(split$))[0]).toHaveLength(21_000);
  });

  it.each<[string, () => FrameInput]>([
    ['a web ReadableStream', () => ReadableStream.from(generate(samples(1), samples(2)))],
    ['an async generator', () => generate(samples(1), samples(2))],
    ['an array', () => [samples(1), samples(2)]],
    ['a generator', () => [samples(1), samples(2)].values()],
  ])('reads %s, asynchronously', async (_, make) => {
    const seen: number[] = [];
    await new Promise<void>((resolve, reject) => {
      fromFrames(make, { sampleRate: 8000, ...quiet }).subscribe({
        next: ({ timing }) => void seen.push(timing.position),
        complete: resolve,
        error: reject,
      });
      expect(seen).toEqual([]);
    });
    expect(seen).toEqual([0, 1]);
  });

  it('subscribes a factory any number of times, each with a source of its own, and an instance once', async () => {
    const source$ = fromFrames(() => [samples(1, 2)], { sampleRate: 8000, ...quiet });
    const [[first], [second]] = [await lastValueFrom(source$.pipe(toArray())), await lastValueFrom(source$.pipe(toArray()))];
    expect(first!.timing.source).not.toBe(second!.timing.source);
    const once$ = fromFrames(generate(samples(1)), { sampleRate: 8000, ...quiet });
    await lastValueFrom(once$);
    expect((await ending(once$)).error).toMatchObject({ code: 'SOURCE_CONSUMED' });
  });

  it('copies: a producer that uses its memory again changes nothing', async () => {
    const reused = new Int16Array(4);
    async function* recycling() {
      for (let n = 1; n <= 3; n += 1) yield reused.fill(n);
    }
    const chunks = await all(recycling());
    reused.fill(77);
    expect(joinFloat(chunks)[0]).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3].map((n) => n / 32_768));
    // The frame is not changed either.
    const frame = { data: samples(5, 6), sampleRate: 8000, channels: 1 };
    await all([frame], {});
    expect(frame).toEqual({ data: samples(5, 6), sampleRate: 8000, channels: 1 });
  });

  it('takes views into larger memory, at any offset, shared memory, and the arrays of another realm', async () => {
    const memory = new SharedArrayBuffer(32);
    const shared = new Int16Array(memory, 6, 3);
    shared.set([7, 8, 9]);
    const foreign: Int16Array = runInNewContext('Int16Array.of(10, 11)');
    expect(foreign instanceof Int16Array).toBe(false);
    const chunks = await all([new Int16Array(ramp(10).buffer, 2, 2), shared, foreign]);
    expect(joinFloat(chunks)[0]).toEqual([-29_999, -29_998, 7, 8, 9, 10, 11].map((n) => n / 32_768));
  });

  it('passes over empty frames, and completes without any', async () => {
    expect((await all(generate(samples(), samples(1), samples(), samples(2)))).map(({ timing }) => timing.position)).toEqual([
      0, 1,
    ]);
    expect(await all(generate())).toEqual([]);
    expect(await all([{ data: samples(), sampleRate: 8000, channels: 2, samplesPerChannel: 0 }], {})).toEqual([]);
  });

  it('goes on in a new format when frames change theirs, in its place on the timeline, and tells of it', async () => {
    const { events, seen } = eventLog();
    const frame = (sampleRate: number, channels: number) => ({ data: ramp((sampleRate / 10) * channels), sampleRate, channels });
    const chunks = await all([frame(48_000, 1), frame(48_000, 1), frame(16_000, 1), frame(44_100, 2)], {
      events,
      label: 'caller',
    });
    expect(chunks.map(({ timing, format }) => (timing.position / format.sampleRate) * 1000)).toEqual([0, 100, 200, 300]);
    const formats = seen.filter((event): event is FormatEvent => event.type === 'format');
    expect(formats.map(({ sampleRate, channels }) => [sampleRate, channels])).toEqual([
      [48_000, 1],
      [16_000, 1],
      [44_100, 2],
    ]);
    expect(formats[0]).toMatchObject({ container: 'frames', codec: 'pcm_s16le', decoder: 'in-process', stream: 'caller' });
    // Both are 100 ms, whatever is behind them.
    const downstream = fromFrames(() => [frame(48_000, 1), frame(16_000, 2)], quiet).pipe(resample(8000), toPcm16le(), toArray());
    expect((await lastValueFrom(downstream)).reduce((sum, { length }) => sum + length, 0)).toBe(1600);
  });

  it('tells of samples that are no numbers, which become 0', async () => {
    const { events, codes } = eventLog();
    const chunks = await all([Float32Array.of(0.5, Number.NaN, Number.POSITIVE_INFINITY)], { sampleRate: 8000, events });
    expect(joinFloat(chunks)).toEqual([[0.5, 0, 0]]);
    expect(codes()).toEqual(['NON_FINITE_SAMPLES']);
  });

  it('pulls only while nobody holds, and keeps a frame that came meanwhile', async () => {
    const { iterable, probe, give, end } = producer<Int16Array>();
    const seen: FloatChunk[] = [];
    let completed = false;
    fromFrames(iterable, { sampleRate: 8000, ...quiet }).subscribe({
      next: (audio) => void seen.push(audio),
      complete: () => {
        completed = true;
      },
    });
    await turn();
    expect(probe.pulled).toBe(1);
    await give(samples(1));
    expect(seen).toHaveLength(1);
    expect(probe.pulled).toBe(2);
    // One at a time, however often it is held and let go meanwhile.
    seen[0]!.flow.hold()();
    await turn();
    expect(probe.pulled).toBe(2);
    const release = seen[0]!.flow.hold();
    await give(samples(2));
    expect(seen).toHaveLength(1);
    expect(probe.pulled).toBe(2);
    release();
    expect(seen).toHaveLength(2);
    expect(probe.pulled).toBe(3);
    await end();
    expect(completed).toBe(true);
    expect(probe.returned).toBe(0);
  });

  it('asks for no further frame while the one that was emitted is held', async () => {
    const { iterable, probe, give } = producer<Int16Array>();
    let release: Release | undefined;
    const subscription = fromFrames(iterable, { sampleRate: 8000, ...quiet }).subscribe(({ flow }) => {
      release = flow.hold();
    });
    await give(samples(1));
    expect(probe.pulled).toBe(1);
    release?.();
    expect(probe.pulled).toBe(2);
    subscription.unsubscribe();
  });

  it('loses nothing and keeps order, whatever is held when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(5), { maxLength: 30 }),
        fc.array(fc.boolean(), { maxLength: 60 }),
        async (sizes, holds) => {
          let made = 0;
          const frames = sizes.map((size) => {
            const frame = ramp(size, made);
            made += size;
            return frame;
          });
          const seen: FloatChunk[] = [];
          let held = false;
          await new Promise<void>((resolve, reject) => {
            fromFrames(generate(...frames), { sampleRate: 8000, ...quiet }).subscribe({
              next: (audio) => {
                if (held) reject(new Error('emitted while held'));
                seen.push(audio);
                if (!holds[seen.length]) return;
                held = true;
                const release = audio.flow.hold();
                setImmediate(() => {
                  held = false;
                  release();
                });
              },
              complete: resolve,
              error: reject,
            });
          });
          expect(joinFloat(seen)[0] ?? []).toEqual(Array.from(ramp(made), (n) => n / 32_768));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('leaves the process its turn, however fast the frames come', async () => {
    function* endless() {
      for (;;) yield samples(1);
    }
    let seen = 0;
    const subscription = fromFrames(endless(), { sampleRate: 8000, ...quiet }).subscribe(() => {
      seen += 1;
    });
    for (let i = 0; i < 10; i += 1) await turn();
    subscription.unsubscribe();
    const before = seen;
    expect(before).toBeGreaterThan(64);
    await turn();
    expect(seen).toBe(before);
  });

  it('cancels a stream through its reader and returns an iterator, whenever it is unsubscribed', async () => {
    const cancelled: unknown[] = [];
    let stream!: ReadableStream<Int16Array>;
    const streaming = () => {
      stream = new ReadableStream<Int16Array>({
        pull: (controller) => controller.enqueue(samples(1)),
        cancel: (reason) => void cancelled.push(reason),
      });
      return stream;
    };
    const source$ = fromFrames(streaming, { sampleRate: 8000, ...quiet });
    // During an emission, between emissions, and before the first.
    await lastValueFrom(source$.pipe(take(2)));
    const subscription = source$.subscribe();
    await turn();
    subscription.unsubscribe();
    source$.subscribe().unsubscribe();
    await turn();
    expect(cancelled).toHaveLength(3);
    expect(stream.locked).toBe(false);

    const { iterable, probe, give } = producer<Int16Array>();
    const waiting = fromFrames(iterable, { sampleRate: 8000, ...quiet }).subscribe();
    await give(samples(1));
    waiting.unsubscribe();
    await turn();
    expect(probe).toEqual({ pulled: 2, returned: 1 });
  });

  it('is not troubled by a producer that fails while it is cancelled', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const badly = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>((_, reject) => setImmediate(() => reject(new Error('too late')))),
        return: () => Promise.reject(new Error('too late')),
      }),
    };
    fromFrames(badly, quiet).subscribe().unsubscribe();
    const stream = new ReadableStream<Int16Array>({ cancel: () => Promise.reject(new Error('too late')) });
    fromFrames(stream, quiet).subscribe().unsubscribe();
    for (let i = 0; i < 5; i += 1) await turn();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("passes a producer's error on after what came before it, with its cause", async () => {
    const cause = new Error('track ended badly');
    async function* failing() {
      yield samples(1);
      throw cause;
    }
    const { positions, error } = await ending(fromFrames(failing(), { sampleRate: 8000, label: 'caller', ...quiet }));
    expect(positions).toEqual([0]);
    expect(error).toMatchObject({ code: 'SOURCE_FAILED', cause });
    expect(error!.message).toContain('caller: the frames ended with an error: track ended badly');
    const broken = { [Symbol.asyncIterator]: () => ({ next: () => undefined as never }) };
    expect((await ending(fromFrames(broken, quiet))).error).toMatchObject({ code: 'SOURCE_FAILED' });
  });

  const detached = () => {
    const data = samples(1, 2);
    structuredClone(data, { transfer: [data.buffer] });
    return data;
  };
  const full = { sampleRate: 8000, channels: 1 };
  const closed = {
    get data(): Int16Array {
      throw new Error('the track was closed');
    },
  };
  it.each<[string, unknown, string]>([
    ['bytes', Buffer.alloc(4), 'is bytes (view them as samples'],
    ['other arrays', new Float64Array(2), 'is a Float64Array'],
    ['a DataView', new DataView(new ArrayBuffer(2)), 'is a DataView'],
    ['numbers', [1, 2], 'is an array of 2'],
    ['text', 'AAAA', 'is string'],
    ['nothing', undefined, 'is undefined'],
    ['null', null, 'is null'],
    ['an object of something else', { samples: samples(1), rate: 8000 }, 'has undefined for data'],
    ['bytes for data', { ...full, data: Buffer.alloc(4) }, 'has bytes (view them as samples'],
    ['an object for data', { ...full, data: { left: samples(1) } }, 'has an object of left for data'],
    ['detached memory', detached(), 'has detached data'],
    ['detached memory in a frame', { ...full, data: detached(), samplesPerChannel: 2 }, 'has detached data'],
    [
      'a length that does not fit the channels',
      { ...full, channels: 2, data: samples(1, 2, 3) },
      'has 3 samples, which is no multiple of its 2 channels',
    ],
    [
      'a count that contradicts the data',
      { ...full, data: samples(1, 2), samplesPerChannel: 4 },
      'says samplesPerChannel 4, but its data holds 2',
    ],
    ['a rate of nothing', { ...full, data: samples(1), sampleRate: 0 }, 'says sampleRate 0'],
    [
      'a rate that is no number',
      { ...full, data: samples(1), sampleRate: '8000' },
      'says sampleRate 8000, which is no whole number',
    ],
    ['a rate beyond all', { ...full, data: samples(1), sampleRate: 1e9 }, 'says sampleRate 1000000000'],
    ['no channels', { ...full, data: samples(1), channels: 0 }, 'says channels 0'],
    ['half a channel', { ...full, data: samples(1), channels: 1.5 }, 'says channels 1.5'],
    ['fields that throw', closed, "can't be read: the track was closed"],
  ])('refuses %s with a typed error that says which frame, after what came before', async (_, frame, what) => {
    for (const live of [false, true]) {
      const frames = [{ ...full, data: samples(1) }, frame, { ...full, data: samples(2) }];
      const { positions, error } = await ending(fromFrames(frames as FrameInput, { live, label: 'caller', ...quiet }));
      expect(positions).toEqual([0]);
      expect(error).toMatchObject({ name: 'SourceError', code: 'INVALID_FRAME' });
      expect(error!.message).toContain(`caller: frame 1 ${what}`);
    }
  });

  it('refuses frames that contradict the options, and bare samples without a rate', async () => {
    const other = { data: samples(1), sampleRate: 44_100, channels: 1 };
    const { error } = await ending(fromFrames([other], { sampleRate: 48_000, ...quiet }));
    expect(error).toMatchObject({
      code: 'INVALID_FRAME',
      message: expect.stringContaining('says sampleRate 44100, but fromFrames({ sampleRate }) says 48000'),
    });
    const missing = await ending(fromFrames([samples(1)], { label: 'caller', ...quiet }));
    expect(missing.error).toMatchObject({ code: 'INVALID_OPTION', option: 'fromFrames({ sampleRate })' });
  });

  it('refuses what frames can not be read from', async () => {
    for (const input of [undefined, null, 5, 'frames', samples(1, 2), {}, Buffer.alloc(2)]) {
      expect((await ending(fromFrames(input as never, quiet))).error).toMatchObject({ code: 'SOURCE_UNUSABLE' });
    }
    const locked = new ReadableStream<Int16Array>();
    locked.getReader();
    const broken = () => {
      throw new Error('no such track');
    };
    expect((await ending(fromFrames(locked, quiet))).error).toMatchObject({ code: 'SOURCE_UNUSABLE' });
    expect((await ending(fromFrames(broken, quiet))).error).toMatchObject({
      code: 'SOURCE_UNUSABLE',
      message: expect.stringContaining('no such track'),
    });
  });

  it('refuses options that make no sense at once', () => {
    const refusals: [object, string][] = [
      [{ sampleRate: 0 }, 'fromFrames({ sampleRate })'],
      [{ sampleRate: 8000.5 }, 'fromFrames({ sampleRate })'],
      [{ sampleRate: '8000' }, 'fromFrames({ sampleRate })'],
      [{ channels: 0 }, 'fromFrames({ channels })'],
      [{ channels: 65 }, 'fromFrames({ channels })'],
      [{ live: 'yes' }, 'fromFrames({ live })'],
      [{ live: null }, 'fromFrames({ live })'],
      [{ live: { maxBytes: 10 } }, 'fromFrames({ live: { maxBytes } })'],
      [{ live: { maxMs: -1 } }, 'fromFrames({ live: { maxMs } })'],
      [{ live: { overflow: 'block' } }, 'fromFrames({ live: { overflow } })'],
    ];
    for (const [options, option] of refusals) {
      expect(() => fromFrames([], options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
    }
  });
});

describe('fromFrames({ live })', () => {
  /** 100 ms at 8 kHz. */
  const frame = (n: number) => new Int16Array(800).fill(n);

  it('pulls as frames come, whatever is held, and drops beyond its bound', async () => {
    const { iterable, probe, give, end } = producer<Int16Array>();
    const { events, seen } = eventLog();
    const chunks: FloatChunk[] = [];
    let release: Release | undefined;
    const done = new Promise<void>((resolve) => {
      fromFrames(iterable, { sampleRate: 8000, live: { maxMs: 300 }, events }).subscribe({
        next: (audio) => {
          chunks.push(audio);
          release ??= audio.flow.hold();
        },
        complete: resolve,
      });
    });
    for (let n = 0; n < 8; n += 1) await give(frame(n));
    expect(probe.pulled).toBe(9);
    expect(chunks).toHaveLength(1);
    release?.();
    await end();
    await done;
    expect(chunks.map(({ timing }) => [timing.position / 800, timing.skipped])).toEqual([
      [0, undefined],
      [5, 'dropped'],
      [6, undefined],
      [7, undefined],
    ]);
    const drops = seen.filter((event: StreamEvent) => event.type === 'diagnostic' && event.code === 'AUDIO_DROPPED');
    expect(drops).toMatchObject([
      { atMs: 100, stream: 'frames', message: expect.stringContaining('fromFrames(frames) dropped 400 ms') },
    ]);
  });

  it('knows when audio was captured from its arrival, without the jitter', async () => {
    const { iterable, give, end } = producer<Int16Array>();
    const chunks: FloatChunk[] = [];
    fromFrames(iterable, { sampleRate: 8000, live: true, ...quiet }).subscribe((audio) => chunks.push(audio));
    const now = vi.spyOn(Date, 'now');
    for (const [n, delayMs] of [5, 60, 5, 90, 30].entries()) {
      now.mockReturnValue(1_000_000 + (n + 1) * 100 + delayMs);
      await give(frame(n));
    }
    await end();
    expect(chunks.map(({ timing }) => timing.capturedAtMs)).toEqual([1, 2, 3, 4, 5].map((n) => 1_000_005 + n * 100));
    // What is pulled at the consumer's pace is not live.
    expect((await all([frame(1)]))[0]!.timing.capturedAtMs).toBeUndefined();
  });

  it('fails with overflow: error after what waited, and cancels its producer at once', async () => {
    const { iterable, probe, give } = producer<Int16Array>();
    let seen = 0;
    let failure: unknown;
    let release: Release | undefined;
    fromFrames(iterable, { sampleRate: 8000, live: { maxMs: 200, overflow: 'error' }, ...quiet }).subscribe({
      next: ({ flow }) => {
        seen += 1;
        release ??= flow.hold();
      },
      error: (error) => {
        failure = error;
      },
    });
    for (let n = 0; n < 4; n += 1) await give(frame(n));
    expect(probe).toEqual({ pulled: 4, returned: 1 });
    expect([seen, failure]).toEqual([1, undefined]);
    release?.();
    expect(seen).toBe(3);
    expect(failure).toMatchObject({ code: 'QUEUE_OVERFLOW' });
  });

  it("passes a producer's error on after what waits, and lets go of everything when unsubscribed", async () => {
    const first = producer<Int16Array>();
    const log: string[] = [];
    let release: Release | undefined;
    fromFrames(first.iterable, { sampleRate: 8000, live: true, ...quiet }).subscribe({
      next: ({ flow, timing }) => {
        log.push(String(timing.position));
        release ??= flow.hold();
      },
      error: ({ code }) => log.push(code),
    });
    await first.give(frame(0));
    await first.give(frame(1));
    await first.fail(new Error('gone'));
    expect(log).toEqual(['0']);
    release?.();
    expect(log).toEqual(['0', '800', 'SOURCE_FAILED']);
    expect(first.probe.returned).toBe(0);

    const second = producer<Int16Array>();
    let gate: FlowGate | undefined;
    const subscription = fromFrames(second.iterable, { sampleRate: 8000, live: true, ...quiet }).subscribe(({ flow }) => {
      gate = flow as FlowGate;
      gate.hold();
    });
    await second.give(frame(0));
    expect(gate?.holds).toBe(1);
    subscription.unsubscribe();
    await turn();
    expect(second.probe).toEqual({ pulled: 2, returned: 1 });
    expect(gate?.holds).toBe(0);
  });
});
