import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { concat, of } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Release } from '../../src/flow/index.js';
import { decode } from '../../src/operators/decode.js';
import { byteSource, collect, noChildLeft } from '../support/bytes.js';
import { eventLog, fixture, isSame } from '../support/decoding.js';

/** Two minutes of 48 kHz stereo as AU: 23 MB that only ffmpeg decodes, a hundred times what its pipes hold. */
function longAu(seconds: number): Buffer {
  const samples = Buffer.alloc(seconds * 192_000);
  for (let i = 0; i < samples.length; i += 2) samples.writeInt16BE(((i * 7) % 20_000) - 10_000, i);
  const header = Buffer.alloc(24);
  header.write('.snd');
  for (const [i, value] of [24, samples.length, 3, 48_000, 2].entries()) header.writeUInt32BE(value, 4 + i * 4);
  return Buffer.concat([header, samples]);
}

describe('decode() through ffmpeg', () => {
  afterEach(noChildLeft);

  it('pauses its source and ffmpeg while the consumer holds, and goes on without a gap', async () => {
    const seconds = 120;
    const { source$, probe } = byteSource(longAu(seconds), 65_536);
    let heard = 0;
    let release: Release | undefined;
    let holding = false;
    const done = new Promise<void>((resolve, reject) => {
      source$.pipe(decode()).subscribe({
        next: ({ length, flow, timing }) => {
          if (holding) reject(new Error('emitted while held'));
          expect(timing.position).toBe(heard);
          heard += length;
          if (release) return;
          holding = true;
          release = flow.hold();
        },
        complete: resolve,
        error: reject,
      });
    });
    // The pipes fill up, and then the source itself is held, for good.
    let heldFor = 0;
    await vi.waitFor(
      () => {
        heldFor = holding && probe.holds === 1 ? heldFor + 1 : 0;
        expect(heldFor).toBeGreaterThan(50);
      },
      { timeout: 20_000, interval: 2 },
    );
    expect(probe.emitted * 65_536).toBeLessThan(3 * 1024 * 1024);
    holding = false;
    release!();
    await done;
    expect(heard).toBe(seconds * 48_000);
    expect(probe.holds).toBe(0);
  });

  it('gives the same samples in small pieces as in one', async () => {
    const bytes = fixture('formats/clip.oga');
    const whole = await collect(of(bytes), decode());
    const { source$ } = byteSource(bytes, 100);
    expect(isSame((await collect(source$, decode())).channels, whole.channels)).toBe(true);
  });

  it('says how to get ffmpeg when there is none', async () => {
    const { error, chunks } = await collect(of(fixture('formats/clip.oga')), decode({ ffmpegPath: '/nowhere/ffmpeg' }));
    expect(chunks).toEqual([]);
    expect(error).toMatchObject({ code: 'FFMPEG_NOT_FOUND', message: expect.stringContaining('apt-get install ffmpeg') });
  });

  it('needs no ffmpeg for WAV, MP3 and raw samples', async () => {
    const options = { ffmpegPath: '/nowhere/ffmpeg' };
    for (const name of ['formats/pcm_s16le.wav', 'formats/mulaw_8k.wav', 'corrupt/mp3_junk_prefix.mp3']) {
      const { events } = eventLog();
      expect(await collect(of(fixture(name)), decode({ ...options, events }))).toMatchObject({ seconds: 1, error: undefined });
    }
  });

  it('errors when ffmpeg dies midway, after what it had decoded', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'dying-'));
    const dying = path.join(folder, 'ffmpeg');
    // Passes on 3 s of 8 kHz mono as WAV, and gives up.
    writeFileSync(
      dying,
      `#!/bin/sh\nhead -c 20000 >/dev/null\nprintf 'RIFF\\377\\377\\377\\377WAVEfmt \\020\\000\\000\\000\\003\\000\\001\\000\\100\\037\\000\\000\\000\\175\\000\\000\\004\\000\\040\\000data\\377\\377\\377\\377'\nhead -c 96000 /dev/zero\necho 'Conversion failed!' >&2\nexit 1\n`,
      { mode: 0o755 },
    );
    try {
      const { source$, probe } = byteSource(fixture('call/support.ogg'), 4096);
      const { seconds, error } = await collect(source$, decode({ ffmpegPath: dying, events: eventLog().events }));
      expect(error).toMatchObject({ code: 'FFMPEG_FAILED', exitCode: 1, stderrTail: 'Conversion failed!' });
      expect(seconds).toBeCloseTo(3, 9);
      expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says of complete audio whose last page is missing that it may be cut', async () => {
    const log = eventLog();
    const { error, seconds } = await collect(
      of(fixture('corrupt/ogg_truncated.ogg').subarray(0, 1605)),
      decode({ events: log.events }),
    );
    expect(error).toBeUndefined();
    expect(seconds).toBeGreaterThan(0.4);
    expect(log.diagnostics()).toMatchObject([{ code: 'HEADER_MISMATCH', message: expect.stringContaining('may have been cut') }]);
  });

  it('starts at once with little input when asked to', async () => {
    const mkv = fixture('formats/chromium_mediarecorder_live.webm');
    const patient = await collect(of(mkv), decode());
    const eager = await collect(of(mkv), decode({ lowLatency: true }));
    expect(isSame(eager.channels, patient.channels)).toBe(true);
  });

  it('is not taken in by playlists and scripts that name other files', async () => {
    for (const text of [
      '#EXTM3U\n#EXTINF:1,\n/etc/passwd\n',
      "ffconcat version 1.0\nfile '/etc/hostname'\n",
      '[playlist]\nFile1=/etc/passwd\n',
    ]) {
      const { error } = await collect(of(Buffer.from(text)), decode());
      expect(error).toMatchObject({ code: 'UNRECOGNIZED_INPUT' });
    }
    // Audio in front doesn't make a playlist audio.
    const disguised = concat(of(fixture('formats/clip.oga').subarray(0, 4000)), of(Buffer.from('\n#EXTM3U\n/etc/passwd\n')));
    expect((await collect(disguised, decode({ events: eventLog().events }))).error).toMatchObject({
      code: expect.stringMatching(/FFMPEG_FAILED|TRUNCATED_INPUT/),
    });
  });
});
