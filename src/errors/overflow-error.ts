import { BehavioralSignalsError } from './behavioral-signals-error.js';

/** A source that can't be paused produced more than the bounded queue in front of an operator holds. */
export class OverflowError extends BehavioralSignalsError {
  /** The bound that was reached, in bytes. */
  readonly limitBytes: number;

  constructor(message: string, limitBytes: number) {
    super('QUEUE_OVERFLOW', message);
    this.limitBytes = limitBytes;
  }
}
