import fc from 'fast-check';
import { concatMap, from, lastValueFrom, map, type OperatorFunction, pipe, timer, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { AudioChunk, Pcm } from '../../src/audio/index.js';
import type { RawFormat } from '../../src/audio/raw/index.js';
import { channel } from '../../src/operators/channel.js';
import { decode } from '../../src/operators/decode.js';
import { mapAsync } from '../../src/operators/map-async.js';
import { resample } from '../../src/operators/resample.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import { byteSource } from '../support/bytes.js';
import { cutting, eventLog } from '../support/decoding.js';

type Decoded = AudioChunk<Pcm<'float32'>>;
type Sent = AudioChunk<Pcm<'s16le', 1>>;

/** Loud, quiet, and in floats also beyond full scale, NaN and infinite. */
const noise = Buffer.from(Uint8Array.from({ length: 40_000 }, (_, i) => (i * i * 31 + i * 7 + (i >> 5)) & 0xff));
const formats: RawFormat[] = [
  { encoding: 's16le', sampleRate: 8000 },
  { encoding: 's16le', sampleRate: 16_000, channels: 2 },
  { encoding: 's16be', sampleRate: 16_000, channels: 3 },
  { encoding: 'float32le', sampleRate: 8000, channels: 2 },
  { encoding: 'float64be', sampleRate: 8000 },
  { encoding: 's24le', sampleRate: 8000, channels: 2 },
  { encoding: 'mulaw', sampleRate: 8000 },
];

/** Says what was decoded, sent and reported; `stranger` stands between decode() and what follows, which then can't borrow. */
async function sent(pieces: Uint8Array[], format: RawFormat, operator: OperatorFunction<Decoded, Sent>, stranger: boolean) {
  const log = eventLog();
  const decoded$ = from(pieces).pipe(decode({ format, events: log.events }));
  const audio$ = (stranger ? decoded$.pipe(map((chunk) => chunk)) : decoded$).pipe(operator, toArray());
  const chunks = await lastValueFrom(audio$);
  return {
    pieces: chunks.map(({ data, timing, format, length }) => ({ data: data.toString('hex'), timing, format, length })),
    events: log.codes(),
  };
}

describe('audio that decode() lends', () => {
  it.each([
    ['toPcm16le()', pipe(toPcm16le({ events: {} }))],
    ['resample() and toPcm16le()', pipe(resample(11_025), toPcm16le({ events: {} }))],
    ['channel() and toPcm16le()', pipe(channel(0), toPcm16le({ events: {} }))],
    ['channel(), resample() and toPcm16le()', pipe(channel(0), resample(11_025), toPcm16le({ events: {} }))],
    ['resample(), channel() and toPcm16le()', pipe(resample(8000), channel(0), toPcm16le({ events: {} }))],
    ['resample() twice and toPcm16le()', pipe(resample(8000), resample(11_025), toPcm16le({ events: {} }))],
  ])('gives %s the same as audio of its own, for every format and chunking', async (_, operator) => {
    for (const format of formats) {
      await fc.assert(
        fc.asyncProperty(cutting(noise), async (pieces) => {
          const [lent, own] = [await sent(pieces, format, operator, false), await sent(pieces, format, operator, true)];
          expect(lent).toEqual(own);
          expect(lent.pieces.length).toBeGreaterThan(0);
        }),
        { numRuns: 8 },
      );
    }
  });

  it('is not what waits for a slow consumer', async () => {
    const format = { encoding: 's16le', sampleRate: 48_000, channels: 2 } as const;
    const stereo = Buffer.concat(Array.from({ length: 30 }, () => noise));
    const joined = async (slow: boolean, ...operators: [OperatorFunction<Decoded, Sent>]) => {
      const audio$ = byteSource(stereo, 9000).source$.pipe(decode({ format }), ...operators);
      const paced$ = slow ? audio$.pipe(mapAsync((chunk) => lastValueFrom(timer(1).pipe(map(() => chunk))))) : audio$;
      const chunks = await lastValueFrom(paced$.pipe(toArray()));
      return Buffer.concat(chunks.map(({ data }) => data));
    };
    for (const operator of [toPcm16le({ events: {} }), pipe(resample(16_000), toPcm16le({ events: {} }))]) {
      const [quick, slow] = [await joined(false, operator), await joined(true, operator)];
      expect(slow.equals(quick)).toBe(true);
      expect(quick.length).toBeGreaterThan(0);
    }
  });

  it('is never what users see', async () => {
    const format = { encoding: 's16le', sampleRate: 8000, channels: 2 } as const;
    const chunks = await lastValueFrom(
      byteSource(noise, 640).source$.pipe(
        decode({ format }),
        concatMap((chunk) => [chunk]),
        toArray(),
      ),
    );
    const memories = new Set(chunks.flatMap(({ data }) => data.map(({ buffer }) => buffer)));
    expect(memories.size).toBe(2 * chunks.length);
    const left = Buffer.concat(chunks.map(({ data }) => Buffer.from(Int16Array.from(data[0]!, (x) => x * 32_768).buffer)));
    expect(left.readInt16LE(1000)).toBe(noise.readInt16LE(2000));
  });
});
