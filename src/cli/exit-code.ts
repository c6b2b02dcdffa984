import { type ErrorCode, isBehavioralSignalsError } from '../index.js';

/** What the process's exit code says; documented in `--help`. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  credentials: 3,
  input: 4,
  connection: 5,
  interrupted: 130,
} as const;

/** One of the exit codes of {@link ExitCode}. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The paragraph of `--help` on exit codes. */
export const EXIT_CODES_HELP = `Exit codes:
  0    done; also when ended by the first Ctrl-C, with the results drained
  1    the stream failed on the way, or ended without all results; some files of a batch failed
  2    wrong usage: an option, an argument, or a combination of them
  3    credentials are missing, unreadable or refused
  4    the input can't be read or decoded; what came before the fault was streamed
  5    the service can't be reached, or the local one can't be started
  130  left at once on the second Ctrl-C; a batch, on the first one`;

const BY_ERROR: Partial<Record<ErrorCode, ExitCode>> = {
  INVALID_OPTION: ExitCode.usage,
  INSECURE_ENDPOINT: ExitCode.usage,
  FORMAT_MISMATCH: ExitCode.usage,
  MISSING_CREDENTIALS: ExitCode.credentials,
  UNAUTHENTICATED: ExitCode.credentials,
  SOURCE_CONSUMED: ExitCode.input,
  SOURCE_UNUSABLE: ExitCode.input,
  SOURCE_FAILED: ExitCode.input,
  MICROPHONE_UNAVAILABLE: ExitCode.input,
  EMPTY_INPUT: ExitCode.input,
  UNRECOGNIZED_INPUT: ExitCode.input,
  UNSUPPORTED_FORMAT: ExitCode.input,
  CORRUPT_INPUT: ExitCode.input,
  TRUNCATED_INPUT: ExitCode.input,
  MOOV_AT_END: ExitCode.input,
  DECODER_UNAVAILABLE: ExitCode.input,
  FFMPEG_NOT_FOUND: ExitCode.input,
  FFMPEG_FAILED: ExitCode.input,
  CONNECT_TIMEOUT: ExitCode.connection,
  SERVICE_START_FAILED: ExitCode.connection,
  ENGINE_UNAVAILABLE: ExitCode.connection,
  PACKAGE_MISSING: ExitCode.connection,
  STATE_FILE_UNUSABLE: ExitCode.input,
};

/** gRPC's status for a server that can't be reached. */
const UNAVAILABLE = 14;

/** The exit code that an error ends the process with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!isBehavioralSignalsError(error)) return ExitCode.failed;
  if (error.code === 'STREAM_FAILED' && (error as { status?: unknown }).status === UNAVAILABLE) return ExitCode.connection;
  // A request without an answer.
  if (error.code === 'REQUEST_FAILED' && (error as { statusCode?: unknown }).statusCode === undefined) return ExitCode.connection;
  return BY_ERROR[error.code] ?? ExitCode.failed;
}
