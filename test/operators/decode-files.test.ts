import { createReadStream, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { concat } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { decode } from '../../src/operators/decode.js';
import { fromFile } from '../../src/sources/from-file.js';
import { fromReadable } from '../../src/sources/from-readable.js';
import { movThatRefersTo } from '../process/mov-that-refers-to.js';
import { collect, noChildLeft } from '../support/bytes.js';
import { decodedByFfmpeg, eventLog, fixture, fixturePath, rmsError } from '../support/decoding.js';

afterEach(noChildLeft);

/** Decodes a file that comes through a pipe, so that there is no way to read it but from front to back. */
async function decodeFile(name: string) {
  const log = eventLog();
  const source$ = fromReadable(() => createReadStream(fixturePath(name)).pipe(new PassThrough()), { label: path.basename(name) });
  return { ...(await collect(source$, decode({ events: log.events }))), log };
}

/** Container and codec in events, seconds, rate, channels. */
const GOOD: Record<string, [container: string, codec: string, seconds: number, sampleRate: number, channels: number]> = {
  'formats/44k1_s16.wav': ['wav', 'pcm_s16le', 1, 44_100, 1],
  'formats/alaw_8k.wav': ['wav', 'alaw', 1, 8000, 1],
  'formats/big_endian_rifx.wav': ['wav', 'pcm_s16be', 1, 16_000, 1],
  'formats/chromium_mediarecorder_live.webm': ['ffmpeg:matroska', 'matroska', 4.98, 48_000, 2],
  'formats/clip.aiff': ['ffmpeg:aiff', 'aiff', 1, 16_000, 1],
  'formats/clip.caf': ['ffmpeg:caf', 'caf', 1, 16_000, 1],
  'formats/clip.oga': ['ffmpeg:ogg', 'vorbis', 1, 16_000, 1],
  'formats/clip.spx': ['ffmpeg:ogg', 'speex', 1, 16_000, 1],
  'formats/clip.w64': ['ffmpeg:w64', 'w64', 1, 16_000, 1],
  'formats/extensible_24in32.wav': ['wav', 'pcm_s32le', 1, 16_000, 1],
  'formats/extensible_float_stereo.wav': ['wav', 'pcm_f32le', 1, 16_000, 2],
  'formats/extensible_s16.wav': ['wav', 'pcm_s16le', 1, 16_000, 1],
  'formats/float32.wav': ['wav', 'pcm_f32le', 1, 16_000, 1],
  'formats/float64.wav': ['wav', 'pcm_f64le', 1, 16_000, 1],
  'formats/fmt18_cbsize0.wav': ['wav', 'pcm_s16le', 1, 16_000, 1],
  'formats/gsm_8k.wav': ['ffmpeg:wav', 'gsm_ms', 1, 8000, 1],
  'formats/ima_adpcm.wav': ['ffmpeg:wav', 'adpcm_ima_wav', 1.02, 16_000, 1],
  'formats/junk_before_fmt_odd_chunk.wav': ['wav', 'pcm_s16le', 1, 16_000, 1],
  'formats/list_after_data.wav': ['wav', 'pcm_s16le', 1, 16_000, 1],
  'formats/list_before_data.wav': ['wav', 'pcm_s16le', 1, 16_000, 1],
  'formats/mulaw_8k.wav': ['wav', 'mulaw', 1, 8000, 1],
  'formats/pcm_s16le.wav': ['wav', 'pcm_s16le', 1, 16_000, 1],
  'formats/pcm_s24le.wav': ['wav', 'pcm_s24le', 1, 16_000, 1],
  'formats/pcm_s32le.wav': ['wav', 'pcm_s32le', 1, 16_000, 1],
  'formats/pcm_u8.wav': ['wav', 'pcm_u8', 1, 16_000, 1],
  'formats/rate_11025.wav': ['wav', 'pcm_s16le', 1, 11_025, 1],
  'formats/rf64.wav': ['wav', 'pcm_s16le', 1, 16_000, 1],
  'formats/six_channels.wav': ['wav', 'pcm_s16le', 1, 8000, 6],
  'call/support.mp3': ['mp3', 'mp3', 14.1, 48_000, 2],
  'call/support.ogg': ['ffmpeg:ogg', 'opus', 14.1, 48_000, 2],
  'call/support_16k.flac': ['ffmpeg:flac', 'flac', 14.1, 16_000, 2],
  'call/support_mulaw_8k.wav': ['wav', 'mulaw', 14.1, 8000, 2],
  'call/humans_mulaw_8k.wav': ['wav', 'mulaw', 25.1, 8000, 2],
  'call/support_customer.amr': ['ffmpeg:amr', 'amr_nb', 14.1, 8000, 1],
};

/** Broken, but decodable to the end: seconds, and what is said about it. */
const RECOVERED: Record<string, [seconds: number, codes: string[]]> = {
  'corrupt/data_size_ffffffff.wav': [1, []],
  'corrupt/data_size_too_big.wav': [1, ['HEADER_MISMATCH']],
  'corrupt/data_size_too_small.wav': [1, ['HEADER_MISMATCH']],
  'corrupt/data_size_zero.wav': [1, []],
  'corrupt/flac_bitflips.flac': [1, ['DECODE_RECOVERED']],
  'corrupt/float_nan_inf.wav': [1, ['NON_FINITE_SAMPLES']],
  'corrupt/mp3_hole_in_middle.mp3': [1, ['DECODE_RECOVERED']],
  'corrupt/mp3_junk_prefix.mp3': [1, ['DECODE_RECOVERED']],
  'corrupt/mp3_named.wav': [1, ['EXTENSION_MISMATCH']],
  'corrupt/odd_byte_count.wav': [15_999 / 16_000, ['TRAILING_BYTES']],
  'corrupt/wav_named.mp3': [1, ['EXTENSION_MISMATCH']],
};

/** Broken: the seconds delivered before, the error's code and byte, and what it says. */
const BROKEN: Record<string, [seconds: number, code: string, byteOffset: number, says: string]> = {
  'corrupt/bad_riff_magic.wav': [0, 'CORRUPT_INPUT', 0, 'RIFX, big-endian, but its header is little-endian'],
  'corrupt/bad_wave_tag.wav': [0, 'CORRUPT_INPUT', 8, '"WAVX"'],
  'corrupt/bits_13.wav': [0, 'UNSUPPORTED_FORMAT', 34, '13 bits'],
  'corrupt/channels_zero.wav': [0, 'CORRUPT_INPUT', 22, '0 channels'],
  'corrupt/flac_truncated.flac': [0.288, 'TRUNCATED_INPUT', 12_144, 'announces 16000 samples'],
  'corrupt/header_cut_20_bytes.wav': [0, 'TRUNCATED_INPUT', 20, 'in its header (byte 20'],
  'corrupt/header_only_no_data.wav': [0, 'EMPTY_INPUT', 44, 'no samples follow'],
  'corrupt/html_renamed.mp3': [0, 'UNRECOGNIZED_INPUT', 0, 'this is an HTML page'],
  'corrupt/id3_only.mp3': [0, 'EMPTY_INPUT', 2048, 'no audio'],
  'corrupt/m4a_no_moov.m4a': [0, 'CORRUPT_INPUT', 6692, 'has no index (moov box)'],
  'corrupt/m4a_truncated.m4a': [0, 'TRUNCATED_INPUT', 3743, 'within its mdat box'],
  'corrupt/mp3_cut_midframe.mp3': [0.543, 'TRUNCATED_INPUT', 4066, 'within the frame that begins at byte 3908'],
  'corrupt/ogg_no_header_pages.ogg': [0, 'CORRUPT_INPUT', 0, 'without its header pages'],
  'corrupt/ogg_truncated.ogg': [0.49, 'TRUNCATED_INPUT', 1681, 'within the Ogg page at byte 1605'],
  'corrupt/one_byte.mp3': [0, 'UNRECOGNIZED_INPUT', 0, 'the first byte is no audio format'],
  'corrupt/png_renamed.wav': [0, 'UNRECOGNIZED_INPUT', 0, 'this is a PNG image'],
  'corrupt/random_bytes.wav': [0, 'UNRECOGNIZED_INPUT', 0, 'the first 20000 bytes are no audio format'],
  'corrupt/rate_zero.wav': [0, 'CORRUPT_INPUT', 24, '0 Hz'],
  'corrupt/text_renamed.wav': [0, 'UNRECOGNIZED_INPUT', 0, 'this is plain text'],
  'corrupt/truncated_half.wav': [0.5, 'TRUNCATED_INPUT', 16_045, 'breaks off at byte 16045'],
  'corrupt/unknown_format_tag.wav': [0, 'UNSUPPORTED_FORMAT', 20, '0x1234'],
  'corrupt/zero_bytes.wav': [0, 'EMPTY_INPUT', 0, 'the input is empty'],
  'corrupt/zeros_20k.wav': [0, 'UNRECOGNIZED_INPUT', 0, 'nothing but zero bytes'],
  'call/support.m4a': [0, 'MOOV_AT_END', 114_536, '+faststart'],
  'formats/raw_s16le_16k.pcm': [0, 'UNRECOGNIZED_INPUT', 0, 'for raw samples give decode({ format'],
};

it('the tables below speak of every file there is', () => {
  const known = new Set([...Object.keys(GOOD), ...Object.keys(RECOVERED), ...Object.keys(BROKEN)]);
  for (const folder of ['formats', 'corrupt']) {
    for (const file of readdirSync(fixturePath(folder))) expect(known).toContain(`${folder}/${file}`);
  }
});

describe('decode() gives what ffmpeg gives', () => {
  it.each(Object.entries(GOOD))('for %s', async (name, [container, codec, seconds, sampleRate, count]) => {
    const { chunks, channels, error, log, ...result } = await decodeFile(name);
    expect(error).toBeUndefined();
    expect(Math.abs(result.seconds - seconds)).toBeLessThan(0.01);
    expect(
      chunks.every(({ length, data }) => length <= sampleRate / 4 && data.every((samples) => samples.length === length)),
    ).toBe(true);
    const formats = log.seen.filter(({ type }) => type === 'format');
    expect(formats).toMatchObject([{ container, codec, sampleRate, channels: count, stream: path.basename(name) }]);
    expect(log.codes()).toEqual([]);
    // ffmpeg 5 makes noise of these two, by treating them as floats and as little-endian; WavReader's own test has their samples.
    if (name.includes('24in32') || name.includes('rifx')) return;
    const judge = decodedByFfmpeg(fixturePath(name), count);
    expect(Math.abs(channels[0]!.length - judge[0]!.length)).toBeLessThanOrEqual(container === 'ffmpeg:ogg' ? 200 : 0);
    for (const [i, samples] of channels.entries()) expect(rmsError(samples, judge[i]!)).toBeLessThan(1e-5);
  });
});

describe('decode() gets to the end of', () => {
  it.each(Object.entries(RECOVERED))('%s, and says what is wrong', async (name, [seconds, codes]) => {
    const { error, log, ...result } = await decodeFile(name);
    expect(error).toBeUndefined();
    expect(result.seconds).toBeCloseTo(seconds, 6);
    expect(log.codes()).toEqual(codes);
    for (const { message } of log.diagnostics()) expect(message).toMatch(new RegExp(`^${path.basename(name)}: `));
  });
});

describe('decode() names the fault and its byte, after all that can be decoded', () => {
  it.each(Object.entries(BROKEN))('of %s', async (name, [seconds, code, byteOffset, says]) => {
    const { error, ...result } = await decodeFile(name);
    expect(error).toMatchObject({ code, byteOffset, message: expect.stringContaining(says) });
    expect(Math.abs(result.seconds - seconds)).toBeLessThan(0.005);
    expect(Math.abs((error as { timeMs: number }).timeMs / 1000 - seconds)).toBeLessThan(0.005);
  });
});

it('decode() reads the samples of an MP4 whose index comes first', async () => {
  const late = fixture('call/support.m4a');
  // ftyp, moov, mdat: the chunk offsets in stco have to move by moov's size.
  const moov = Buffer.from(late.subarray(114_536));
  const stco = moov.indexOf('stco') + 8;
  const count = moov.readUInt32BE(stco);
  for (let i = 0; i < count; i += 1) moov.writeUInt32BE(moov.readUInt32BE(stco + 4 + i * 4) + moov.length, stco + 4 + i * 4);
  const early = Buffer.concat([late.subarray(0, 28), moov, late.subarray(28, 114_536)]);
  const log = eventLog();
  const { of } = await import('rxjs');
  const whole = await collect(of(early), decode({ events: log.events }));
  expect(whole.error).toBeUndefined();
  expect(whole.seconds).toBeCloseTo(14.1, 1);
  expect(log.seen).toMatchObject([{ type: 'format', container: 'ffmpeg:mp4', sampleRate: 48_000, channels: 2 }]);
  const cut = await collect(of(early.subarray(0, 60_000)), decode({ events: log.events }));
  expect(cut.seconds).toBeGreaterThan(5);
  expect(cut.error).toMatchObject({ code: 'TRUNCATED_INPUT', byteOffset: 60_000 });
});

describe('decode() reads a file out of order where it has to', () => {
  it('when the index of an MP4 comes last', async () => {
    const log = eventLog();
    const { error, seconds, channels } = await collect(fromFile(fixturePath('call/support.m4a')), decode({ events: log.events }));
    expect(error).toBeUndefined();
    expect(seconds).toBeCloseTo(14.1, 1);
    expect(log.seen).toMatchObject([{ type: 'format', container: 'ffmpeg:mp4', sampleRate: 48_000, channels: 2 }]);
    const judge = decodedByFfmpeg(fixturePath('call/support.m4a'), 2);
    for (const [i, samples] of channels.entries()) expect(rmsError(samples, judge[i]!)).toBeLessThan(1e-5);
  });

  it('as one source among others', async () => {
    const files = ['call/support.m4a', 'formats/extensible_float_stereo.wav'].map((name) => fromFile(fixturePath(name)));
    const { error, seconds } = await collect(concat(...files), decode());
    expect(error).toBeUndefined();
    expect(seconds).toBeCloseTo(15.1, 1);
  });

  it('but follows no reference to another file', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'references-'));
    try {
      const file = path.join(folder, 'late.m4a');
      const data = Buffer.from('\0\0\0\x14ftypqt  \0\0\0\0qt  \0\0\0\x10mdat12345678', 'latin1');
      writeFileSync(file, Buffer.concat([data, movThatRefersTo(fixturePath('call/support_16k.flac'))]));
      const { error, chunks } = await collect(fromFile(file), decode());
      expect(chunks).toEqual([]);
      expect(error).toMatchObject({ code: 'FFMPEG_FAILED' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each(['corrupt/m4a_no_moov.m4a', 'corrupt/m4a_truncated.m4a'])('but not %s, which has none', async (name) => {
    const { error } = await collect(fromFile(fixturePath(name)), decode());
    expect(error).toMatchObject({ code: expect.stringMatching(/^(CORRUPT|TRUNCATED)_INPUT$/) });
  });
});
