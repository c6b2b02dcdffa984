export { answersWithoutTls } from './answers-without-tls.js';
export { BatchApiError, type BatchApiErrorCode, type BatchApiErrorDetails } from './batch-api-error.js';
export { BehavioralSignalsError, type ErrorDetails, isBehavioralSignalsError } from './behavioral-signals-error.js';
export {
  DecodeError,
  type DecodeErrorCode,
  type DecodePosition,
  UnsupportedFormatError,
} from './decode-error.js';
export type { ErrorCode } from './error-code.js';
export { expectNumber, type NumberRange } from './expect-number.js';
export { expectOptions, type OptionNames } from './expect-options.js';
export { FfmpegError } from './ffmpeg-error.js';
export { OptionError } from './option-error.js';
export { OverflowError } from './overflow-error.js';
export { PackageError } from './package-error.js';
export { PipelineError } from './pipeline-error.js';
export { ServiceError } from './service-error.js';
export { SourceError } from './source-error.js';
export {
  AuthenticationError,
  InsufficientCreditsError,
  StreamingError,
  type StreamingErrorCode,
  type StreamingErrorDetails,
} from './streaming-error.js';
