export type {
  CallSilenceEvent,
  CallSummaryEvent,
  InterruptionEvent,
  LegEvent,
  LegSummary,
  OverlapEvent,
  ResponseGapEvent,
  TurnEvent,
  TurnOverEvent,
} from './call-event.js';
export { type EventObserver, emitEvent } from './event-sink.js';
export type { LatencySummary } from './latency-summary.js';
export type { Logger } from './logger.js';
export { mergeEvents } from './merge-events.js';
export type { DtmfEvent, RtpEvent, RtpStatisticsEvent } from './rtp-event.js';
export type { MarkEvent, SocketEvent, SocketStatisticsEvent, SourceGapEvent } from './socket-event.js';
export type {
  BudgetEvent,
  DiagnosticCode,
  DiagnosticEvent,
  FormatEvent,
  GapEvent,
  GateEvent,
  LatencyByLevel,
  ResultEvent,
  SessionEvent,
  StatisticsEvent,
  StreamEvent,
} from './stream-event.js';
