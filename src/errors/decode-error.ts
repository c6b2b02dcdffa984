import { BehavioralSignalsError, type ErrorDetails } from './behavioral-signals-error.js';

/** Where in the input a decoder gave up. */
export interface DecodePosition extends ErrorDetails {
  /** Bytes from the start of the input, where known. */
  byteOffset?: number;
  /** Milliseconds of audio delivered before the error. */
  timeMs?: number;
}

/** The codes a {@link DecodeError} can carry. */
export type DecodeErrorCode =
  | 'EMPTY_INPUT'
  | 'UNRECOGNIZED_INPUT'
  | 'UNSUPPORTED_FORMAT'
  | 'CORRUPT_INPUT'
  | 'TRUNCATED_INPUT'
  | 'MOOV_AT_END'
  | 'DECODER_UNAVAILABLE';

/** Input that is not audio, is broken, or breaks off; everything decodable before it was delivered first. */
export class DecodeError extends BehavioralSignalsError {
  /** Bytes from the start of the input to the fault, where known. */
  readonly byteOffset: number | undefined;
  /** Milliseconds of audio delivered before the fault. */
  readonly timeMs: number | undefined;

  constructor(code: DecodeErrorCode, message: string, position: DecodePosition = {}) {
    super(code, message, position);
    this.byteOffset = position.byteOffset;
    this.timeMs = position.timeMs;
  }
}

/** Input of a format that was recognised but can't be decoded here. */
export class UnsupportedFormatError extends DecodeError {
  constructor(message: string, position?: DecodePosition) {
    super('UNSUPPORTED_FORMAT', message, position);
  }
}
