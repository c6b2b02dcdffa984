import { BehavioralSignalsError, type ErrorDetails } from './behavioral-signals-error.js';

/** The local service, or its engine, could not be started. */
export class ServiceError extends BehavioralSignalsError {
  constructor(code: 'SERVICE_START_FAILED' | 'ENGINE_UNAVAILABLE', message: string, details?: ErrorDetails) {
    super(code, message, details);
  }
}
