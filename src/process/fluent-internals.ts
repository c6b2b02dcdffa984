import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** What fluent-ffmpeg 2.1.3, its last version, keeps in every command beside its documented methods. */
export interface FluentInternals {
  /** The running child; set before `start` is emitted. */
  readonly ffmpegProc?: ChildProcess;
  readonly _inputs?: readonly { source: string | Readable }[];
  _getFfmpegPath?(callback: (error?: Error) => void): void;
  _spawnFfmpeg?(...parameters: unknown[]): void;
}

type EndCallback = (error: Error | undefined, stdout?: unknown, stderr?: unknown) => void;

const NO_LINES = { get: () => '' };

/**
 * Keeps fluent-ffmpeg from throwing where nobody can catch it, which would end the process: when ffmpeg can't be spawned, it reads
 * the output of a child that is not there, in an event handler. With this the command emits its `error` instead.
 */
export function guardSpawn(command: FluentInternals): void {
  const spawn = command._spawnFfmpeg;
  if (!spawn) return;
  command._spawnFfmpeg = (...parameters) => {
    const end = parameters.pop() as EndCallback;
    let ended = false;
    const endOnce: EndCallback = (error, stdout = NO_LINES, stderr = NO_LINES) => {
      if (ended) return;
      ended = true;
      end(error, stdout, stderr);
    };
    try {
      spawn.call(command, ...parameters, endOnce);
    } catch (error) {
      // Without file descriptors the child's own 'error' comes on the next tick and tells more.
      setImmediate(endOnce, error instanceof Error ? error : new Error(String(error)));
    }
  };
}

/** The streams, not the files, that a command reads. */
export function inputStreams(command: FluentInternals): Readable[] {
  return (command._inputs ?? []).map((input) => input.source).filter((source) => typeof source !== 'string');
}
