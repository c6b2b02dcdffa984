import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Mp3Decoder } from '../../../src/audio/mp3/index.js';
import { findFfmpeg } from '../../../src/process/index.js';
import {
  cutting,
  decodeAll,
  decodedByFfmpeg,
  eventLog,
  fixture,
  fixturePath,
  isSame,
  rmsError,
  seeded,
} from '../../support/decoding.js';
import { frameOffsets } from '../../support/mp3.js';

async function read(input: Uint8Array | readonly Uint8Array[]) {
  const log = eventLog();
  const decoder = await Mp3Decoder.load({ label: 'test.mp3', events: log.events });
  const result = decodeAll(decoder, input instanceof Uint8Array ? [input] : input);
  decoder.free();
  return { ...result, log };
}

/** Encodes the second of audio of fixtures/formats, into a file, because into a pipe the info tag stays empty. */
function encode(...args: string[]): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'mp3-'));
  try {
    const file = path.join(folder, 'out');
    const { status, stderr } = spawnSync(findFfmpeg().path, [
      ...['-v', 'error', '-i', fixturePath('formats/pcm_s16le.wav')],
      ...[...args, file],
    ]);
    if (status !== 0) throw new Error(stderr.toString());
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** 48 kHz stereo of 14.1 s, 64 kbit/s; its first frame, the info tag, lies behind an ID3 tag of 20 bytes. */
const call = fixture('call/support.mp3');
/** One second of 16 kHz mono. */
const clip = fixture('corrupt/mp3_named.wav');
const clipFrames = frameOffsets(clip, 20);

let consoleError: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  consoleError = vi.spyOn(console, 'error');
});
afterEach(() => {
  expect(consoleError).not.toHaveBeenCalled();
  consoleError.mockRestore();
});

describe('Mp3Decoder on files', () => {
  it('gives the length that went in, and what ffmpeg gives, for a stereo call', async () => {
    const { channels, sampleRate, seconds, error, pieces, log } = await read(call);
    expect(error).toBeUndefined();
    expect({ sampleRate, channels: channels.length, seconds }).toEqual({ sampleRate: 48_000, channels: 2, seconds: 14.1 });
    expect(pieces[0]!.format).toMatchObject({ container: 'mp3', codec: 'mp3', channels: 2, durationMs: 14_100 });
    const byFfmpeg = decodedByFfmpeg(fixturePath('call/support.mp3'), 2);
    expect(rmsError(channels[0]!, byFfmpeg[0]!)).toBeLessThan(1e-5);
    expect(rmsError(channels[1]!, byFfmpeg[1]!)).toBeLessThan(1e-5);
    expect(log.codes()).toEqual([]);
  });

  it('gives one channel for mono, in spite of what the package returns', async () => {
    const { channels, sampleRate, seconds, error } = await read(clip);
    expect(error).toBeUndefined();
    expect({ sampleRate, channels: channels.length, seconds }).toEqual({ sampleRate: 16_000, channels: 1, seconds: 1 });
    expect(rmsError(channels[0]!, decodedByFfmpeg(fixturePath('corrupt/mp3_named.wav'), 1)[0]!)).toBeLessThan(1e-5);
  });

  it('never yields more than 250 ms at once', async () => {
    for (const file of [call, clip]) {
      const { pieces } = await read(file);
      expect(pieces.every(({ length, format }) => length <= format.sampleRate / 4)).toBe(true);
    }
  });

  it('gives the same samples however the bytes are cut', async () => {
    const bytes = call.subarray(0, 20_000);
    for (const input of [bytes, clip, fixture('corrupt/mp3_hole_in_middle.mp3'), fixture('corrupt/mp3_junk_prefix.mp3')]) {
      const whole = await read(input);
      await fc.assert(
        fc.asyncProperty(cutting(input), async (pieces) => {
          const cut = await read(pieces);
          expect(isSame(cut.channels, whole.channels)).toBe(true);
          expect(cut.log.codes()).toEqual(whole.log.codes());
          expect(cut.error).toEqual(whole.error);
        }),
        { numRuns: 10 },
      );
    }
  });

  it('yields samples of their own memory, which later frames do not change', async () => {
    const decoder = await Mp3Decoder.load({ label: 'test.mp3' });
    const [first] = decoder.push(call.subarray(0, 4000));
    const before = first!.data.map((samples) => samples.slice());
    for (const _ of decoder.push(call.subarray(4000))) void _;
    decoder.free();
    expect(isSame(first!.data, before)).toBe(true);
  });

  it.each([
    ['layer II', ['-c:a', 'mp2', '-ar', '32000', '-f', 'mp2'], 'mp2', 32_000],
    ['variable bit rate', ['-c:a', 'libmp3lame', '-q:a', '4', '-ar', '44100', '-f', 'mp3'], 'mp3', 44_100],
    ['MPEG 2.5 at 8 kHz', ['-c:a', 'libmp3lame', '-b:a', '8k', '-ar', '8000', '-f', 'mp3'], 'mp3', 8000],
    ['no info tag', ['-c:a', 'libmp3lame', '-b:a', '32k', '-write_xing', '0', '-id3v2_version', '0', '-f', 'mp3'], 'mp3', 16_000],
  ])('reads %s', async (_, args, codec, rate) => {
    const { seconds, sampleRate, pieces, error, log } = await read(encode(...args));
    expect(error).toBeUndefined();
    expect(sampleRate).toBe(rate);
    expect(pieces[0]!.format.codec).toBe(codec);
    // Without an info tag nobody knows what the encoder added.
    expect(Math.abs(seconds - 1)).toBeLessThan(args.includes('-write_xing') || codec === 'mp2' ? 0.12 : 0.001);
    expect(log.codes()).toEqual([]);
  });

  it('passes over tags before, after and between, and reads files joined end to end', async () => {
    const id3v1 = Buffer.from('TAG'.padEnd(128, '\0'), 'latin1');
    const ape = Buffer.alloc(32 + 40);
    ape.write('APETAGEX', 'latin1');
    ape.writeUInt32LE(40, 12);
    const { seconds, error, log } = await read(Buffer.concat([clip, id3v1, clip, ape, id3v1]));
    expect(error).toBeUndefined();
    expect(seconds).toBe(2);
    expect(log.codes()).toEqual([]);
  });

  it('follows a change of rate and channels', async () => {
    const { pieces, error } = await read(Buffer.concat([clip, call]));
    expect(error).toBeUndefined();
    const formats = new Set(pieces.map(({ format }) => format));
    expect([...formats].map(({ sampleRate, channels }) => ({ sampleRate, channels }))).toEqual([
      { sampleRate: 16_000, channels: 1 },
      { sampleRate: 48_000, channels: 2 },
    ]);
  });
});

describe('Mp3Decoder on damaged files', () => {
  it('delivers what came before the input broke off', async () => {
    const { channels, error } = await read(fixture('corrupt/mp3_cut_midframe.mp3'));
    const whole = await read(clip);
    expect(channels[0]!.length).toBe(8687);
    expect(isSame(channels, [whole.channels[0]!.subarray(0, 8687)])).toBe(true);
    expect(error).toMatchObject({ code: 'TRUNCATED_INPUT', byteOffset: 4066, timeMs: expect.closeTo(542.9, 1) });
    expect((error as Error).message).toContain('within the frame that begins at byte 3908');
  });

  it('says when whole frames are missing at the end', async () => {
    const { error, log } = await read(clip.subarray(0, clipFrames[10]));
    expect(error).toBeUndefined();
    expect(log.diagnostics()).toMatchObject([{ code: 'HEADER_MISMATCH' }]);
    expect(log.diagnostics()[0]!.message).toContain('21 frames more than came');
  });

  it('keeps what follows a hole in its place, with silence for what is gone', async () => {
    const { channels, seconds, pieces, error, log } = await read(fixture('corrupt/mp3_hole_in_middle.mp3'));
    const whole = await read(clip);
    expect(error).toBeUndefined();
    expect(seconds).toBe(1);
    const concealed = pieces.filter(({ kind }) => kind === 'concealed');
    expect(concealed.reduce((sum, { length }) => sum + length, 0)).toBe(7 * 576);
    expect(concealed.every(({ data }) => data[0]!.every((sample) => sample === 0))).toBe(true);
    expect(rmsError(channels[0]!.subarray(0, 5000), whole.channels[0]!.subarray(0, 5000))).toBe(0);
    expect(rmsError(channels[0]!.subarray(11_500), whole.channels[0]!.subarray(11_500))).toBeLessThan(1e-6);
    expect(log.diagnostics()).toMatchObject([{ code: 'DECODE_RECOVERED', atMs: expect.closeTo(362.9, 1) }]);
    expect(log.diagnostics()[0]!.message).toContain('1512 bytes from byte 2828 on');
  });

  it('passes over junk before the first frame', async () => {
    const { channels, error, log } = await read(fixture('corrupt/mp3_junk_prefix.mp3'));
    expect(error).toBeUndefined();
    expect(isSame(channels, (await read(clip)).channels)).toBe(true);
    expect(log.diagnostics()).toMatchObject([{ code: 'DECODE_RECOVERED', atMs: 0 }]);
  });

  it('ignores junk after the last frame', async () => {
    const { seconds, error, log } = await read(Buffer.concat([clip, Buffer.alloc(700, 7)]));
    expect(error).toBeUndefined();
    expect(seconds).toBe(1);
    expect(log.codes()).toEqual(['TRAILING_BYTES']);
  });

  it('goes on after a frame whose header is broken', async () => {
    const bytes = Buffer.from(clip);
    bytes[clipFrames[12]!] = 0;
    const { seconds, error, log } = await read(bytes);
    expect(error).toBeUndefined();
    expect(seconds).toBe(1);
    expect(log.codes()).toEqual(['DECODE_RECOVERED']);
  });

  it('does not believe an info tag that announces too little', async () => {
    const bytes = Buffer.from(clip);
    bytes.writeUInt32BE(10, bytes.indexOf('Info') + 8);
    const { seconds, error } = await read(bytes);
    expect(error).toBeUndefined();
    expect(seconds).toBeGreaterThan(0.95);
  });

  it.each([
    ['corrupt/id3_only.mp3', 'EMPTY_INPUT', 2048, 'tags (2048 of 2048 bytes) but no audio'],
    ['corrupt/zero_bytes.wav', 'EMPTY_INPUT', 0, 'the input is empty'],
    ['corrupt/html_renamed.mp3', 'CORRUPT_INPUT', 410, 'no MPEG audio frame was found in 410 bytes'],
    ['corrupt/random_bytes.wav', 'CORRUPT_INPUT', 20_000, 'no MPEG audio frame was found'],
    ['corrupt/one_byte.mp3', 'CORRUPT_INPUT', 1, 'no MPEG audio frame was found'],
  ])('errors for %s', async (name, code, byteOffset, message) => {
    const { pieces, error } = await read(fixture(name));
    expect(pieces).toEqual([]);
    expect(error).toMatchObject({ code, byteOffset, timeMs: 0, message: expect.stringContaining(message) });
  });

  it('errors for an ID3 tag that is cut off', async () => {
    expect((await read(fixture('corrupt/id3_only.mp3').subarray(0, 1000))).error).toMatchObject({
      code: 'TRUNCATED_INPUT',
      byteOffset: 1000,
      message: expect.stringContaining('within the tag that begins at byte 0'),
    });
  });

  it('gets through any damage: no hang, no crash, nothing on the console', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seeded(seed);
      let bytes: Buffer = Buffer.from(seed % 2 ? call.subarray(0, 30_000) : clip);
      for (let damage = 0; damage < 1 + seed / 2; damage += 1) {
        const at = Math.floor(random() * bytes.length);
        const length = Math.floor(random() * 600);
        const kind = random();
        if (kind < 0.3) bytes[at] = random() * 256;
        else if (kind < 0.5) bytes.fill(random() * 256, at, Math.min(at + length, bytes.length));
        else if (kind < 0.7) for (let i = at; i < Math.min(at + length, bytes.length); i += 1) bytes[i] = random() * 256;
        else if (kind < 0.85) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        else
          bytes = Buffer.concat([
            bytes.subarray(0, at),
            bytes.subarray(Math.max(0, at - length), at + length),
            bytes.subarray(at),
          ]);
      }
      const { channels, error, log, pieces } = await read(bytes);
      if (error !== undefined) expect(error).toMatchObject({ code: expect.stringMatching(/_INPUT$/) });
      expect(pieces.every(({ data, length }) => data.every((samples) => samples.length === length))).toBe(true);
      expect(channels.every((samples) => samples.every(Number.isFinite))).toBe(true);
      expect(log.diagnostics().length).toBeLessThanOrEqual(20);
    }
  });
});
