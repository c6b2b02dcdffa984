import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { AudioChunk, Pcm, StreamEvent } from '../../src/index.js';
import { findFfmpeg, fromFfmpegInput } from '../../src/index.js';
import { withoutSecrets } from '../../src/process/index.js';
import { fakeFfmpeg } from '../process/fake-ffmpeg.js';
import { holdEach } from '../support/consume.js';

type Decoded = AudioChunk<Pcm<'float32'>>;

const folder = mkdtempSync(path.join(os.tmpdir(), 'ffmpeg-input-'));
const fixture = (name: string) => path.join(import.meta.dirname, '../fixtures', name);
const { path: ffmpeg } = findFfmpeg();
const make = (...args: string[]) => execFileSync(ffmpeg, ['-v', 'error', '-y', ...args]);
const children: ChildProcess[] = [];
const play = (...args: string[]) => {
  const child = spawn(ffmpeg, ['-v', 'error', ...args], { stdio: 'ignore' });
  children.push(child);
  return child;
};

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const secondsOf = (chunks: readonly Decoded[]) => chunks.reduce((sum, { length, format }) => sum + length / format.sampleRate, 0);
const all = (input: string, options?: Parameters<typeof fromFfmpegInput>[1]) =>
  lastValueFrom(fromFfmpegInput(input, options).pipe(toArray()));
const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

describe('a file', () => {
  it('comes at the rate and with the channels asked for, whole and in order', async () => {
    const chunks = await all(fixture('call/support.m4a'), { sampleRate: 8000, channels: 2 });
    expect(secondsOf(chunks)).toBeCloseTo(14.1, 0);
    let position = 0;
    for (const { timing, length, format, data } of chunks) {
      expect(format).toEqual({ encoding: 'float32', channels: 2, sampleRate: 8000 });
      expect([timing.position, data.length, timing.capturedAtMs]).toEqual([position, 2, undefined]);
      expect(length).toBeLessThanOrEqual(800);
      position += length;
    }
  });

  it('keeps a pause in its time stamps: two seconds stay two seconds', async () => {
    const file = path.join(folder, 'pause.mkv');
    make('-f', 'lavfi', '-i', 'sine=440:r=16000:d=6', '-af', "aselect='not(between(t,2,4))'", '-c:a', 'pcm_s16le', file);
    const bare = execFileSync(ffmpeg, ['-v', 'error', '-i', file, '-f', 's16le', '-']);
    expect(bare.length / 32_000).toBeCloseTo(4, 0);
    const chunks = await all(file);
    expect(secondsOf(chunks)).toBeCloseTo(6, 1);
    const samples = chunks.flatMap(({ data }) => [...data[0]!]);
    expect(samples.slice(2.1 * 16_000, 3.9 * 16_000).every((sample) => sample === 0)).toBe(true);
    expect(samples.slice(4.1 * 16_000, 5.9 * 16_000).some((sample) => Math.abs(sample) > 0.05)).toBe(true);
  });

  it('is held while anything downstream holds, and loses nothing by it', async () => {
    let seconds = 0;
    await holdEach(fromFfmpegInput(fixture('call/support.m4a')), ({ length, format }) => {
      seconds += length / format.sampleRate;
    });
    expect(seconds).toBeCloseTo(14.1, 0);
  });

  it('that is missing or no audio is an error that says why', async () => {
    await expect(all(path.join(folder, 'missing.wav'))).rejects.toMatchObject({
      code: 'FFMPEG_FAILED',
      exitCode: 1,
      message: expect.stringContaining('No such file'),
    });
    await expect(all(fixture('corrupt/text_renamed.wav'))).rejects.toMatchObject({ code: 'FFMPEG_FAILED' });
    await expect(all('x.wav', { ffmpegPath: '/nowhere/ffmpeg' })).rejects.toMatchObject({ code: 'FFMPEG_NOT_FOUND' });
  });

  it('can not make ffmpeg open another', async () => {
    copyFileSync(fixture('formats/pcm_s16le.wav'), path.join(folder, 'secret.wav'));
    writeFileSync(path.join(folder, 'list.ffconcat'), 'ffconcat version 1.0\nfile secret.wav\n');
    writeFileSync(path.join(folder, 'list.m3u8'), '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nsecret.wav\n#EXT-X-ENDLIST\n');
    for (const name of ['list.ffconcat', 'list.m3u8'])
      await expect(all(path.join(folder, name))).rejects.toMatchObject({ code: 'FFMPEG_FAILED' });
  });
});

describe('a network stream, with a real peer on loopback', () => {
  it('comes over HLS, whole', async () => {
    make(
      '-i',
      fixture('formats/pcm_s16le.wav'),
      '-c:a',
      'aac',
      '-f',
      'hls',
      '-hls_time',
      '1',
      '-hls_list_size',
      '0',
      path.join(folder, 'a.m3u8'),
    );
    const server = http.createServer((request, response) => {
      const file = path.join(folder, path.basename(request.url ?? ''));
      if (!existsSync(file)) response.writeHead(404).end();
      else createReadStream(file).pipe(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const chunks = await all(`http://127.0.0.1:${port}/a.m3u8`);
    const expected = secondsOf(await all(fixture('formats/pcm_s16le.wav')));
    expect(Math.abs(secondsOf(chunks) - expected)).toBeLessThan(0.2);
    writeFileSync(
      path.join(folder, 'evil.m3u8'),
      `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://${folder}/pause.mkv\n#EXT-X-ENDLIST\n`,
    );
    await expect(all(`http://127.0.0.1:${port}/evil.m3u8`)).rejects.toMatchObject({ code: 'FFMPEG_FAILED' });
    server.closeAllConnections();
    server.close();
  });

  it('comes over RTSP, live, with a time of capture', async () => {
    const url = `rtsp://127.0.0.1:${await freePort()}/live`;
    const source$ = fromFfmpegInput(url, { inputOptions: ['-rtsp_flags', 'listen'], restart: false });
    const heard = lastValueFrom(source$.pipe(toArray()));
    // The listener needs a moment to bind: the sender tries again until it is there.
    const send = () => {
      const sender = play(
        '-re',
        '-f',
        'lavfi',
        '-i',
        'sine=440:r=8000:d=2',
        '-c:a',
        'pcm_mulaw',
        '-f',
        'rtsp',
        '-rtsp_transport',
        'tcp',
        url,
      );
      sender.once('exit', (code) => code !== 0 && code !== null && setTimeout(send, 50));
    };
    send();
    const chunks = await heard;
    expect(secondsOf(chunks)).toBeGreaterThan(1.7);
    expect(secondsOf(chunks)).toBeLessThan(2.2);
    expect(Math.abs(chunks.at(-1)!.timing.capturedAtMs! - Date.now())).toBeLessThan(10_000);
  }, 20_000);
});

describe('a live input that fails', () => {
  const floats = (ms: number) => `process.stdout.write(Buffer.alloc(${16 * ms} * 4))`;

  it('is started again, and the time lost is a jump', async () => {
    const count = path.join(folder, 'starts');
    writeFileSync(count, '');
    const script = `const fs = require('fs'); const n = fs.readFileSync(${JSON.stringify(count)}, 'utf8').length;
      fs.appendFileSync(${JSON.stringify(count)}, 'x');
      if (n === 0) { ${floats(300)}; process.stderr.write('rtsp://user:geheim@host/x: Connection reset\\n'); process.exitCode = 1; }
      else if (n === 1) { process.exitCode = 1; }
      else { ${floats(20)}; }`;
    const events: StreamEvent[] = [];
    const chunks = await all('rtsp://user:geheim@host/x?token=1', {
      ffmpegPath: fakeFfmpeg(folder, script),
      restart: { initialDelayMs: 5, maxDelayMs: 20 },
      events: { next: (event) => events.push(event) },
    });
    expect(secondsOf(chunks)).toBeCloseTo(0.32, 6);
    const jump = chunks.findIndex(({ timing }) => timing.skipped === 'dropped');
    const before = chunks[jump - 1]!;
    expect(before.timing.position + before.length).toBe(4800);
    expect(chunks[jump]!.timing.position).toBeGreaterThan(4800);
    expect(chunks[jump]!.timing.source).toBe(before.timing.source);
    expect(events).toMatchObject([
      {
        code: 'SOURCE_RESTARTED',
        atMs: 300,
        stream: 'rtsp://host/x',
        message: expect.stringContaining('Connection reset; attempt 1 follows'),
      },
      { code: 'SOURCE_RESTARTED', message: expect.stringContaining('attempt 2 follows') },
    ]);
    expect(JSON.stringify(events)).not.toContain('geheim');
  });

  it('gives up after so many attempts without audio, with the last words of ffmpeg', async () => {
    const script = `process.stderr.write('udp://host:1: no route\\n'); process.exitCode = 1;`;
    const failed = all('udp://host:1', {
      ffmpegPath: fakeFfmpeg(folder, script),
      restart: { maxAttempts: 2, initialDelayMs: 1 },
      events: { next: () => {} },
    });
    await expect(failed).rejects.toMatchObject({
      code: 'FFMPEG_FAILED',
      exitCode: 1,
      stderrTail: expect.stringContaining('no route'),
    });
  });

  it('has failed when it brings nothing for long', async () => {
    const script = `${floats(100)}; setInterval(() => {}, 1000);`;
    const seen: Decoded[] = [];
    const error = await new Promise((resolve) => {
      fromFfmpegInput('udp://host:1', { ffmpegPath: fakeFfmpeg(folder, script), restart: false, stallTimeoutMs: 400 }).subscribe({
        next: (chunk) => seen.push(chunk),
        error: resolve,
      });
    });
    expect(error).toMatchObject({ code: 'FFMPEG_FAILED', message: expect.stringContaining('nothing for 400 ms') });
  });

  it('leaves no child and no timer when it is left, while running and while waiting', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const pid = path.join(folder, 'pid');
    const script = `require('fs').writeFileSync(${JSON.stringify(pid)}, String(process.pid)); ${floats(100)}; setInterval(() => {}, 1000);`;
    await new Promise<void>((resolve) => {
      const subscription = fromFfmpegInput('udp://host:1', { ffmpegPath: fakeFfmpeg(folder, script) }).subscribe(() => {
        subscription.unsubscribe();
        resolve();
      });
    });
    const child = Number(readFileSync(pid, 'utf8'));
    await expect.poll(() => isRunning(child)).toBe(false);
    await new Promise<void>((resolve) => {
      const leave = () => {
        subscription.unsubscribe();
        resolve();
      };
      const subscription = fromFfmpegInput('udp://host:1', {
        ffmpegPath: fakeFfmpeg(folder, 'process.exitCode = 1'),
        events: { next: () => setImmediate(leave) },
      }).subscribe();
    });
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

describe('the options', () => {
  it.each([
    ['concat:a.wav|b.wav', {}],
    ['subfile,,start,0,end,9,,:/etc/passwd', { format: 'concat' }],
    ['pipe:0', {}],
    ['file.wav', { format: 'tee' }],
    ['', {}],
    ['a.wav', { sampleRate: 1 }],
    ['a.wav', { channels: 0 }],
    ['a.wav', { inputOptions: 'x' }],
    ['rtsp://h/x', { restart: { maxAttempts: 0 } }],
    ['rtsp://h/x', { live: { maxMs: -1 } }],
  ])('are checked at once: %s %j', (input, options) => {
    expect(() => fromFfmpegInput(input, options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('never show a password', () => {
    expect(withoutSecrets('x rtsp://user:pass@host:554/a?token=abc: failed')).toBe('x rtsp://host:554/a failed');
    expect(() => fromFfmpegInput('ftp://user:pass@host/a')).toThrow(/^(?!.*pass@)/);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
