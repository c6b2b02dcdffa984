/** Where the service reports what it does; a pino logger fits. Neither tokens nor audio are ever logged. */
export interface ServiceLogger {
  /** The service's life, and each stream's: opened, closed and why. */
  info(fields: object, message: string): void;
  /** What the service goes without: health checks and reflection, when their packages can't be loaded. */
  warn(fields: object, message: string): void;
  /** A stream's engine failed; the error is the field `err`. */
  error(fields: object, message: string): void;
}

/** Reports nothing. */
export const silentLogger: ServiceLogger = { info: () => {}, warn: () => {}, error: () => {} };
