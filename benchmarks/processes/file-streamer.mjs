// @ts-check
// Streams a file as fast as it goes: with the library to a server or to nowhere, or with ffmpeg into a pipe.
import { spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { chunk, decode, fromFile, resample, toPcm16le, toReadable } from 'behavioral-signals-rx';
import { answerParent } from '../measuring/answer-parent.mjs';
import { sendToServer } from './send-to-server.mjs';

/** What events say is noted, not printed: two parties on two channels are known. */
const events = { next: () => {} };

/** @param {string} file */
const prepared = (file) => fromFile(file).pipe(decode({ events }), resample(16_000), toPcm16le({ events }), chunk(250));

/** A sink that takes everything. */
function nowhere() {
  let bytes = 0;
  const sink = new Writable({
    write(data, _encoding, done) {
      bytes += data.length;
      done();
    },
  });
  return { sink, bytes: () => bytes };
}

/** @param {() => Promise<number>} work Resolves to the number of bytes of audio. */
async function timed(work) {
  const startMs = performance.now();
  const bytes = await work();
  return { ms: performance.now() - startMs, bytes };
}

answerParent({
  /** To a server: done when the server has ended the call. */
  wire: (/** @type {{ file: string, port: number }} */ { file, port }) => timed(() => sendToServer(prepared(file), port)),

  /** The same without gRPC. */
  pipe: (/** @type {{ file: string }} */ { file }) =>
    timed(async () => {
      const { sink, bytes } = nowhere();
      await pipeline(toReadable(prepared(file)), sink);
      return bytes();
    }),

  /** The baseline: what a program without the library would run. */
  ffmpeg: (/** @type {{ file: string }} */ { file }) =>
    timed(async () => {
      const { sink, bytes } = nowhere();
      const args = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-i', file];
      const conversion = ['-af', 'aresample=resampler=soxr', '-ac', '1', '-ar', '16000', '-f', 's16le', '-'];
      await pipeline(spawn('ffmpeg', [...args, ...conversion], { stdio: ['ignore', 'pipe', 'inherit'] }).stdout, sink);
      return bytes();
    }),
});
