import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import prism from 'prism-media';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FfmpegError } from '../../src/errors/index.js';
import { type FfmpegDecoder, type FfmpegDecoderOptions, startFfmpegDecoder } from '../../src/process/index.js';
import { decodeWithFfmpeg, fixture, isAlive, readFloatWav } from './decode-with-ffmpeg.js';
import { fakeFfmpeg } from './fake-ffmpeg.js';

/** A decoder with a log of what it did, whose turning points can be awaited. */
function start(settings: Partial<FfmpegDecoderOptions> = {}) {
  const log = { bytes: 0, drains: 0, ends: 0, errors: [] as FfmpegError[], decoder: undefined as unknown as FfmpegDecoder };
  let heard = () => {};
  let over = () => {};
  const firstData = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  log.decoder = startFfmpegDecoder({
    demuxer: 'wav',
    onDrain: () => {
      log.drains += 1;
      settings.onDrain?.();
    },
    onData: (bytes) => {
      log.bytes += bytes.length;
      settings.onData?.(bytes);
      heard();
    },
    onEnd: () => {
      log.ends += 1;
      over();
    },
    onError: (error) => {
      log.errors.push(error);
      over();
    },
    ...(({ onData, onDrain, ...rest }) => rest)(settings),
  });
  return { ...log, log, firstData, ended };
}

/** The header of an endless 48 kHz stereo 16-bit WAV. */
function wavHeader(): Buffer {
  const header = Buffer.from(fixture('formats/pcm_s16le.wav').subarray(0, 44));
  header.writeUInt32LE(0xffffffff, 4);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(48_000, 24);
  header.writeUInt32LE(192_000, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt32LE(0xffffffff, 40);
  return header;
}

describe('the life of an ffmpeg child', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'fake-ffmpeg-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('ends with its input, and nothing is left', async () => {
    const { decoder, wav } = await decodeWithFfmpeg({ demuxer: 'ogg' }, fixture('formats/clip.oga'));
    expect(wav.length).toBeGreaterThan(60_000);
    expect(isAlive(decoder.pid)).toBe(false);
    expect(process.listeners('exit').filter((listener) => listener.name === 'killAll')).toEqual([]);
  });

  it('is gone after a kill in the middle, and no callback comes any more', async () => {
    const { decoder, log, firstData } = start();
    decoder.write(wavHeader());
    decoder.write(Buffer.alloc(1024 * 1024));
    await firstData;
    expect(isAlive(decoder.pid)).toBe(true);
    const before = { ...log };
    decoder.kill();
    decoder.kill();
    expect(decoder.write(Buffer.alloc(1024 * 1024))).toBe(true);
    decoder.resume();
    decoder.end();
    await decoder.exited;
    expect(isAlive(decoder.pid)).toBe(false);
    expect(log).toEqual(before);
  });

  it('is gone after a kill before it said anything', async () => {
    const { decoder, log } = start({ demuxer: 'ogg' });
    decoder.kill();
    await decoder.exited;
    expect(isAlive(decoder.pid)).toBe(false);
    expect(log).toMatchObject({ bytes: 0, drains: 0, ends: 0, errors: [] });
  });

  it('is gone after a kill though it is held and its pipes are full', async () => {
    const { decoder } = start();
    decoder.pause();
    decoder.write(wavHeader());
    while (decoder.write(Buffer.alloc(4 * 1024 * 1024)));
    // As a clock: time enough for ffmpeg to start and to fill its output.
    await decodeWithFfmpeg({ demuxer: 'ogg' }, fixture('formats/clip.oga'));
    decoder.kill();
    await decoder.exited;
    expect(isAlive(decoder.pid)).toBe(false);
  });

  it('is killed outright when it ignores SIGTERM and its broken pipes', async () => {
    const stubborn = fakeFfmpeg(
      folder,
      `for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGPIPE']) process.on(signal, () => {});
       for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on('error', () => {});
       process.stdin.resume();
       process.stdout.write(wav(1));
       setInterval(() => {}, 1000);`,
    );
    const { decoder, firstData } = start({ path: stubborn, killGraceMs: 50 });
    await firstData;
    decoder.kill();
    await decoder.exited;
    expect(isAlive(decoder.pid)).toBe(false);
  });

  it('holds memory bounded while paused, and loses nothing', async () => {
    const total = 32 * 1024 * 1024;
    const piece = Buffer.alloc(64 * 1024);
    let accepted = 0;
    let toPause = true;
    const { decoder, log, firstData, ended } = start({
      onDrain: () => feed(),
      onData: () => {
        if (toPause) decoder.pause();
      },
    });
    function feed(): void {
      while (accepted < total) {
        accepted += piece.length;
        if (!decoder.write(piece)) return;
      }
      decoder.end();
    }
    decoder.write(wavHeader());
    feed();
    await firstData;
    toPause = false;
    const delivered = log.bytes;
    // Three whole decodes by other children are the clock: time enough for a child that isn't held to finish.
    for (let i = 0; i < 3; i += 1) await decodeWithFfmpeg({ demuxer: 'ogg' }, fixture('formats/clip.oga'));
    expect(log.bytes).toBe(delivered);
    expect(accepted).toBeLessThan(2 * 1024 * 1024);
    decoder.resume();
    await ended;
    expect(accepted).toBe(total);
    // Two bytes a sample in, four out.
    expect(log).toMatchObject({ bytes: 68 + total * 2, ends: 1, errors: [] });
  });

  it('delivers nothing while paused, even when it has exited meanwhile', async () => {
    const { decoder, log, ended } = start({ path: fakeFfmpeg(folder, 'process.stdout.end(wav(1));') });
    decoder.pause();
    await decoder.exited;
    // Node resumes the output of a process that exits; a turn of the event loop gives it the opportunity.
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toMatchObject({ bytes: 0, ends: 0 });
    decoder.resume();
    await ended;
    expect(log).toMatchObject({ bytes: 68 + 32_000, ends: 1, errors: [] });
  });

  it('may be paused and resumed from within its own data', async () => {
    let nested = 0;
    const { decoder, log, ended } = start({
      demuxer: 'ogg',
      onData: () => {
        nested += 1;
        expect(nested).toBe(1);
        decoder.pause();
        decoder.resume();
        nested -= 1;
      },
    });
    decoder.write(fixture('call/support.ogg'));
    decoder.end();
    await ended;
    expect(log).toMatchObject({ bytes: 68 + 14_100 * 48 * 8, ends: 1 });
  });

  it('does not freeze on 4 MiB of complaints, and keeps the last lines', async () => {
    const chatty = fakeFfmpeg(
      folder,
      `const fs = require('node:fs');
       for (let i = 0; i < 65536; i += 1) fs.writeSync(2, 'complaint ' + String(i).padStart(53, '.') + '\\n');
       fs.writeSync(1, wav(1));`,
    );
    const { outcome, wav } = await decodeWithFfmpeg({ demuxer: 'wav', path: chatty }, []);
    expect(readFloatWav(wav).samples.length).toBe(8000);
    const lines = outcome?.complaints.split('\n') ?? [];
    expect(lines.at(-1)).toMatch(/^complaint \.+65535$/);
    expect(lines[0]).toMatch(/^complaint \.+\d+$/);
    expect(outcome?.complaints.length).toBeGreaterThan(8000);
    expect(outcome?.complaints.length).toBeLessThanOrEqual(8192);
  });

  it('reports an exit code after all audio that came before it, with time and reason', async () => {
    const failing = fakeFfmpeg(
      folder,
      "process.stdout.write(wav(2), () => { console.error('[x @ 0x1f] boom'); process.exitCode = 3; });",
    );
    const { error, wav } = await decodeWithFfmpeg({ demuxer: 'wav', path: failing }, []);
    expect(wav.length).toBe(68 + 64_000);
    expect(error).toMatchObject({ code: 'FFMPEG_FAILED', exitCode: 3, timeMs: 2000, stderrTail: '[x @ 0x1f] boom' });
    expect(error?.message).toBe('ffmpeg (wav) failed with exit code 3 after 2000 ms of audio: boom');
  });

  it('reports a child that somebody else killed', async () => {
    const { decoder, log, firstData, ended } = start();
    decoder.write(wavHeader());
    decoder.write(Buffer.alloc(1024 * 1024));
    await firstData;
    process.kill(decoder.pid!, 'SIGKILL');
    await ended;
    expect(log.errors[0]).toMatchObject({ code: 'FFMPEG_FAILED', exitCode: undefined });
    expect(log.errors[0]?.message).toContain('was killed by SIGKILL');
  });

  it('reports success without a single byte as the failure it is', async () => {
    for (const script of ['', 'process.stdout.write(wav(0));']) {
      const { error } = await decodeWithFfmpeg({ demuxer: 'wav', path: fakeFfmpeg(folder, script) }, []);
      expect(error).toMatchObject({
        code: 'FFMPEG_FAILED',
        exitCode: 0,
        message: 'ffmpeg (wav) ended without any audio: it gave no reason',
      });
    }
  });

  it('survives writing 16 MiB to a child that left at once', async () => {
    const { decoder, log, ended } = start({ path: fakeFfmpeg(folder, 'process.exit(1);') });
    for (let i = 0; i < 16; i += 1) decoder.write(Buffer.alloc(1024 * 1024));
    await ended;
    expect(decoder.write(Buffer.alloc(1024))).toBe(true);
    decoder.end();
    decoder.kill();
    expect(log).toMatchObject({ ends: 0, errors: [{ exitCode: 1 }] });
  });

  it('lets ffmpeg stop reading early: what follows the declared end is not audio', async () => {
    const wav = fixture('formats/pcm_s16le.wav');
    const trailing = Array.from({ length: 64 }, () => Buffer.alloc(64 * 1024, 'junk'));
    const { wav: decoded, error } = await decodeWithFfmpeg({ demuxer: 'wav' }, [wav, ...trailing]);
    expect(error).toBeUndefined();
    expect(readFloatWav(decoded).samples.length).toBe(16_000);
  });

  it('reports a missing ffmpeg later, not from the call', async () => {
    const { decoder, log, ended } = start({ path: path.join(folder, 'nowhere') });
    expect(log.errors).toEqual([]);
    expect(decoder.write(Buffer.alloc(16))).toBe(true);
    decoder.pause();
    decoder.end();
    await ended;
    await decoder.exited;
    expect(log.errors).toMatchObject([{ code: 'FFMPEG_NOT_FOUND' }]);
    expect(decoder.pid).toBeUndefined();

    const unwanted = start({ path: path.join(folder, 'nowhere') });
    unwanted.decoder.kill();
    await new Promise((resolve) => setImmediate(resolve));
    expect(unwanted.log.errors).toEqual([]);
  });

  it('reports a file that can be executed but not run', async () => {
    const broken = path.join(folder, 'broken');
    writeFileSync(broken, '#!/nowhere/interpreter\n', { mode: 0o755 });
    const { decoder, log, ended } = start({ path: broken });
    decoder.write(Buffer.alloc(16));
    await ended;
    await decoder.exited;
    expect(log.errors).toMatchObject([{ code: 'FFMPEG_FAILED' }]);
    expect(log.errors[0]?.message).toContain(`could not be started (${broken})`);
  });

  it('leaves the look-up of prism-media as it was, for its other users', async () => {
    const { getInfo } = prism.FFmpeg;
    const { decoder } = start({ path: fakeFfmpeg(folder, '') });
    expect(prism.FFmpeg.getInfo).toBe(getInfo);
    decoder.kill();
    await decoder.exited;
  });
});
