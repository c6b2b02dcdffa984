import fc from 'fast-check';
import { concat, from, lastValueFrom, merge, NEVER, Observable, of, Subject, take, throwError, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { Mp3Decoder } from '../../src/audio/mp3/index.js';
import { type DecodeOptions, decode } from '../../src/operators/decode.js';
import { fromFile } from '../../src/sources/from-file.js';
import { fromReadable } from '../../src/sources/from-readable.js';
import { byteSource, collect, noChildLeft } from '../support/bytes.js';
import { cutting, eventLog, fixture, fixturePath, isSame } from '../support/decoding.js';
import { unboundedFlow } from '../support/unbounded-flow.js';
import { makeWav, pcm16 } from '../support/wav.js';

const wav = fixture('formats/pcm_s16le.wav');
const mp3 = fixture('corrupt/mp3_named.wav');
/** 14.1 s of 48 kHz stereo as WAV, far more than any pipe holds. */
const long = makeWav({ sampleRate: 48_000, channels: 2, data: Buffer.alloc(14.1 * 192_000, 1) });

describe('decode() on bytes', () => {
  it('takes plain Uint8Arrays in any pieces', async () => {
    for (const bytes of [wav, mp3]) {
      const whole = await collect(of(bytes), decode());
      expect(whole).toMatchObject({ seconds: 1, error: undefined });
      await fc.assert(
        fc.asyncProperty(cutting(bytes), async (pieces) => {
          const cut = await collect(from(pieces), decode());
          expect(cut.error).toBeUndefined();
          expect(isSame(cut.channels, whole.channels)).toBe(true);
        }),
        { numRuns: 15 },
      );
    }
  });

  it('places chunks one after the other on the timeline of their source', async () => {
    const { source$ } = byteSource(long, 65_536);
    const { chunks } = await collect(source$, decode());
    let position = 0;
    for (const { timing, length, format, data } of chunks) {
      expect(timing).toEqual({ source: chunks[0]!.timing.source, position });
      expect(format).toEqual({ encoding: 'float32', channels: 2, sampleRate: 48_000 });
      expect(data.map((samples) => samples.length)).toEqual([length, length]);
      position += length;
    }
    expect(position).toBe(14.1 * 48_000);
    expect(new Set(chunks.map(({ format }) => format)).size).toBe(1);
  });

  it('emits what it can before its input goes on, in-process formats from the first piece on', () => {
    const input = new Subject<Uint8Array>();
    const lengths: number[] = [];
    const subscription = input.pipe(decode()).subscribe(({ length }) => lengths.push(length));
    input.next(wav.subarray(0, 1000));
    expect(lengths).toEqual([478]);
    input.next(wav.subarray(1000, 1003));
    expect(lengths).toEqual([478, 1]);
    subscription.unsubscribe();
  });

  it('decodes raw samples whose format is given, whatever they look like', async () => {
    const log = eventLog();
    const format = { encoding: 'mulaw', sampleRate: 8000, channels: 2 } as const;
    const bytes = fixture('call/support_mulaw_8k.wav').subarray(58);
    const { channels, seconds, error } = await collect(of(bytes), decode({ format, events: log.events, label: 'trunk 7' }));
    expect(error).toBeUndefined();
    expect(seconds).toBe(14.1);
    const asWav = await collect(fromFile(fixturePath('call/support_mulaw_8k.wav')), decode());
    expect(isSame(channels, asWav.channels)).toBe(true);
    expect(log.seen).toEqual([
      {
        type: 'format',
        container: 'raw',
        codec: 'mulaw',
        sampleRate: 8000,
        channels: 2,
        decoder: 'in-process',
        stream: 'trunk 7',
      },
    ]);
    const suspicious = eventLog();
    await collect(of(wav), decode({ format: { encoding: 's16le', sampleRate: 16_000 }, events: suspicious.events }));
    expect(suspicious.codes()).toEqual(['SUSPECT_RAW_PCM']);
  });

  it('marks silence that stands for damaged input as concealed', async () => {
    const { events } = eventLog();
    const { chunks } = await collect(of(fixture('corrupt/mp3_hole_in_middle.mp3')), decode({ events }));
    const kinds = chunks.map(({ timing }) => timing.kind ?? 'audio');
    expect(new Set(kinds)).toEqual(new Set(['audio', 'concealed']));
    expect(kinds.at(-1)).toBe('audio');
  });

  it('tells of audio that can give no results', async () => {
    const log = eventLog();
    await collect(of(makeWav({ data: Buffer.alloc(32_000) })), decode({ events: log.events }));
    await collect(of(makeWav({ sampleRate: 8000, byteRate: 32_000, data: pcm16([5, 6]) })), decode({ events: log.events }));
    expect(log.codes()).toEqual(['ALL_ZERO_AUDIO', 'SUSPECT_SAMPLE_RATE']);
  });
});

describe('decode() on several sources', () => {
  it('decodes them one after the other, each from position 0, whatever decoder each needs', async () => {
    const log = eventLog();
    const sources = [
      'formats/clip.oga',
      'corrupt/mp3_named.wav',
      'formats/clip.aiff',
      'formats/pcm_s16le.wav',
      'formats/clip.oga',
    ];
    const { chunks, error } = await collect(
      concat(...sources.map((name) => fromFile(fixturePath(name)))),
      decode({ events: log.events }),
    );
    expect(error).toBeUndefined();
    const found = [...new Set(chunks.map(({ timing }) => timing.source))];
    expect(found.map(({ label }) => label)).toEqual(sources.map((name) => name.replace(/.*\//, '')));
    for (const source of found) {
      const own = chunks.filter(({ timing }) => timing.source === source);
      expect(own[0]!.timing.position).toBe(0);
      expect(own.reduce((sum, { length }) => sum + length, 0) / 16_000).toBeCloseTo(1, 2);
    }
    expect(log.seen.filter(({ type }) => type === 'format')).toHaveLength(5);
    await noChildLeft();
  });

  it('ends with the error of the first that is broken, after the audio before it', async () => {
    const files = ['formats/clip.oga', 'corrupt/truncated_half.wav', 'formats/pcm_s16le.wav'];
    const { seconds, error } = await collect(concat(...files.map((name) => fromFile(fixturePath(name)))), decode());
    expect(seconds).toBeCloseTo(1.5, 2);
    expect(error).toMatchObject({ code: 'TRUNCATED_INPUT', message: expect.stringContaining('truncated_half.wav: ') });
  });

  it('refuses sources that were merged', async () => {
    const a = byteSource(long, 1000).source$;
    const b = byteSource(long, 1000).source$;
    const { events } = eventLog();
    expect((await collect(merge(a, b), decode({ events }))).error).toMatchObject({ code: 'INTERLEAVED_SOURCES' });
  });
});

describe('decode() when things end badly', () => {
  it('passes on the error of its source, after the audio before it, not that the input breaks off', async () => {
    for (const [bytes, least] of [
      [wav.subarray(0, 16_045), 0.5],
      [wav.subarray(0, 16_044), 0.5],
      [mp3.subarray(0, 3000), 0.35],
      [fixture('call/support.ogg').subarray(0, 40_000), 3],
      [fixture('call/support.m4a').subarray(0, 1000), 0],
      [new Uint8Array(0), 0],
    ] as const) {
      const broken$ = concat(
        of(bytes),
        throwError(() => new Error('cable pulled')),
      );
      const { events, codes } = eventLog();
      const { seconds, error } = await collect(broken$, decode({ events }));
      expect(error).toMatchObject({ message: 'cable pulled' });
      expect(codes()).not.toContain('HEADER_MISMATCH');
      expect(seconds).toBeGreaterThanOrEqual(least);
    }
    await noChildLeft();
  });

  it('errors for no input at all, with the name it has', async () => {
    expect((await collect(from([]), decode({ label: 'leg A' }))).error).toMatchObject({
      code: 'EMPTY_INPUT',
      message: 'leg A: the input is empty',
    });
    for (const options of [{}, { format: { encoding: 'mulaw', sampleRate: 8000 } }] as const) {
      const ofFile = await collect(fromFile(fixturePath('corrupt/zero_bytes.wav')), decode(options));
      expect(ofFile.error).toMatchObject({ code: 'EMPTY_INPUT', message: 'zero_bytes.wav: the input is empty' });
      const ofReadable = await collect(fromReadable([], { label: 'leg B' }), decode(options));
      expect(ofReadable.error).toMatchObject({ code: 'EMPTY_INPUT', message: 'leg B: the input is empty' });
    }
  });

  it('says when it is given something else than bytes', async () => {
    const decoded$ = of(wav).pipe(decode()) as unknown as Observable<Uint8Array>;
    expect((await collect(decoded$, decode())).error).toMatchObject({
      code: 'FORMAT_MISMATCH',
      message: expect.stringContaining('audio that is decoded already'),
    });
    for (const value of ['text', 7, null, {}]) {
      const { error } = await collect(of(value as unknown as Uint8Array), decode());
      expect(error).toMatchObject({ code: 'FORMAT_MISMATCH' });
    }
  });

  it('gives up when a source that cannot be paused is far ahead of its consumer', async () => {
    const flood$ = new Observable<Uint8Array>((subscriber) => {
      for (let i = 0; i < 30 && !subscriber.closed; i += 1)
        subscriber.next(i === 0 ? long.subarray(0, 44) : Buffer.alloc(1024 * 1024));
    });
    const error = await new Promise((resolve) => {
      flood$.pipe(decode()).subscribe({ next: ({ flow }) => void flow.hold(), error: resolve });
    });
    expect(error).toMatchObject({ code: 'QUEUE_OVERFLOW', message: expect.stringContaining('decode()') });
  });

  it.each<[string, unknown]>([
    ['format: { encoding }', { format: { encoding: 's17le', sampleRate: 8000 } }],
    ['format: { sampleRate }', { format: { encoding: 's16le' } }],
    ['ffmpegPath', { ffmpegPath: '' }],
    ['lowLatency', { lowLatency: 'yes' }],
    ['label', { label: 7 }],
  ])('throws at once for a wrong %s', (option, options) => {
    expect(() => decode(options as DecodeOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: `decode({ ${option} })` }),
    );
  });
});

describe('decode() frees what it uses', () => {
  it('gives the MP3 decoder back after the end, an error and an unsubscription, even one that is still loading', async () => {
    const load = vi.spyOn(Mp3Decoder, 'load');
    const free = vi.spyOn(Mp3Decoder.prototype, 'free');
    try {
      await collect(of(mp3), decode());
      await collect(of(fixture('corrupt/mp3_cut_midframe.mp3')), decode({ events: eventLog().events }));
      await collect(of(mp3), (input$) => input$.pipe(decode(), take(1)));
      expect(load).toHaveBeenCalledTimes(3);
      expect(free.mock.contexts.length).toBeGreaterThanOrEqual(3);
      expect(new Set(free.mock.contexts).size).toBe(3);

      const subscription = concat(of(mp3), NEVER).pipe(decode()).subscribe();
      subscription.unsubscribe();
      await load.mock.results[3]!.value;
      await vi.waitFor(() => expect(new Set(free.mock.contexts).size).toBe(4), { interval: 1 });
    } finally {
      load.mockRestore();
      free.mockRestore();
    }
  });

  it('is cold: two subscriptions decode on their own', async () => {
    const audio$ = of({ data: wav, source: { label: 'x' }, flow: unboundedFlow }).pipe(decode());
    const [first, second] = await Promise.all([lastValueFrom(audio$.pipe(toArray())), lastValueFrom(audio$.pipe(toArray()))]);
    expect(second).toHaveLength(first.length);
    expect(second[0]!.data[0]).not.toBe(first[0]!.data[0]);
  });
});
