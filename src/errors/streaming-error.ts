import { BehavioralSignalsError, type ErrorDetails } from './behavioral-signals-error.js';

/** What the server, or the connection to it, said when a stream failed. */
export interface StreamingErrorDetails extends ErrorDetails {
  /** The gRPC status code's number (0-16), where the stream ended with one. */
  status?: number;
  /** The status's own text. */
  details?: string;
  /** Trailing metadata, without credentials. */
  metadata?: Readonly<Record<string, string>>;
}

/** The codes a {@link StreamingError} can carry. */
export type StreamingErrorCode =
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
  | 'ABORTED';

/** A streaming session that could not be opened, broke, or ended without its results. */
export class StreamingError extends BehavioralSignalsError {
  /** The gRPC status code's number (0-16), where the stream ended with one. */
  readonly status: number | undefined;
  /** The status's own text. */
  readonly details: string | undefined;
  /** Trailing metadata, without credentials. */
  readonly metadata: Readonly<Record<string, string>>;

  constructor(code: StreamingErrorCode, message: string, details: StreamingErrorDetails = {}) {
    super(code, message, details);
    this.status = details.status;
    this.details = details.details;
    this.metadata = details.metadata ?? {};
  }
}

/** The service refused the credentials (`cid` and `apiKey`), or there were none to send. */
export class AuthenticationError extends StreamingError {
  constructor(code: 'UNAUTHENTICATED' | 'MISSING_CREDENTIALS', message: string, details?: StreamingErrorDetails) {
    super(code, message, details);
  }
}

/** The project has no credits left for this work. */
export class InsufficientCreditsError extends StreamingError {
  constructor(message: string, details?: StreamingErrorDetails) {
    super('INSUFFICIENT_CREDITS', message, details);
  }
}
