import { BehavioralSignalsError, type ErrorDetails } from './behavioral-signals-error.js';

/** ffmpeg could not be found or started, or ended with a failure. */
export class FfmpegError extends BehavioralSignalsError {
  /** Exit code of the process; undefined when it never ran or was killed by a signal. */
  readonly exitCode: number | undefined;
  /** The last lines ffmpeg wrote to standard error. */
  readonly stderrTail: string;
  /** Milliseconds of audio delivered before the failure. */
  readonly timeMs: number | undefined;

  constructor(
    code: 'FFMPEG_NOT_FOUND' | 'FFMPEG_FAILED',
    message: string,
    details: ErrorDetails & { exitCode?: number; stderrTail?: string; timeMs?: number } = {},
  ) {
    super(code, message, details);
    this.exitCode = details.exitCode;
    this.stderrTail = details.stderrTail ?? '';
    this.timeMs = details.timeMs;
  }
}
