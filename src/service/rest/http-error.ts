/** Stable words for why a request was refused, sent as `details.reason`. */
export type RefusalReason =
  | 'INVALID_REQUEST'
  | 'UNAUTHENTICATED'
  | 'OUTDATED_PROJECT'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_COMPLETED'
  | 'FAILED'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'TOO_MANY_PENDING'
  | 'TOO_MANY_UPLOADS'
  | 'INTERNAL'
  | 'NOT_IMPLEMENTED'
  | 'BUSY'
  | 'STORAGE_FULL'
  | 'SHUTTING_DOWN';

/** Why a request is refused: an HTTP status and a plain sentence for whoever sent it, which holds no token, path or URL. */
export class HttpError extends Error {
  readonly status: number;
  readonly reason: RefusalReason;
  /** Sent with the answer, for instance `retry-after`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, reason: RefusalReason, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }

  /** The documented form of errors. */
  toJSON(): { code: number; message: string; details: { reason: RefusalReason } } {
    return { code: this.status, message: this.message, details: { reason: this.reason } };
  }
}

/** A request that can't be understood. */
export function invalid(message: string): HttpError {
  return new HttpError(400, 'INVALID_REQUEST', message);
}

/** Nothing is there, or nothing that this project may know of. */
export function notFound(message: string): HttpError {
  return new HttpError(404, 'NOT_FOUND', message);
}
