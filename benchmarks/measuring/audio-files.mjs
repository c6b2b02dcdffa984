// @ts-check
// Input of the benchmarks: the bundled recordings, and longer ones made of them by ffmpeg in a temporary folder.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'test', 'fixtures');

/** 14.1 s of a two-party call, two channels, 16 kHz. */
export const CALL = path.join(fixtures, 'call', 'support_16k.flac');

/** @type {string | undefined} */
let folder;

/** A path in a temporary folder that is removed when the process ends. @param {string} name */
export function temporaryFile(name) {
  if (folder === undefined) {
    const made = mkdtempSync(path.join(os.tmpdir(), 'behavioral-signals-rx-bench-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return path.join(folder, name);
}

/** @param {readonly string[]} args */
async function ffmpeg(args) {
  try {
    await run('ffmpeg', ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', ...args]);
  } catch (error) {
    const missing = /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT';
    throw missing ? new Error('The benchmarks need ffmpeg on the PATH: it makes their input and is the baseline.') : error;
  }
}

/** How each format is encoded. @type {Record<string, readonly string[]>} */
const ENCODINGS = {
  wav: ['-ar', '48000', '-ac', '2', '-c:a', 'pcm_s16le'],
  mp3: ['-ar', '44100', '-ac', '2', '-c:a', 'libmp3lame', '-b:a', '128k'],
  opus: ['-ar', '48000', '-ac', '2', '-c:a', 'libopus', '-b:a', '64k'],
  flac: ['-ar', '48000', '-ac', '2', '-c:a', 'flac'],
  mulaw: ['-ar', '8000', '-ac', '1', '-c:a', 'pcm_mulaw', '-f', 'wav'],
};

/** Makes a file of the call, repeated to a length. @param {'wav' | 'mp3' | 'opus' | 'flac' | 'mulaw'} format @param {number} seconds */
export async function makeSpeech(format, seconds) {
  const file = temporaryFile(`speech-${seconds}s.${format}`);
  await ffmpeg(['-stream_loop', '-1', '-i', CALL, '-t', String(seconds), ...ENCODINGS[format], '-map_metadata', '-1', file]);
  return file;
}

/** The call as 16-bit PCM, mono, 16 kHz. */
export async function readCall() {
  const file = temporaryFile('call.s16le');
  await ffmpeg(['-i', CALL, '-ac', '1', '-ar', '16000', '-f', 's16le', file]);
  return readFile(file);
}

/** One minute of the call that can be repeated byte by byte. @param {'wav' | 'mp3'} format */
export async function makeMinute(format) {
  const file = temporaryFile(`minute.${format}`);
  const encoding =
    format === 'wav'
      ? ['-ar', '48000', '-ac', '1', '-c:a', 'pcm_s16le', '-bitexact']
      : ['-ar', '16000', '-ac', '1', '-c:a', 'libmp3lame', '-b:a', '32k', '-write_xing', '0', '-id3v2_version', '0'];
  await ffmpeg(['-stream_loop', '-1', '-i', CALL, '-t', '60', '-map_metadata', '-1', ...encoding, file]);
  return file;
}
