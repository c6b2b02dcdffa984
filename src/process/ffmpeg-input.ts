import { type ChildProcess, spawn } from 'node:child_process';
import { ChildLifetime } from './child-lifetime.js';
import { StderrTail } from './stderr-tail.js';

/** How an ffmpeg that reads an input by itself came to its end. */
export interface FfmpegInputExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its last lines on standard error. */
  readonly stderrTail: string;
  /** Why it could not even be started. */
  readonly notStarted?: Error;
}

/** Options of {@link startFfmpegInput}. */
export interface FfmpegInputOptions {
  /** The executable. */
  readonly path: string;
  readonly args: readonly string[];
  /** Time between SIGTERM and SIGKILL. Default: 2000. */
  readonly killGraceMs?: number | undefined;
  /** A piece of its output. Never called while paused. */
  readonly onData: (bytes: Buffer) => void;
  /** It is over, and everything it wrote was delivered. */
  readonly onExit: (exit: FfmpegInputExit) => void;
}

/** A running ffmpeg; callbacks come later than the call that started it, and none after `kill()`. */
export interface RunningFfmpegInput {
  /** Holds the output back; ffmpeg stops when the pipe is full. */
  pause(): void;
  resume(): void;
  /** Ends the process (SIGTERM, then SIGKILL after a grace) and all callbacks. */
  kill(): void;
}

/** Starts an ffmpeg that opens its input by itself and writes to standard output; it never outlives this process. */
export function startFfmpegInput(options: FfmpegInputOptions): RunningFfmpegInput {
  return new InputProcess(options);
}

class InputProcess implements RunningFfmpegInput {
  readonly #options: FfmpegInputOptions;
  readonly #child: ChildProcess | undefined;
  readonly #lifetime: ChildLifetime | undefined;
  #isPaused = false;
  #isReading = false;
  #isOver = false;

  constructor(options: FfmpegInputOptions) {
    this.#options = options;
    const fail = (error: Error) => this.#exit({ exitCode: null, signal: null, stderrTail: '', notStarted: error });
    try {
      const child = spawn(options.path, options.args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
      this.#child = child;
      this.#lifetime = new ChildLifetime(child, options.killGraceMs);
      child.on('error', (error) => child.pid === undefined && fail(error));
      // Without descriptors for its pipes (EMFILE) there is nothing to read; 'error' follows.
      if (!child.stdout || !child.stderr) return;
      const stderr = new StderrTail(child.stderr);
      child.stdout.on('error', () => {});
      // Not 'data': when the process exits Node makes its output flow, paused or not.
      child.stdout.on('readable', () => this.#read());
      child.once('close', (exitCode, signal) => this.#exit({ exitCode, signal, stderrTail: stderr.text }));
    } catch (error) {
      process.nextTick(fail, error as Error);
    }
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#read();
  }

  kill(): void {
    this.#isOver = true;
    this.#lifetime?.terminate();
  }

  #read(): void {
    // A consumer may pause and resume within onData.
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (!this.#isOver && !this.#isPaused) {
        const bytes: Buffer | null = this.#child?.stdout?.read() ?? null;
        if (bytes === null) break;
        this.#options.onData(bytes);
      }
    } finally {
      this.#isReading = false;
    }
  }

  #exit(exit: FfmpegInputExit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onExit(exit);
  }
}
