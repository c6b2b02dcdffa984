import type { ChildProcess } from 'node:child_process';
import type { FFmpeg, FFmpegInfo } from 'prism-media';
import { FfmpegError } from '../errors/index.js';
import { runtimeRequire } from './runtime-require.js';

/** The parts of prism-media's FFmpeg class that its types leave out or make read-only. */
interface PrismFfmpeg {
  new (options: { args: string[]; shell: false }): FFmpeg;
  getInfo(force?: boolean): FFmpegInfo;
  create(options: { args: string[]; shell: boolean }): ChildProcess;
}

/**
 * Starts prism-media's FFmpeg transform with the executable and the arguments given; `pipe:1` is appended to them.
 *
 * prism-media looks for ffmpeg itself, on PATH and in `ffmpeg-static` only, with a blocking `ffmpeg -h`. For the length of its
 * constructor, which is synchronous, its look-up answers with our executable instead; nothing of that stays behind for other users
 * of prism-media in this process.
 *
 * @param onSpawnError Called, later, when the process could not be started.
 * @returns Nothing when it is already certain that it could not, for want of file descriptors.
 * @throws FfmpegError `FFMPEG_NOT_FOUND` when prism-media can't be loaded.
 */
export function spawnTranscoder(path: string, args: readonly string[], onSpawnError: (error: Error) => void): FFmpeg | undefined {
  const Prism = loadPrism();
  const { getInfo, create } = Prism;
  Prism.getInfo = () => ({ command: path, info: '', version: '', output: '' });
  let child: ChildProcess | undefined;
  Prism.create = (options) => {
    child = create.call(Prism, options);
    // Set here: without its pipes (EMFILE) the constructor throws, and an unheard 'error' would end the process.
    child.on('error', (error) => {
      if (child?.pid === undefined) onSpawnError(error);
    });
    return child;
  };
  try {
    // A copy, because prism-media changes the array it is given.
    const transcoder = new Prism({ args: [...args], shell: false });
    // Errors of the pipes, EPIPE above all, are repeated here; what they mean shows in how the process ends.
    transcoder.on('error', () => {});
    return transcoder;
  } catch (error) {
    if (child !== undefined && child.pid === undefined) return undefined;
    throw error;
  } finally {
    Prism.getInfo = getInfo;
    Prism.create = create;
  }
}

function loadPrism(): PrismFfmpeg {
  try {
    return (runtimeRequire('prism-media') as { FFmpeg: PrismFfmpeg }).FFmpeg;
  } catch (error) {
    throw new FfmpegError(
      'FFMPEG_NOT_FOUND',
      'prism-media, through which ffmpeg is run, could not be loaded. A bundle of this library needs the package prism-media installed beside it for formats other than WAV and MP3.',
      { cause: error },
    );
  }
}
