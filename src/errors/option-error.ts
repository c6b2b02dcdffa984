import { BehavioralSignalsError } from './behavioral-signals-error.js';

/** Thrown at once, by the call that was given it, when an option is missing, unknown, of the wrong type or out of range. */
export class OptionError extends BehavioralSignalsError {
  /** The option at fault, as the caller writes it. */
  readonly option: string;

  constructor(option: string, allowed: string, ...received: [unknown?]) {
    super('INVALID_OPTION', `${option}: ${allowed}${received.length > 0 ? `, but got ${describe(received[0])}` : ''}`);
    this.option = option;
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `an object (${value.constructor?.name ?? 'no prototype'})`;
  return String(value);
}
