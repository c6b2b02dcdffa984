import { Observable } from 'rxjs';
import type { ByteChunk, SourceId } from '../audio/index.js';
import { expectNumber, expectOptions, type OptionNames, SourceError, StreamingError } from '../errors/index.js';
import { FlowGate, onAbort } from '../flow/index.js';
import { type FfmpegCommandLike, type RunningFfmpegCommand, runFfmpegCommand } from '../process/index.js';

/** Options of {@link fromFfmpeg}. */
export interface FromFfmpegOptions {
  /** A name for events and messages. Default: `ffmpeg`. */
  label?: string | undefined;
  /** Whether unsubscribing destroys the streams that the command reads, if it reads streams. Default: true. */
  destroy?: boolean | undefined;
  /** Time that ffmpeg has to end after SIGTERM, before it is killed, in milliseconds. Default: 2000. */
  killGraceMs?: number | undefined;
  /** Ends ffmpeg and the subscription with `ABORTED`. */
  signal?: AbortSignal | undefined;
}

const consumed = new WeakSet<object>();

const NAMES: OptionNames<FromFfmpegOptions> = { label: true, destroy: true, killGraceMs: true, signal: true };

/**
 * Runs a fluent-ffmpeg command, with its inputs and filters, and emits the audio that comes out of it.
 *
 * The output is added here: a WAV stream of 32-bit floats, which `decode()` reads in process; sample rate and channels are those of
 * the command. Don't call `run()`, `save()` or `pipe()` yourself. ffmpeg is held while anything downstream holds, so that memory
 * stays bounded. Which ffmpeg runs is up to fluent-ffmpeg (`setFfmpegPath()`, FFMPEG_PATH, PATH). What the command may read is not
 * restricted, unlike in `decode()`: don't build it from untrusted names.
 *
 * @param command A command, to be subscribed once; or a factory, `() => ffmpeg(…)`, to be subscribed any number of times.
 * @returns Emits asynchronously, never on subscribe; completes when ffmpeg has ended well. Unsubscribing ends ffmpeg (SIGTERM, then
 * SIGKILL) and destroys the streams it reads.
 * @throws (as error notification, after all audio that came before it) FfmpegError `FFMPEG_NOT_FOUND`, or `FFMPEG_FAILED` with exit
 * code and last lines; SourceError `SOURCE_CONSUMED` on the second subscription of a command, `SOURCE_UNUSABLE` for what is no
 * command or was started already, `SOURCE_FAILED` when a stream that ffmpeg reads fails; StreamingError `ABORTED`.
 * @example
 * fromFfmpeg(ffmpeg('in.mp4').audioFilters('volume=2')).pipe(decode())
 */
export function fromFfmpeg(
  command: FfmpegCommandLike | (() => FfmpegCommandLike),
  options: FromFfmpegOptions = {},
): Observable<ByteChunk> {
  expectOptions('fromFfmpeg', options, NAMES);
  const { label = 'ffmpeg', destroy = true, killGraceMs, signal } = options;
  if (killGraceMs !== undefined) expectNumber('fromFfmpeg({ killGraceMs })', killGraceMs, { min: 0, unit: 'milliseconds' });
  return new Observable<ByteChunk>((subscriber) => {
    const source: SourceId = { label };
    const gate = new FlowGate({ onHold: () => running?.pause(), onResume: () => running?.resume() });
    let running: RunningFfmpegCommand | undefined;
    const abort = () => {
      gate.end();
      running?.kill();
      subscriber.error(new StreamingError('ABORTED', `${label}: reading was aborted`, { cause: signal?.reason }));
    };
    if (signal?.aborted) {
      abort();
      return undefined;
    }
    try {
      const instance = typeof command === 'function' ? make(command, label) : command;
      claim(instance, label);
      running = runFfmpegCommand(instance, {
        killGraceMs,
        destroy,
        onData: (data) => subscriber.next({ data, source, flow: gate }),
        onEnd: () => {
          gate.end();
          subscriber.complete();
        },
        onError: (error) => {
          gate.end();
          subscriber.error(error);
        },
      });
    } catch (error) {
      subscriber.error(error);
      return undefined;
    }
    const ignoreSignal = onAbort(signal, abort);
    return () => {
      ignoreSignal();
      gate.end();
      running?.kill();
    };
  });
}

function make(factory: () => FfmpegCommandLike, label: string): FfmpegCommandLike {
  try {
    return factory();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SourceError('SOURCE_UNUSABLE', `${label}: the function that makes the command threw: ${message}`, { cause });
  }
}

/** Notes that a command has been subscribed, and refuses it when it was before or is no command. */
function claim(command: FfmpegCommandLike, label: string): void {
  const methods = ['output', 'noVideo', 'audioCodec', 'format', 'outputOptions', 'on', 'run'] as const;
  if (typeof command !== 'object' || command === null || methods.some((method) => typeof command[method] !== 'function')) {
    throw new SourceError('SOURCE_UNUSABLE', `${label}: command must be a fluent-ffmpeg command, or a function that returns one`);
  }
  if ((command as { ffmpegProc?: unknown }).ffmpegProc !== undefined) {
    throw new SourceError(
      'SOURCE_UNUSABLE',
      `${label}: the command is running already; leave run(), save() and pipe() to fromFfmpeg()`,
    );
  }
  if (consumed.has(command)) {
    throw new SourceError(
      'SOURCE_CONSUMED',
      `${label}: this command was already subscribed once; pass a factory, fromFfmpeg(() => ffmpeg(…)), to run it again`,
    );
  }
  consumed.add(command);
}
