import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/errors/index.js';
import { type Demuxer, findFfmpeg, startFfmpegDecoder } from '../../src/process/index.js';
import { decodeWithFfmpeg, type FloatWav, fixture, fixturePath, isAlive, readFloatWav } from './decode-with-ffmpeg.js';

async function decode(demuxer: Demuxer, name: string, lowLatency = false): Promise<FloatWav> {
  const { wav, error } = await decodeWithFfmpeg({ demuxer, lowLatency }, fixture(name));
  if (error) throw error;
  return readFloatWav(wav);
}

/** The second of audio that all of fixtures/formats hold, from its plain 16-bit WAV. */
function reference(): Float32Array {
  const wav = fixture('formats/pcm_s16le.wav');
  return Float32Array.from({ length: (wav.length - 44) >> 1 }, (_, i) => wav.readInt16LE(44 + i * 2) / 32_768);
}

/** Byte for byte; quicker than toEqual() on a million samples. */
function same(left: Float32Array, right: Float32Array): boolean {
  return Buffer.from(left.buffer).equals(Buffer.from(right.buffer));
}

function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

/** Output of ffmpeg itself, for inputs that are easier made than kept. */
function makeWithFfmpeg(...args: string[]): Buffer {
  const { stdout, stderr, status } = spawnSync(findFfmpeg().path, ['-v', 'error', ...args], { maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(stderr.toString());
  return stdout;
}

describe('startFfmpegDecoder() on whole files', () => {
  it.each([
    ['aiff', 'formats/clip.aiff'],
    ['caf', 'formats/clip.caf'],
    ['w64', 'formats/clip.w64'],
  ] as const)('gives exactly the samples of lossless %s', async (demuxer, name) => {
    const { channels, sampleRate, samples } = await decode(demuxer, name);
    expect({ channels, sampleRate }).toEqual({ channels: 1, sampleRate: 16_000 });
    expect(same(samples, reference())).toBe(true);
  });

  it.each([
    ['ogg', 'formats/clip.oga', 16_000, 1000],
    ['ogg', 'formats/clip.spx', 16_000, 1000],
    ['wav', 'formats/gsm_8k.wav', 8000, 1000],
    ['wav', 'formats/ima_adpcm.wav', 16_000, 1020.5],
  ] as const)('gives the duration, rate and level of lossy %s %s', async (demuxer, name, rate, ms) => {
    const { channels, sampleRate, samples } = await decode(demuxer, name);
    expect({ channels, sampleRate }).toEqual({ channels: 1, sampleRate: rate });
    // ffmpeg 4 and 5 differ by half a Vorbis block at the end.
    expect(Math.abs((samples.length / rate) * 1000 - ms)).toBeLessThan(10);
    expect(rms(samples) / rms(reference())).toBeGreaterThan(0.7);
    expect(rms(samples) / rms(reference())).toBeLessThan(1.3);
  });

  it.each([
    ['ogg', 'call/support.ogg', 48_000, 2, 14_100],
    ['flac', 'call/support_16k.flac', 16_000, 2, 14_100],
    ['amr', 'call/support_customer.amr', 8000, 1, 14_100],
    ['matroska', 'formats/chromium_mediarecorder_live.webm', 48_000, 2, 4980],
    ['wav', 'formats/six_channels.wav', 8000, 6, 1000],
  ] as const)("keeps the input's own rate and channels: %s %s", async (demuxer, name, rate, count, ms) => {
    const { channels, sampleRate, samples } = await decode(demuxer, name);
    expect({ channels, sampleRate }).toEqual({ channels: count, sampleRate: rate });
    expect((samples.length / channels / sampleRate) * 1000).toBeCloseTo(ms, 0);
  });

  it('keeps the length of silences that AMR does not transmit, up to the last word', async () => {
    const { sampleRate, samples } = await decode('amr', 'call/support_customer_dtx.amr');
    // The customer speaks at 3.965-6.665 s and 11.195-12.005 s.
    const level = (fromS: number, toS: number) => rms(samples.subarray(fromS * sampleRate, toS * sampleRate));
    expect(samples.length / sampleRate).toBeGreaterThan(12.005);
    expect(level(0.5, 3.5)).toBe(0);
    expect(level(4, 6.6)).toBeGreaterThan(0.02);
    expect(level(7, 11)).toBe(0);
    expect(level(11.25, 12)).toBeGreaterThan(0.02);
  });

  it('is given any pieces and gives the same audio', async () => {
    const file = fixture('formats/clip.oga');
    const whole = await decodeWithFfmpeg({ demuxer: 'ogg' }, file);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: file.length }), { maxLength: 20 }), async (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), file.length];
        const pieces = edges.slice(1).map((end, i) => file.subarray(edges[i], end));
        const { wav } = await decodeWithFfmpeg({ demuxer: 'ogg' }, pieces);
        expect(wav.equals(whole.wav)).toBe(true);
      }),
      { numRuns: 8 },
    );
  });

  it('reads two streams at the same time without mixing them up', async () => {
    const [first, second] = await Promise.all([decode('ogg', 'call/support.ogg'), decode('aiff', 'formats/clip.aiff')]);
    expect(first.samples.length).toBe(14_100 * 48 * 2);
    expect(same(second.samples, reference())).toBe(true);
  });
});

describe('startFfmpegDecoder() with lowLatency', () => {
  it.each([
    ['ogg', 'call/support.ogg'],
    ['flac', 'call/support_16k.flac'],
    ['amr', 'call/support_customer.amr'],
    ['matroska', 'formats/chromium_mediarecorder_live.webm'],
    ['wav', 'formats/gsm_8k.wav'],
    ['caf', 'formats/clip.caf'],
  ] as const)('loses nothing of what was read while probing %s', async (demuxer, name) => {
    expect(same((await decode(demuxer, name, true)).samples, (await decode(demuxer, name)).samples)).toBe(true);
  });

  it('delivers audio from the first bytes, before it is given more', async () => {
    const mp3 = makeWithFfmpeg('-i', fixturePath('formats/pcm_s16le.wav'), '-ar', '16000', '-f', 'mp3', 'pipe:1');
    const decoder = await new Promise<ReturnType<typeof startFfmpegDecoder>>((resolve, reject) => {
      const started = startFfmpegDecoder({
        demuxer: 'mp3',
        lowLatency: true,
        onDrain: () => {},
        onData: () => resolve(started),
        onEnd: () => reject(new Error('ended')),
        onError: reject,
      });
      started.write(mp3.subarray(0, 1536));
    });
    decoder.kill();
    await decoder.exited;
  });
});

describe('startFfmpegDecoder() on bad input', () => {
  it('names an m4a whose index comes last, and its advice works', async () => {
    const { error, wav } = await decodeWithFfmpeg({ demuxer: 'mov' }, fixture('call/support.m4a'));
    expect(error).toMatchObject({ code: 'FFMPEG_FAILED', exitCode: 1, timeMs: 0 });
    expect(error?.message).toContain('index (moov atom) comes after the audio');
    expect(error?.message).toContain('-movflags +faststart');
    expect(wav.length).toBeLessThanOrEqual(68);

    const folder = mkdtempSync(path.join(tmpdir(), 'faststart-'));
    const rewritten = path.join(folder, 'out.m4a');
    makeWithFfmpeg('-i', fixturePath('call/support.m4a'), '-c', 'copy', '-movflags', '+faststart', rewritten);
    const streamable = readFileSync(rewritten);
    rmSync(folder, { recursive: true });
    const { samples } = readFloatWav((await decodeWithFfmpeg({ demuxer: 'mov' }, streamable)).wav);
    expect(samples.length / 2 / 48_000).toBeCloseTo(14.1, 1);

    // Cut off, it gives what is there, and says that there should be more.
    const cut = await decodeWithFfmpeg({ demuxer: 'mov' }, streamable.subarray(0, streamable.length / 2));
    expect(readFloatWav(cut.wav).samples.length).toBeGreaterThan(0.4 * samples.length);
    expect(cut.outcome?.truncated).toBe(true);
  });

  it('says when there is no audio stream', async () => {
    const video = makeWithFfmpeg('-f', 'lavfi', '-i', 'testsrc=s=64x64:d=0.2', '-c:v', 'mpeg4', '-f', 'matroska', 'pipe:1');
    const { error } = await decodeWithFfmpeg({ demuxer: 'matroska' }, video);
    expect(error?.message).toBe('ffmpeg (matroska) failed with exit code 1: the input has no audio stream');
  });

  it('says when the audio stream is empty, though ffmpeg would call that a success', async () => {
    const { error } = await decodeWithFfmpeg({ demuxer: 'wav' }, fixture('corrupt/header_only_no_data.wav'));
    expect(error?.message).toBe('ffmpeg (wav) failed with exit code 1: the input holds no audio samples');
  });

  it.each([
    ['mov', 'corrupt/m4a_no_moov.m4a', 'it has no index (moov atom)'],
    ['mov', 'corrupt/m4a_truncated.m4a', 'it has no index (moov atom)'],
    ['ogg', 'corrupt/ogg_no_header_pages.ogg', 'End of file'],
    ['ogg', 'corrupt/random_bytes.wav', 'End of file'],
    ['wav', 'corrupt/zeros_20k.wav', 'Invalid data found'],
    ['flac', 'corrupt/text_renamed.wav', ''],
    ['matroska', 'corrupt/html_renamed.mp3', ''],
    ['mov', 'corrupt/png_renamed.wav', ''],
    ['aac', 'corrupt/one_byte.mp3', ''],
  ] as const)('errors for what is no %s: %s', async (demuxer, name, reason) => {
    const { error, wav, decoder } = await decodeWithFfmpeg({ demuxer }, fixture(name));
    expect(error).toMatchObject({ code: 'FFMPEG_FAILED', exitCode: 1, timeMs: 0 });
    expect(error?.message).toContain(`ffmpeg (${demuxer}) failed with exit code 1: `);
    expect(error?.message).toContain(reason);
    expect(error?.stderrTail).not.toBe('');
    expect(wav.length).toBeLessThanOrEqual(68);
    expect(isAlive(decoder.pid)).toBe(false);
  });

  it('errors for no input at all', async () => {
    const { error } = await decodeWithFfmpeg({ demuxer: 'ogg' }, []);
    expect(error).toMatchObject({ code: 'FFMPEG_FAILED', exitCode: 1 });
  });

  it('decodes around damage and passes the complaints on', async () => {
    const flipped = await decodeWithFfmpeg({ demuxer: 'flac' }, fixture('corrupt/flac_bitflips.flac'));
    expect(flipped.outcome?.complaints).toMatch(/CRC/);
    expect(readFloatWav(flipped.wav).samples.length).toBe(16_000);
    const cut = await decodeWithFfmpeg({ demuxer: 'flac' }, fixture('corrupt/flac_truncated.flac'));
    expect(cut.outcome?.complaints).not.toBe('');
    expect(readFloatWav(cut.wav).samples.length).toBe(4608);
  });

  it('delivers what came before an Ogg stream broke off', async () => {
    const { wav, outcome } = await decodeWithFfmpeg({ demuxer: 'ogg' }, fixture('corrupt/ogg_truncated.ogg'));
    expect(outcome).toBeDefined();
    expect(readFloatWav(wav).samples.length).toBeGreaterThan(20_000);
  });

  it('refuses demuxers that read other files, at once', () => {
    const callbacks = { onDrain: () => {}, onData: () => {}, onEnd: () => {}, onError: () => {} };
    for (const demuxer of ['hls', 'concat', 'image2', 'sdp', 'dash', 'wav,hls']) {
      expect(() => startFfmpegDecoder({ ...callbacks, demuxer: demuxer as Demuxer })).toThrow(OptionError);
    }
  });
});
