import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRawFormat, RawDecoder, type RawFormat } from '../../../src/audio/raw/index.js';
import { cutting, decodeAll, eventLog, fixture, isSame } from '../../support/decoding.js';

function read(format: RawFormat, input: Uint8Array | readonly Uint8Array[]) {
  const log = eventLog();
  const decoder = new RawDecoder(
    checkRawFormat(format, (name) => name),
    { label: 'line', events: log.events },
  );
  return { ...decodeAll(decoder, input instanceof Uint8Array ? [input] : input), log };
}

const s16 = fixture('formats/raw_s16le_16k.pcm');
/** The samples of a WAV file behind its header. */
const samplesOf = (name: string, header: number) => fixture(name).subarray(header);
const mulawStereo = samplesOf('call/support_mulaw_8k.wav', 58);

describe('RawDecoder', () => {
  it('gives the samples, a quarter of a second at a time', () => {
    const { channels, pieces, error, log } = read({ encoding: 's16le', sampleRate: 16_000 }, s16);
    expect(error).toBeUndefined();
    expect(isSame(channels, [Float32Array.from({ length: 16_000 }, (_, i) => s16.readInt16LE(i * 2) / 32_768)])).toBe(true);
    expect(pieces.map(({ length }) => length)).toEqual([4000, 4000, 4000, 4000]);
    expect(pieces[0]!.format).toEqual({ container: 'raw', codec: 'pcm_s16le', sampleRate: 16_000, channels: 1 });
    expect(log.codes()).toEqual([]);
  });

  it.each([
    ['u8', [0, 128, 192], [-1, 0, 0.5]],
    ['s8', [128, 0, 64], [-1, 0, 0.5]],
    ['s16le', [0, 128, 0, 0, 0, 64], [-1, 0, 0.5]],
    ['s16be', [128, 0, 0, 0, 64, 0], [-1, 0, 0.5]],
    ['s24le', [0, 0, 128, 0, 0, 0, 0, 0, 64], [-1, 0, 0.5]],
    ['s24be', [128, 0, 0, 0, 0, 0, 64, 0, 0], [-1, 0, 0.5]],
    ['s32le', [0, 0, 0, 128, 0, 0, 0, 64], [-1, 0.5]],
    ['s32be', [128, 0, 0, 0, 64, 0, 0, 0], [-1, 0.5]],
    ['float32le', [0, 0, 128, 191, 0, 0, 0, 63], [-1, 0.5]],
    ['float32be', [191, 128, 0, 0, 63, 0, 0, 0], [-1, 0.5]],
    ['float64le', [0, 0, 0, 0, 0, 0, 224, 191], [-0.5]],
    ['float64be', [191, 224, 0, 0, 0, 0, 0, 0], [-0.5]],
    // ITU-T G.711: the loudest, and the quietest, of each sign.
    ['mulaw', [0x00, 0x80, 0x7f, 0xff], [-32_124 / 32_768, 32_124 / 32_768, 0, 0]],
    ['alaw', [0x2a, 0xaa, 0x55, 0xd5], [-32_256 / 32_768, 32_256 / 32_768, -8 / 32_768, 8 / 32_768]],
  ] as const)('reads %s', (encoding, bytes, samples) => {
    const { channels } = read({ encoding, sampleRate: 8000 }, Uint8Array.from(bytes));
    expect(Array.from(channels[0]!, (sample) => sample + 0)).toEqual(samples.map((sample) => sample + 0));
  });

  it('separates channels, at any alignment in memory', () => {
    const bytes = Buffer.concat([Buffer.alloc(1), s16]).subarray(1);
    const { channels } = read({ encoding: 's16le', sampleRate: 16_000, channels: 2 }, bytes);
    expect(channels[1]!.slice(0, 3)).toEqual(Float32Array.from([1, 3, 5], (i) => s16.readInt16LE(i * 2) / 32_768));
  });

  it('gives the same however the bytes are cut', () => {
    for (const format of [
      { encoding: 's24le', sampleRate: 8000, channels: 2 },
      { encoding: 's16le', sampleRate: 16_000 },
    ] as const) {
      const whole = read(format, s16);
      fc.assert(
        fc.property(cutting(s16), (pieces) => {
          const cut = read(format, pieces);
          expect(isSame(cut.channels, whole.channels)).toBe(true);
          expect(cut.log.codes()).toEqual(whole.log.codes());
        }),
        { numRuns: 25 },
      );
    }
  });

  it('compares the same stretch with files however long the first piece is', () => {
    // With the frame that seems to lie at its end, this much of the samples begins and ends like MPEG audio.
    expect(read({ encoding: 's16le', sampleRate: 16_000 }, [s16.subarray(0, 8698), s16.subarray(8698)]).log.codes()).toEqual([]);
  });

  it('tells of a byte too many, and of no bytes at all', () => {
    const odd = read({ encoding: 's16le', sampleRate: 16_000 }, s16.subarray(0, 31_999));
    expect(odd.channels[0]).toHaveLength(15_999);
    expect(odd.error).toBeUndefined();
    expect(odd.log.codes()).toEqual(['TRAILING_BYTES']);
    expect(read({ encoding: 's16le', sampleRate: 16_000 }, new Uint8Array(0)).error).toMatchObject({ code: 'EMPTY_INPUT' });
  });

  it('makes zeros of what is no number', () => {
    const { channels, log } = read(
      { encoding: 'float32le', sampleRate: 8000 },
      Buffer.from(Float32Array.of(Number.NaN, 1).buffer),
    );
    expect(Array.from(channels[0]!)).toEqual([0, 1]);
    expect(log.codes()).toEqual(['NON_FINITE_SAMPLES']);
  });
});

describe('RawDecoder on bytes that are something else', () => {
  it.each([
    ['a WAV file', { encoding: 's16le', sampleRate: 16_000 }, fixture('formats/pcm_s16le.wav'), 'begin like WAV audio'],
    ['an Ogg file', { encoding: 's16le', sampleRate: 16_000 }, fixture('call/support.ogg'), 'begin like OGG audio'],
    ['an image', { encoding: 'mulaw', sampleRate: 8000 }, fixture('corrupt/png_renamed.wav'), 'begin like a PNG image'],
    [
      'WAV files one after the other',
      { encoding: 's16le', sampleRate: 16_000 },
      Buffer.concat([s16, fixture('formats/pcm_s16le.wav')]),
      'lies within the raw samples, at byte 32000',
    ],
    [
      'the other byte order',
      { encoding: 's16le', sampleRate: 16_000 },
      Buffer.from(s16).swap16(),
      'read as s16be with 1 channel,',
    ],
    ['a byte missing', { encoding: 's16le', sampleRate: 16_000 }, s16.subarray(1, -1), 's16le that begins one byte later'],
    [
      'floats',
      { encoding: 's16le', sampleRate: 16_000 },
      samplesOf('formats/float32.wav', 58),
      'read as float32le with 1 channel,',
    ],
    ['mu-law', { encoding: 's16le', sampleRate: 8000 }, mulawStereo, 'read as mulaw with 2 channels'],
    ['two channels', { encoding: 'mulaw', sampleRate: 8000 }, mulawStereo, 'read as mulaw with 2 channels'],
  ] as const)('suspects %s, once', (_, format, bytes, message) => {
    const { log, channels } = read(format, bytes);
    expect(log.codes().filter((code) => code !== 'TRAILING_BYTES')).toEqual(['SUSPECT_RAW_PCM']);
    expect(log.diagnostics()[0]!.message).toContain(message);
    expect(channels[0]!.length).toBeGreaterThan(0);
  });

  it('finds a header within the samples wherever the pieces are cut', () => {
    const bytes = Buffer.concat([s16, fixture('formats/pcm_s16le.wav')]);
    for (let cut = 31_995; cut < 32_020; cut += 1) {
      const { log } = read({ encoding: 's16le', sampleRate: 16_000 }, [bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(log.codes()).toEqual(['SUSPECT_RAW_PCM']);
    }
  });

  it('leaves speech, silence and tones alone', () => {
    const tone = Buffer.from(Int16Array.from({ length: 16_000 }, (_, i) => 9000 * Math.sin(i)).buffer);
    for (const [bytes, encoding, channels] of [
      [s16, 's16le', 1],
      [mulawStereo, 'mulaw', 2],
      [Buffer.alloc(40_000), 's16le', 1],
      [tone, 's16le', 1],
    ] as const) {
      expect(read({ encoding, sampleRate: 8000, channels }, bytes).log.codes()).toEqual([]);
    }
  });
});

describe('checkRawFormat()', () => {
  it.each([
    [{ encoding: 'pcm', sampleRate: 8000 }, 'format: { encoding }'],
    [{ encoding: 's16le', sampleRate: 0 }, 'format: { sampleRate }'],
    [{ encoding: 's16le', sampleRate: 8000.5 }, 'format: { sampleRate }'],
    [{ encoding: 's16le', sampleRate: 8000, channels: 0 }, 'format: { channels }'],
    ['s16le', 'format'],
    [null, 'format'],
  ])('refuses %j, naming the option', (format, option) => {
    expect(() => checkRawFormat(format as RawFormat, (name) => `decode({ ${name} })`)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: `decode({ ${option} })` }),
    );
  });
});
