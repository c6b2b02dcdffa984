/** Where the service reports what it does; a pino logger fits. Neither tokens nor audio are ever logged. */
export interface ServiceLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Reports nothing. */
export const silentLogger: ServiceLogger = { info: () => {}, warn: () => {}, error: () => {} };
