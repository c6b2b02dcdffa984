import { BehavioralSignalsError, type ErrorDetails } from './behavioral-signals-error.js';

/** A source of audio that can't be read: already consumed, in the wrong mode, or failed on the way. */
export class SourceError extends BehavioralSignalsError {
  constructor(
    code:
      | 'SOURCE_CONSUMED'
      | 'SOURCE_UNUSABLE'
      | 'SOURCE_FAILED'
      | 'PORT_UNAVAILABLE'
      | 'INVALID_FRAME'
      | 'MICROPHONE_UNAVAILABLE',
    message: string,
    details?: ErrorDetails,
  ) {
    super(code, message, details);
  }
}
