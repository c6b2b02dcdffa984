import { BehavioralSignalsError } from './behavioral-signals-error.js';

/** Operators composed in a way that can't work: a wrong chunk type, an unsubscribed channel, interleaved sources. */
export class PipelineError extends BehavioralSignalsError {
  constructor(code: 'FORMAT_MISMATCH' | 'CHANNEL_NOT_SUBSCRIBED' | 'INTERLEAVED_SOURCES', message: string) {
    super(code, message);
  }
}
