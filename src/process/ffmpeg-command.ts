import type { ChildProcess } from 'node:child_process';
import { PassThrough, type Writable } from 'node:stream';
import { FfmpegError, SourceError } from '../errors/index.js';
import { ChildLifetime } from './child-lifetime.js';
import { WAV_OUTPUT } from './ffmpeg-arguments.js';
import { ffmpegFailure } from './ffmpeg-failure.js';
import { howToGet } from './find-ffmpeg.js';
import { type FluentInternals, guardSpawn, inputStreams } from './fluent-internals.js';
import { WavMeter } from './wav-meter.js';

/** What is used of a fluent-ffmpeg command; `ffmpeg('in.mp4')` fits. */
export interface FfmpegCommandLike {
  /** Adds the output that the audio is read from. */
  output(target: Writable, options?: { end?: boolean }): unknown;
  /** Leaves video out of that output. */
  noVideo(): unknown;
  /** Sets that output's codec, `pcm_f32le`. */
  audioCodec(codec: string): unknown;
  /** Sets that output's container, `wav`. */
  format(format: string): unknown;
  /** Adds arguments of ffmpeg's to that output. */
  outputOptions(...options: string[]): unknown;
  /** Tells when ffmpeg was started. */
  on(event: 'start', listener: (commandLine: string) => void): unknown;
  /** Tells when ffmpeg ended well. */
  on(event: 'end', listener: () => void): unknown;
  /** Tells that ffmpeg could not be run, or failed; `stderr` is what it printed. */
  on(event: 'error', listener: (error: Error, stdout: string | null, stderr: string | null) => void): unknown;
  /** Starts ffmpeg. */
  run(): void;
}

/** Options of {@link runFfmpegCommand}. */
export interface RunFfmpegCommandOptions {
  /** Time between SIGTERM and SIGKILL. Default: 2000. */
  killGraceMs?: number | undefined;
  /** Whether `kill()` destroys the streams that the command reads. Default: true. */
  destroy?: boolean | undefined;
  /** A piece of the WAV. Never called while paused. */
  onData: (bytes: Buffer) => void;
  /** ffmpeg ended well and everything was delivered. */
  onEnd: () => void;
  /** ffmpeg can't be run or failed, or its input stream did, after everything that came out was delivered. */
  onError: (error: FfmpegError | SourceError) => void;
}

/** A running fluent-ffmpeg command; callbacks come later than the call that started it, and none after `kill()`. */
export interface RunningFfmpegCommand {
  pause(): void;
  resume(): void;
  /** Ends the process (SIGTERM, then SIGKILL after a grace), also one that is only about to start, and all callbacks. */
  kill(): void;
}

/**
 * Runs a fluent-ffmpeg command with one output added: its audio as a WAV stream of 32-bit floats.
 *
 * fluent-ffmpeg asks ffmpeg for its codecs and formats first, in short runs of their own, and only then starts the work.
 *
 * @throws SourceError `SOURCE_UNUSABLE` when the command can't take another output.
 */
export function runFfmpegCommand(command: FfmpegCommandLike, options: RunFfmpegCommandOptions): RunningFfmpegCommand {
  return new CommandRun(command, options);
}

class CommandRun implements RunningFfmpegCommand {
  readonly #options: RunFfmpegCommandOptions;
  readonly #internals: FluentInternals;
  readonly #meter = new WavMeter();
  // fluent-ffmpeg takes a 'close' for the consumer's end and kills ffmpeg 20 ms later, which races with its exit: so there is none.
  readonly #pipe = new PassThrough({ emitClose: false });
  #child: ChildProcess | undefined;
  #lifetime: ChildLifetime | undefined;
  #result: { error?: () => FfmpegError | SourceError } | undefined;
  #drained = false;
  #over = false;

  constructor(command: FfmpegCommandLike, options: RunFfmpegCommandOptions) {
    this.#options = options;
    this.#internals = command as FluentInternals;
    // These stay for good: an error after the end must not become an uncaught exception.
    command.on('error', (error, _stdout, stderr) => this.#ended(() => this.#translate(error, stderr ?? '')));
    command.on('end', () => this.#ended());
    command.on('start', () => this.#started());
    this.#pipe.on('data', (bytes: Buffer) => {
      this.#meter.add(bytes);
      if (!this.#over) options.onData(bytes);
    });
    this.#pipe.on('error', () => {});
    this.#pipe.once('end', () => {
      this.#drained = true;
      this.#settle();
    });
    for (const stream of inputStreams(this.#internals)) {
      if (!stream.destroyed && !stream.readableEnded) continue;
      throw new SourceError('SOURCE_UNUSABLE', `fromFfmpeg: the stream that ffmpeg is to read has ended or was destroyed`);
    }
    try {
      // First of all, so that what follows applies to this output and not to another that the command has already.
      command.output(this.#pipe, { end: true });
      command.noVideo();
      command.audioCodec('pcm_f32le');
      command.format('wav');
      command.outputOptions(...WAV_OUTPUT);
    } catch (error) {
      throw new SourceError('SOURCE_UNUSABLE', `fromFfmpeg: the command can't take another output: ${messageOf(error)}`, {
        cause: error,
      });
    }
    for (const stream of inputStreams(this.#internals)) {
      // fluent-ffmpeg listens only once ffmpeg runs, and not for a stream that is closed, after which ffmpeg would wait for ever.
      stream.on('error', (error) => this.#inputFailed(error));
      stream.once('close', () => {
        if (!stream.readableEnded) this.#inputFailed(new Error('it was closed before its end'));
      });
    }
    guardSpawn(this.#internals);
    const run = () => {
      if (!this.#over) command.run();
    };
    // With its path known, fluent-ffmpeg spawns within the call, where the guard sees it throw.
    process.nextTick(() => (this.#internals._getFfmpegPath ? this.#internals._getFfmpegPath(run) : run()));
  }

  pause(): void {
    this.#pipe.pause();
  }

  resume(): void {
    if (!this.#over) this.#pipe.resume();
  }

  kill(): void {
    this.#over = true;
    this.#lifetime?.terminate();
    this.#pipe.destroy();
    if (this.#options.destroy === false) return;
    for (const stream of inputStreams(this.#internals)) stream.destroy();
  }

  #started(): void {
    this.#child = this.#internals.ffmpegProc;
    if (!this.#child) return;
    this.#lifetime = new ChildLifetime(this.#child, this.#options.killGraceMs);
    this.#child.once('close', () => {
      // Already ended, unless its output broke.
      if (!this.#over) this.#pipe.end();
    });
    if (this.#over) this.#lifetime.terminate();
  }

  #inputFailed(cause: Error): void {
    this.#ended(() => streamFailed(cause));
  }

  /** Notes how it went. The error is made when everything was delivered, to tell how much that was. */
  #ended(error?: () => FfmpegError | SourceError): void {
    if (this.#result || this.#over) return;
    this.#result = error ? { error } : {};
    if (error) {
      // No process, no output; one that waits for input, and may sit out SIGTERM in that, needs the input's end.
      if (this.#child?.pid === undefined) this.#drained = true;
      else this.#child.stdin?.end();
    }
    this.#settle();
  }

  #settle(): void {
    if (this.#over || !this.#drained || !this.#result) return;
    this.#over = true;
    const error = this.#result.error?.() ?? (this.#meter.hasAudio ? undefined : this.#failure(0, null, ''));
    if (error) this.#options.onError(error);
    else this.#options.onEnd();
  }

  #translate(error: Error & { inputStreamError?: Error; code?: unknown }, stderr: string): FfmpegError | SourceError {
    if (error.inputStreamError) return streamFailed(error.inputStreamError);
    const { pid, exitCode = null, signalCode = null } = this.#child ?? {};
    if (/^ffmpeg (?:exited|was killed) with/.test(error.message)) return this.#failure(exitCode, signalCode, stderr);
    if (pid === undefined && (error.code === 'ENOENT' || /cannot find ffmpeg/i.test(error.message))) {
      const message = `fluent-ffmpeg did not find ffmpeg; it looks in setFfmpegPath(), FFMPEG_PATH and PATH. ${howToGet()}`;
      return new FfmpegError('FFMPEG_NOT_FOUND', message, { cause: error });
    }
    const details = { cause: error, stderrTail: stderr, timeMs: this.#meter.timeMs };
    return new FfmpegError('FFMPEG_FAILED', `fromFfmpeg: ${error.message}`, details);
  }

  #failure(exitCode: number | null, signal: NodeJS.Signals | null, stderrTail: string): FfmpegError {
    return ffmpegFailure({ name: 'ffmpeg', exitCode, signal, stderrTail, timeMs: this.#meter.timeMs });
  }
}

function streamFailed(cause: Error): SourceError {
  return new SourceError('SOURCE_FAILED', `fromFfmpeg: the stream that ffmpeg reads failed: ${cause.message}`, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
