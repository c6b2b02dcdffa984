import type { Subscriber } from 'rxjs';
import { ArrivalClock, type AudioChunk, LiveAudioBuffer, type Pcm, type SourceId } from '../../audio/index.js';
import { FfmpegError } from '../../errors/index.js';
import { type EventObserver, emitEvent } from '../../events/index.js';
import { Fifo, type Flow, FlowGate, type ResolvedLiveLimits } from '../../flow/index.js';
import {
  type FfmpegInputExit,
  ffmpegFailure,
  type InputArguments,
  inputArguments,
  RestartDelays,
  type RestartPolicy,
  type RunningFfmpegInput,
  startFfmpegInput,
  withoutSecrets,
} from '../../process/index.js';
import { FloatSlicer } from './float-slicer.js';

type Decoded = AudioChunk<Pcm<'float32'>>;

/** What is read, and how. */
export interface InputRunOptions {
  readonly label: string;
  /** The executable. */
  readonly path: string;
  readonly arguments: InputArguments;
  /** Bounds of what waits; undefined for an input that can be paused. */
  readonly live: ResolvedLiveLimits | undefined;
  readonly restart: RestartPolicy | undefined;
  /** Whether a failure before the first audio is final. Default: false. */
  readonly mustBegin?: boolean;
  /** Whether an orderly end of the input is followed by a restart, too. */
  readonly restartAtEnd: boolean;
  /** Live: without audio for so long, ffmpeg is ended as if it had failed; in milliseconds. */
  readonly stallTimeoutMs: number;
  readonly killGraceMs: number | undefined;
  readonly events: EventObserver | undefined;
}

/** One subscription: an ffmpeg, and after failures of a live input another, on one timeline. */
export class InputRun {
  readonly #options: InputRunOptions;
  readonly #subscriber: Pick<Subscriber<Decoded>, 'next' | 'error' | 'complete'>;
  readonly #source: SourceId;
  readonly #delays: RestartDelays | undefined;
  readonly #gate = new FlowGate({ onHold: () => this.#running?.pause(), onResume: () => this.#resume() });
  readonly #waiting = new Fifo<Decoded>();
  readonly #buffer: LiveAudioBuffer<Decoded> | undefined;
  readonly #arrivals = new ArrivalClock();
  #slicer: FloatSlicer;
  #running: RunningFfmpegInput | undefined;
  #position = 0;
  /** When the audio so far ended, by the steady clock; undefined before the first. */
  #endedAtMs: number | undefined;
  #isAfterRestart = false;
  #end: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stall: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: InputRunOptions, subscriber: Pick<Subscriber<Decoded>, 'next' | 'error' | 'complete'>) {
    const { label, live, events, restart } = options;
    this.#options = options;
    this.#subscriber = subscriber;
    this.#source = { label };
    this.#delays = restart && new RestartDelays(restart);
    this.#slicer = new FloatSlicer(options.arguments);
    this.#buffer =
      live &&
      new LiveAudioBuffer<Decoded>({
        name: label,
        limits: live,
        events,
        emit: (chunk) => subscriber.next(chunk),
        complete: () => subscriber.complete(),
        error: (error) => subscriber.error(error),
      });
    this.#start();
  }

  /** Whether any audio came. */
  get hasAudio(): boolean {
    return this.#position > 0;
  }

  /** Ends ffmpeg and everything else, without another word. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#stall);
    this.#running?.kill();
    this.#gate.end();
    this.#buffer?.stop();
    this.#waiting.clear();
  }

  #start(): void {
    const { path, killGraceMs } = this.#options;
    this.#slicer = new FloatSlicer(this.#options.arguments);
    this.#running = startFfmpegInput({
      path,
      args: inputArguments(this.#options.arguments),
      killGraceMs,
      onData: (bytes) => this.#take(bytes),
      onExit: (exit) => this.#over(exit),
    });
    if (this.#gate.isHeld) this.#running.pause();
    this.#watch();
  }

  /** Begins to wait for the next audio of a live input. */
  #watch(): void {
    const { stallTimeoutMs, live } = this.#options;
    clearTimeout(this.#stall);
    if (!live || stallTimeoutMs === Number.POSITIVE_INFINITY) return;
    this.#stall = setTimeout(() => {
      this.#running?.kill();
      this.#failed(new FfmpegError('FFMPEG_FAILED', `ffmpeg (${this.#options.label}) brought nothing for ${stallTimeoutMs} ms`));
    }, stallTimeoutMs);
  }

  #take(bytes: Buffer): void {
    this.#watch();
    const slices = this.#slicer.push(bytes);
    const ms = (slices.reduce((sum, slice) => sum + slice[0]!.length, 0) / this.#options.arguments.sampleRate) * 1000;
    if (ms === 0) return;
    this.#delays?.succeeded();
    const skipped = this.#isAfterRestart && this.#skip(performance.now() - ms);
    this.#isAfterRestart = false;
    this.#endedAtMs = performance.now();
    for (const [index, data] of slices.entries()) this.#emit(data, skipped && index === 0);
  }

  /** Moves on by the time in which no ffmpeg ran. */
  #skip(beganAtMs: number): boolean {
    if (this.#endedAtMs === undefined) return false;
    const lost = Math.round((Math.max(0, beganAtMs - this.#endedAtMs) * this.#options.arguments.sampleRate) / 1000);
    this.#position += lost;
    return lost > 0;
  }

  #emit(data: readonly Float32Array[], skipped: boolean): void {
    const { sampleRate, channels } = this.#options.arguments;
    const { length } = data[0]!;
    const flow: Flow = this.#buffer?.flow ?? this.#gate;
    const mediaMs = ((this.#position + length) / sampleRate) * 1000;
    const timing = {
      source: this.#source,
      position: this.#position,
      ...(this.#buffer && { capturedAtMs: this.#arrivals.capturedAtMs(mediaMs, Date.now()) }),
      ...(skipped && { skipped: 'dropped' as const }),
    };
    this.#position += length;
    const chunk: Decoded = { data, format: { encoding: 'float32', channels, sampleRate }, length, timing, flow };
    if (this.#buffer) this.#buffer.push(chunk);
    else if (this.#gate.isHeld || this.#waiting.length > 0) this.#waiting.push(chunk);
    else this.#subscriber.next(chunk);
  }

  #resume(): void {
    while (!this.#gate.isHeld && this.#waiting.length > 0) this.#subscriber.next(this.#waiting.shift()!);
    if (this.#gate.isHeld) return;
    if (this.#end) this.#end();
    else this.#running?.resume();
  }

  #over({ exitCode, signal, stderrTail, notStarted }: FfmpegInputExit): void {
    clearTimeout(this.#stall);
    if (this.#isStopped) return;
    const { label, path, restartAtEnd } = this.#options;
    if (exitCode === 0 && this.hasAudio && !restartAtEnd) {
      this.#finish(() => (this.#buffer ? this.#buffer.end() : this.#subscriber.complete()));
    } else if (notStarted) {
      const message = `ffmpeg (${label}) could not be started (${path}): ${notStarted.message}`;
      this.#failed(new FfmpegError('FFMPEG_FAILED', message, { cause: notStarted }), false);
    } else {
      const exit = { exitCode, signal, stderrTail: withoutSecrets(stderrTail), timeMs: this.#timeMs };
      this.#failed(ffmpegFailure({ name: `ffmpeg (${label})`, ...exit }));
    }
  }

  /** Starts once more, or gives up. */
  #failed(failure: FfmpegError, mayRestart = true): void {
    this.#running = undefined;
    const mayTry = mayRestart && (this.hasAudio || !this.#options.mustBegin);
    const delayMs = mayTry ? this.#delays?.next() : undefined;
    if (delayMs === undefined) {
      this.#finish(() => (this.#buffer ? this.#buffer.endWithError(failure) : this.#subscriber.error(failure)));
      return;
    }
    const { label, events } = this.#options;
    emitEvent(events, {
      type: 'diagnostic',
      code: 'SOURCE_RESTARTED',
      message: `${failure.message}; attempt ${this.#delays!.attempts} follows in ${Math.round(delayMs)} ms`,
      atMs: this.#timeMs,
      stream: label,
    });
    this.#isAfterRestart = true;
    this.#timer = setTimeout(() => this.#start(), delayMs);
  }

  /** How far the timeline has come, in milliseconds. */
  get #timeMs(): number {
    return (this.#position / this.#options.arguments.sampleRate) * 1000;
  }

  /** The last word, after everything that waits. */
  #finish(tell: () => void): void {
    this.#end = tell;
    if (this.#waiting.length === 0) tell();
  }
}
