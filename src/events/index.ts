export { type EventObserver, emitEvent } from './event-sink.js';
export type {
  DiagnosticCode,
  DiagnosticEvent,
  FormatEvent,
  GapEvent,
  SessionEvent,
  StatisticsEvent,
  StreamEvent,
} from './stream-event.js';
