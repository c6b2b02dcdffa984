/**
 * Every stable error code of the library; docs/errors.md says for each what happened and what to do.
 */
export type ErrorCode =
  // Options and composition
  | 'INVALID_OPTION'
  | 'FORMAT_MISMATCH'
  | 'CHANNEL_NOT_SUBSCRIBED'
  | 'INTERLEAVED_SOURCES'
  // Sources
  | 'SOURCE_CONSUMED'
  | 'SOURCE_UNUSABLE'
  | 'SOURCE_FAILED'
  | 'PORT_UNAVAILABLE'
  | 'INVALID_FRAME'
  | 'QUEUE_OVERFLOW'
  // Decoding
  | 'EMPTY_INPUT'
  | 'UNRECOGNIZED_INPUT'
  | 'UNSUPPORTED_FORMAT'
  | 'CORRUPT_INPUT'
  | 'TRUNCATED_INPUT'
  | 'MOOV_AT_END'
  | 'DECODER_UNAVAILABLE'
  // ffmpeg
  | 'FFMPEG_NOT_FOUND'
  | 'FFMPEG_FAILED'
  // Streaming
  | 'MISSING_CREDENTIALS'
  | 'INSECURE_ENDPOINT'
  | 'CONNECT_TIMEOUT'
  | 'DRAIN_TIMEOUT'
  | 'STALLED'
  | 'UNANSWERED'
  | 'REPLAY_LIMIT'
  | 'ENDED_EARLY'
  | 'STREAM_FAILED'
  | 'UNAUTHENTICATED'
  | 'INSUFFICIENT_CREDITS'
  | 'ABORTED'
  // Packages
  | 'PACKAGE_MISSING'
  // Local service
  | 'SERVICE_START_FAILED'
  | 'ENGINE_UNAVAILABLE';
