import type { FFmpeg } from 'prism-media';
import { FfmpegError } from '../errors/index.js';
import { ChildLifetime } from './child-lifetime.js';
import { type DecodeArguments, decodeArguments } from './ffmpeg-arguments.js';
import { failureKind, ffmpegFailure } from './ffmpeg-failure.js';
import { findFfmpeg } from './find-ffmpeg.js';
import { spawnTranscoder } from './spawn-transcoder.js';
import { StderrTail } from './stderr-tail.js';
import { WavMeter } from './wav-meter.js';

/** What ffmpeg had to say about input that it decoded to the end. */
export interface FfmpegOutcome {
  /** Its last lines on standard error, empty when there were none: ffmpeg decodes around damage, and tells of it here. */
  complaints: string;
  /** Whether it noticed that the input breaks off. Not every container tells (Ogg and FLAC don't). */
  truncated: boolean;
}

/** Options of {@link startFfmpegDecoder}. */
export interface FfmpegDecoderOptions extends DecodeArguments {
  /** The ffmpeg executable. Default: see `findFfmpeg()`. */
  path?: string | undefined;
  /** Time between SIGTERM and SIGKILL. Default: 2000. */
  killGraceMs?: number;
  /** There is room for input again, after `write()` returned false. */
  onDrain: () => void;
  /** A piece of the WAV; the bytes are the receiver's to keep. Never called while paused. */
  onData: (bytes: Buffer) => void;
  /** ffmpeg ended with exit code 0 and some audio, and everything was delivered. */
  onEnd: (outcome: FfmpegOutcome) => void;
  /** ffmpeg can't be run or failed, after everything it had decoded was delivered. */
  onError: (error: FfmpegError) => void;
}

/** A running ffmpeg that decodes; callbacks come later than the call that started it, and none after `kill()`. */
export interface FfmpegDecoder {
  /** The child's process id; undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Settles when the process is gone. */
  readonly exited: Promise<void>;
  /** Feeds input, which must not be changed afterwards; false asks to wait for `onDrain`. Ignored once the process has ended. */
  write(bytes: Uint8Array): boolean;
  /** The input is complete. */
  end(): void;
  /** Holds the output back: nothing is delivered, and ffmpeg stops when the pipe (some 200 KB) is full. */
  pause(): void;
  resume(): void;
  /** Ends the process (SIGTERM, then SIGKILL after a grace) and all callbacks. */
  kill(): void;
}

/**
 * Starts an ffmpeg child that decodes untrusted bytes to a WAV stream of 32-bit floats, at the input's own rate and channels.
 *
 * The WAV has a header of known form first (sizes unknown, 0xFFFFFFFF) and no other chunks. ffmpeg sees standard input only: other
 * protocols and formats are forbidden to it. A child that ends without one sample has failed, whatever its exit code.
 *
 * @throws OptionError for a demuxer that isn't allowed. Everything else, such as a missing ffmpeg, comes through `onError`.
 */
export function startFfmpegDecoder(options: FfmpegDecoderOptions): FfmpegDecoder {
  const args = decodeArguments(options);
  let decoder: RunningDecoder | undefined;
  let failed: FfmpegError | undefined;
  try {
    const { path } = findFfmpeg({ path: options.path });
    const transcoder = spawnTranscoder(path, args, (error) => report(notStarted(path, error)));
    if (transcoder) decoder = new RunningDecoder(transcoder, options);
  } catch (error) {
    failed = error instanceof FfmpegError ? error : notStarted('ffmpeg', error);
  }
  let killed = false;
  const report = (error: FfmpegError) => {
    if (decoder) decoder.fail(error);
    else if (!killed) options.onError(error);
  };
  if (failed) process.nextTick(report, failed);
  return (
    decoder ?? {
      pid: undefined,
      exited: Promise.resolve(),
      write: () => true,
      end: () => {},
      pause: () => {},
      resume: () => {},
      kill: () => {
        killed = true;
      },
    }
  );
}

function notStarted(path: string, cause: unknown): FfmpegError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new FfmpegError('FFMPEG_FAILED', `ffmpeg could not be started (${path}): ${message}`, { cause });
}

class RunningDecoder implements FfmpegDecoder {
  readonly #child: FFmpeg['process'];
  readonly #options: FfmpegDecoderOptions;
  readonly #lifetime: ChildLifetime;
  readonly #stderr: StderrTail;
  readonly #meter = new WavMeter();
  #paused = false;
  #reading = false;
  #over = false;

  constructor(transcoder: FFmpeg, options: FfmpegDecoderOptions) {
    this.#child = transcoder.process;
    this.#options = options;
    this.#lifetime = new ChildLifetime(this.#child, options.killGraceMs);
    this.#stderr = new StderrTail(this.#child.stderr!);
    this.#child.stdin!.on('drain', () => {
      if (!this.#over) options.onDrain();
    });
    // Not 'data': when the process exits Node makes its output flow, paused or not.
    this.#child.stdout!.on('readable', () => this.#read());
    // Comes after 'exit' and after all that was written has been read.
    this.#child.once('close', (exitCode, signal) => this.#closed(exitCode, signal));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get exited(): Promise<void> {
    return this.#lifetime.exited;
  }

  write(bytes: Uint8Array): boolean {
    const stdin = this.#child.stdin!;
    return this.#over || !stdin.writable || stdin.write(bytes);
  }

  end(): void {
    const stdin = this.#child.stdin!;
    if (!this.#over && stdin.writable) stdin.end();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#read();
  }

  kill(): void {
    this.#over = true;
    this.#lifetime.terminate();
  }

  fail(error: FfmpegError): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.onError(error);
  }

  #read(): void {
    // A consumer may pause and resume within onData.
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#over && !this.#paused) {
        const bytes: Buffer | null = this.#child.stdout!.read();
        if (bytes === null) break;
        this.#meter.add(bytes);
        this.#options.onData(bytes);
      }
    } finally {
      this.#reading = false;
    }
  }

  #closed(exitCode: number | null, signal: NodeJS.Signals | null): void {
    if (this.#over) return;
    this.#over = true;
    const stderrTail = this.#stderr.text;
    if (exitCode === 0 && this.#meter.hasAudio) {
      this.#options.onEnd({ complaints: stderrTail, truncated: failureKind(stderrTail, true) === 'truncated' });
      return;
    }
    const name = `ffmpeg (${this.#options.demuxer})`;
    this.#options.onError(ffmpegFailure({ name, exitCode, signal, stderrTail, timeMs: this.#meter.timeMs }));
  }
}
