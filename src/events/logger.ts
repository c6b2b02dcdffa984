/**
 * Where log lines go: fields first, then the message. A pino logger fits as it is, and so does `console`.
 *
 * Tokens and audio never reach it.
 */
export interface Logger {
  /** Details, such as each result; a logger without it doesn't get them. */
  debug?(fields: object, message: string): void;
  /** The life of a session or service. */
  info(fields: object, message: string): void;
  /** What was lost, retried or gone without. */
  warn(fields: object, message: string): void;
  /** What failed. */
  error(fields: object, message: string): void;
}
