import { BehavioralSignalsError, type ErrorDetails } from './behavioral-signals-error.js';

/** What is known about a failed request to the batch API, or a failed process. */
export interface BatchApiErrorDetails extends ErrorDetails {
  /** The HTTP status; undefined when there was no answer. */
  statusCode?: number | undefined;
  /** The service's own `code`, from the error's JSON. */
  serviceCode?: string | number | undefined;
  /** The service's own `details`, from the error's JSON. */
  details?: unknown;
  /** The request's ID, as the answer's headers give it. */
  requestId?: string | undefined;
  /** The process that it is about. */
  pid?: string | undefined;
  /** How long the service asked to wait, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** Whether it is certain that nothing of the request has reached the service. Default: false. */
  unsent?: boolean | undefined;
}

/** The codes a {@link BatchApiError} can carry. */
export type BatchApiErrorCode =
  | 'INSECURE_ENDPOINT'
  | 'CONNECT_TIMEOUT'
  | 'STALLED'
  | 'REQUEST_TIMEOUT'
  | 'REQUEST_FAILED'
  | 'INVALID_RESPONSE'
  | 'SUBMISSION_UNCERTAIN'
  | 'PROCESS_FAILED'
  | 'ANALYSIS_TIMEOUT'
  | 'STATE_FILE_UNUSABLE'
  | 'ABORTED';

/** A request to the batch API that failed, or a process that did; never holds the API token or a presigned URL. */
export class BatchApiError extends BehavioralSignalsError {
  /** The HTTP status; undefined when there was no answer. */
  readonly statusCode: number | undefined;
  /** The service's own `code`, from the error's JSON. */
  readonly serviceCode: string | number | undefined;
  /** The service's own `details`, from the error's JSON. */
  readonly details: unknown;
  /** The request's ID, as the answer's headers give it: name it to the service's support. */
  readonly requestId: string | undefined;
  /** The process that it is about. */
  readonly pid: string | undefined;
  /** How long the service asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Whether it is certain that nothing of the request has reached the service. */
  readonly unsent: boolean;

  constructor(code: BatchApiErrorCode, message: string, details: BatchApiErrorDetails = {}) {
    super(code, message, details);
    this.statusCode = details.statusCode;
    this.serviceCode = details.serviceCode;
    this.details = details.details;
    this.requestId = details.requestId;
    this.pid = details.pid;
    this.retryAfterMs = details.retryAfterMs;
    this.unsent = details.unsent ?? false;
  }
}
