import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WavReader } from '../../../src/audio/wav/index.js';
import { cutting, decodeAll, decodedByFfmpeg, eventLog, fixture, fixturePath, isSame, rmsError } from '../../support/decoding.js';
import { chunk, makeWav, pcm16 } from '../../support/wav.js';

function read(input: Uint8Array | readonly Uint8Array[]) {
  const log = eventLog();
  const reader = new WavReader({ label: 'test.wav', events: log.events });
  return { ...decodeAll(reader, input instanceof Uint8Array ? [input] : input), log };
}

/** The second of audio that all of fixtures/formats hold, read independently. */
const reference = (() => {
  const wav = fixture('formats/pcm_s16le.wav');
  return Float32Array.from({ length: 16_000 }, (_, i) => wav.readInt16LE(44 + i * 2) / 32_768);
})();

describe('WavReader on files', () => {
  it.each([
    'pcm_s16le',
    'pcm_s24le',
    'pcm_s32le',
    'float32',
    'float64',
    'extensible_s16',
    'extensible_24in32',
    'fmt18_cbsize0',
    'junk_before_fmt_odd_chunk',
    'list_before_data',
    'list_after_data',
    'rf64',
    'big_endian_rifx',
  ])('gives exactly the samples of %s.wav, and nothing to complain about', (name) => {
    const { channels, sampleRate, error, log } = read(fixture(`formats/${name}.wav`));
    expect(error).toBeUndefined();
    expect(sampleRate).toBe(16_000);
    expect(isSame(channels, [reference])).toBe(true);
    expect(log.codes()).toEqual([]);
  });

  it.each([
    ['44k1_s16', 44_100, 1],
    ['rate_11025', 11_025, 1],
    ['pcm_u8', 16_000, 1],
    ['alaw_8k', 8000, 1],
    ['mulaw_8k', 8000, 1],
    ['six_channels', 8000, 6],
    ['extensible_float_stereo', 16_000, 2],
  ])('gives what ffmpeg gives for %s.wav', (name, rate, count) => {
    const { channels, sampleRate, seconds, error, log } = read(fixture(`formats/${name}.wav`));
    expect(error).toBeUndefined();
    expect({ sampleRate, channels: channels.length, seconds }).toEqual({ sampleRate: rate, channels: count, seconds: 1 });
    expect(isSame(channels, decodedByFfmpeg(fixturePath(`formats/${name}.wav`), count))).toBe(true);
    expect(log.codes()).toEqual([]);
  });

  it.each([
    ['pcm_u8', 'pcm_u8'],
    ['pcm_s24le', 'pcm_s24le'],
    ['big_endian_rifx', 'pcm_s16be'],
    ['float64', 'pcm_f64le'],
    ['mulaw_8k', 'mulaw'],
    ['alaw_8k', 'alaw'],
  ])('says what %s holds', (name, codec) => {
    const { pieces } = read(fixture(`formats/${name}.wav`));
    expect(pieces[0]?.format).toMatchObject({ container: 'wav', codec, channels: 1, durationMs: 1000 });
  });

  it('reads a two-party call of 14 s in pieces of at most 250 ms', () => {
    const { pieces, channels, seconds } = read(fixture('call/support_mulaw_8k.wav'));
    expect(seconds).toBe(14.1);
    expect(pieces.every(({ length }) => length <= 2000)).toBe(true);
    const byFfmpeg = decodedByFfmpeg(fixturePath('call/support_mulaw_8k.wav'), 2);
    expect(rmsError(channels[0]!, byFfmpeg[0]!)).toBe(0);
    expect(rmsError(channels[1]!, byFfmpeg[1]!)).toBe(0);
  });

  it('gives the same samples and diagnostics however the bytes are cut', () => {
    const files = ['pcm_s24le', 'junk_before_fmt_odd_chunk', 'rf64', 'six_channels', 'list_after_data'].map(
      (name) => `formats/${name}`,
    );
    for (const name of [...files, 'corrupt/data_size_too_small', 'corrupt/odd_byte_count', 'corrupt/truncated_half']) {
      const bytes = fixture(`${name}.wav`);
      const whole = read(bytes);
      fc.assert(
        fc.property(cutting(bytes), (pieces) => {
          const cut = read(pieces);
          expect(isSame(cut.channels, whole.channels)).toBe(true);
          expect(cut.log.diagnostics()).toEqual(whole.log.diagnostics());
          expect(cut.error).toEqual(whole.error);
        }),
        { numRuns: 25 },
      );
    }
  });

  it('needs no more than one byte at a time', () => {
    const bytes = fixture('formats/list_before_data.wav').subarray(0, 2000);
    const { channels } = read(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)));
    expect(isSame(channels, read(bytes).channels)).toBe(true);
  });
});

describe('WavReader on headers that lie or leave things open', () => {
  it.each(['data_size_zero', 'data_size_ffffffff'])('reads %s to the end, as streams are written', (name) => {
    const { channels, pieces, error, log } = read(fixture(`corrupt/${name}.wav`));
    expect(error).toBeUndefined();
    expect(isSame(channels, [reference])).toBe(true);
    expect(pieces[0]!.format.durationMs).toBeUndefined();
    expect(log.codes()).toEqual([]);
  });

  it('delivers all there is when the header announces more, and says so', () => {
    const { channels, error, log } = read(fixture('corrupt/data_size_too_big.wav'));
    expect(error).toBeUndefined();
    expect(isSame(channels, [reference])).toBe(true);
    expect(log.diagnostics()).toMatchObject([{ code: 'HEADER_MISMATCH', atMs: 1000 }]);
    expect(log.diagnostics()[0]!.message).toContain('announces 96000 bytes of samples, but 32000 came');
  });

  it('goes on where the header ends the samples too early, and says so', () => {
    const { channels, error, log } = read(fixture('corrupt/data_size_too_small.wav'));
    expect(error).toBeUndefined();
    expect(isSame(channels, [reference])).toBe(true);
    expect(log.diagnostics()).toMatchObject([{ code: 'HEADER_MISMATCH', atMs: 500 }]);
  });

  it('does not take what follows the RIFF chunk for samples', () => {
    const data = pcm16([1, 2, 3, 4]);
    const { channels, log } = read(Buffer.concat([makeWav({ data }), Buffer.alloc(500)]));
    expect(channels[0]).toHaveLength(4);
    expect(log.diagnostics()).toMatchObject([{ code: 'TRAILING_BYTES' }]);
    const second = read(Buffer.concat([makeWav({ data }), makeWav({ data })]));
    expect(second.channels[0]).toHaveLength(4);
    expect(second.log.diagnostics()[0]?.message).toContain('another RIFF file begins at byte 52');
  });

  it('passes over chunks after the samples in silence, odd ones too', () => {
    const after = Buffer.concat([chunk('LIST', Buffer.from('INFOx')), chunk('id3 ', Buffer.alloc(7))]);
    const { error, log } = read(makeWav({ data: pcm16([1, 2, 3]), after }));
    expect(error).toBeUndefined();
    expect(log.codes()).toEqual([]);
  });

  it('tells of samples that are no whole blocks, and drops what is left of the last', () => {
    const { channels, error, log } = read(fixture('corrupt/odd_byte_count.wav'));
    expect(error).toBeUndefined();
    expect(isSame(channels, [reference.subarray(0, 15_999)])).toBe(true);
    expect(log.codes()).toEqual(['TRAILING_BYTES']);
    const streamed = read(makeWav({ data: Buffer.alloc(2002), dataSize: 0xffffffff, channels: 2 }));
    expect(streamed.channels[0]).toHaveLength(500);
    expect(streamed.log.diagnostics()[0]?.message).toContain('2 bytes that are no whole block of 4');
  });

  it('makes zeros of what is no number', () => {
    const { channels, error, log } = read(fixture('corrupt/float_nan_inf.wav'));
    expect(error).toBeUndefined();
    expect(channels[0]!.every(Number.isFinite)).toBe(true);
    const byFfmpeg = decodedByFfmpeg(fixturePath('corrupt/float_nan_inf.wav'), 1)[0]!;
    expect(isSame(channels, [byFfmpeg.map((sample) => (Number.isFinite(sample) ? sample : 0))])).toBe(true);
    expect(log.codes()).toEqual(['NON_FINITE_SAMPLES']);
  });

  it('notices a sample rate that the rest of the header contradicts', () => {
    const { sampleRate, log } = read(makeWav({ sampleRate: 8000, byteRate: 32_000, data: pcm16([1, 2, 3]) }));
    expect(sampleRate).toBe(8000);
    expect(log.diagnostics()).toMatchObject([{ code: 'SUSPECT_SAMPLE_RATE' }]);
    expect(log.diagnostics()[0]!.message).toContain('says 8000 Hz, but its 32000 bytes per second mean 16000 Hz');
  });

  it('notices a block size that fits neither the bits nor the byte rate', () => {
    const { channels, log } = read(makeWav({ blockAlign: 7, data: pcm16([16_384]) }));
    expect(channels[0]![0]).toBe(0.5);
    expect(log.codes()).toEqual(['HEADER_MISMATCH']);
  });

  it('reads 24 bits, alone or in the upper bits of 32', () => {
    const { channels, log } = read(makeWav({ bits: 24, data: Buffer.from([0, 0, 0x40]) }));
    expect(channels[0]![0]).toBe(0.5);
    expect(log.codes()).toEqual([]);
    const padded = read(makeWav({ bits: 24, blockAlign: 4, data: Buffer.from([0, 0, 0, 0x40]) }));
    expect(padded.channels[0]![0]).toBe(0.5);
    expect(padded.log.codes()).toEqual([]);
  });
});

describe('WavReader on broken files', () => {
  it.each([
    ['bits_13', 'UNSUPPORTED_FORMAT', 34, '13 bits'],
    ['channels_zero', 'CORRUPT_INPUT', 22, '0 channels'],
    ['rate_zero', 'CORRUPT_INPUT', 24, 'a sample rate of 0 Hz'],
    ['unknown_format_tag', 'UNSUPPORTED_FORMAT', 20, '0x1234'],
    ['bad_riff_magic', 'CORRUPT_INPUT', 0, 'RIFX, big-endian, but its header is little-endian'],
    ['bad_wave_tag', 'UNRECOGNIZED_INPUT', 0, 'no WAV file'],
    ['header_cut_20_bytes', 'TRUNCATED_INPUT', 20, 'in its header (byte 20, in the fmt chunk at byte 12)'],
    ['header_only_no_data', 'EMPTY_INPUT', 44, 'no samples follow'],
    ['zero_bytes', 'EMPTY_INPUT', 0, 'the input is empty'],
  ])('errors for %s, naming the byte', (name, code, byteOffset, message) => {
    const { pieces, error } = read(fixture(`corrupt/${name}.wav`));
    expect(pieces).toEqual([]);
    expect(error).toMatchObject({ code, byteOffset, timeMs: 0, message: expect.stringContaining(message) });
    expect((error as Error).message).toMatch(/^test\.wav: /);
  });

  it('delivers what came before the input broke off', () => {
    const { channels, error } = read(fixture('corrupt/truncated_half.wav'));
    expect(isSame(channels, [reference.subarray(0, 8000)])).toBe(true);
    expect(error).toMatchObject({ code: 'TRUNCATED_INPUT', byteOffset: 16_045, timeMs: 500 });
  });

  it.each([
    [
      'samples before the format',
      Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE'), chunk('data', Buffer.alloc(8))]),
      'CORRUPT_INPUT',
      12,
    ],
    [
      'a fmt chunk that is too short',
      Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE'), chunk('fmt ', Buffer.alloc(14))]),
      'CORRUPT_INPUT',
      16,
    ],
    ['65,535 channels', makeWav({ channels: 65_535, bits: 8, blockAlign: 1, byteRate: 16_000 }), 'CORRUPT_INPUT', 22],
    ['a rate of 4 GHz', makeWav({ sampleRate: 0xffffffff, byteRate: 1 }), 'CORRUPT_INPUT', 24],
    ['GSM, which only ffmpeg decodes', makeWav({ tag: 49 }), 'UNSUPPORTED_FORMAT', 20],
    ['float of 16 bits', makeWav({ tag: 3 }), 'UNSUPPORTED_FORMAT', 34],
  ])('refuses %s', (_, bytes, code, byteOffset) => {
    expect(read(bytes).error).toMatchObject({ code, byteOffset });
  });

  it('never fails in any other way, however the header is mangled', () => {
    const files = ['pcm_s16le', 'rf64', 'extensible_float_stereo', 'list_after_data'].map((name) =>
      fixture(`formats/${name}.wav`),
    );
    const mangled = fc
      .tuple(fc.constantFrom(...files), fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 }), fc.nat(400))
      .map(([file, changes, length]) => {
        const bytes = Buffer.from(file.subarray(0, length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(mangled, (bytes) => {
        const { error } = read(bytes);
        if (error !== undefined) expect(error).toMatchObject({ code: expect.stringMatching(/_(INPUT|FORMAT)$/) });
      }),
      { numRuns: 500 },
    );
  });
});
