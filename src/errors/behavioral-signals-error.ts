import type { ErrorCode } from './error-code.js';

/** What every error of this library can be given beside its message. */
export interface ErrorDetails {
  /** The error that led to this one. */
  cause?: unknown;
  /** Whether the same work may succeed when it is tried again. Default: false. */
  retryable?: boolean;
}

/**
 * The base class of every error this library throws or emits.
 *
 * Match on `code`, not on `instanceof`: a process can hold the ESM and the CommonJS build at once, and their classes differ.
 */
export class BehavioralSignalsError extends Error {
  /** Stable, documented in docs/errors.md. */
  readonly code: ErrorCode;
  /** Whether the same work may succeed when it is tried again. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = details.retryable ?? false;
  }
}

/** Whether a value is an error of this library (from either build), optionally with the given code. */
export function isBehavioralSignalsError(value: unknown, code?: ErrorCode): value is BehavioralSignalsError {
  if (!(value instanceof Error)) return false;
  const candidate = value as Partial<BehavioralSignalsError>;
  if (typeof candidate.code !== 'string' || typeof candidate.retryable !== 'boolean') return false;
  return code === undefined || candidate.code === code;
}
