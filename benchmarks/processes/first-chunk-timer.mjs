// @ts-check
// Times a file's first chunk. The library is imported on demand, so that the baseline's process does without.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { answerParent } from '../measuring/answer-parent.mjs';

const events = { next: () => {} };

answerParent({
  /** Imports the library; the time in ms. */
  load: async () => {
    const startMs = performance.now();
    await import('behavioral-signals-rx');
    return performance.now() - startMs;
  },

  /** From nothing to the first 250 ms of 16 kHz mono, in ms. */
  ours: async (/** @type {{ file: string }} */ { file }) => {
    const { chunk, decode, fromFile, resample, toPcm16le } = await import('behavioral-signals-rx');
    const { firstValueFrom } = await import('rxjs');
    const startMs = performance.now();
    await firstValueFrom(fromFile(file).pipe(decode({ events }), resample(16_000), toPcm16le({ events }), chunk(250)));
    return performance.now() - startMs;
  },

  /** The baseline for WAV: the file's first bytes, not understood. */
  read: async (/** @type {{ file: string }} */ { file }) => {
    const startMs = performance.now();
    const stream = createReadStream(file);
    await once(stream, 'data');
    const ms = performance.now() - startMs;
    stream.destroy();
    return ms;
  },

  /** The baseline for everything else: ffmpeg's first bytes of 16 kHz mono. */
  ffmpeg: async (/** @type {{ file: string }} */ { file }) => {
    const startMs = performance.now();
    const args = ['-hide_banner', '-nostdin', '-loglevel', 'quiet', '-i', file, '-af', 'aresample=resampler=soxr'];
    const child = spawn('ffmpeg', [...args, '-ac', '1', '-ar', '16000', '-f', 's16le', '-'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    const ms = performance.now() - startMs;
    child.kill('SIGKILL');
    await once(child, 'close');
    return ms;
  },
});
