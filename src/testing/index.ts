export { createTestCertificates, type TestCertificate, type TestCertificates } from './certificates/test-certificates.js';
export {
  type ComparePredictionsOptions,
  comparePredictions,
  type DifferentPrediction,
  type PredictionComparison,
  type PredictionPair,
  type ShiftedPrediction,
} from './comparison/compare-predictions.js';
export { expectSamePredictions, expectSameUtterances } from './comparison/expect-same-predictions.js';
export type {
  AlteredResultFault,
  CertificateFault,
  ConnectingFault,
  DelayFault,
  Fault,
  FaultKind,
  FaultPlan,
  FaultPoint,
  FiredFault,
  GoawayFault,
  HalfAnswerFault,
  OversizeResultFault,
  PlannedFault,
  ResetCallFault,
  ResetConnectionFault,
  StallFault,
  StatusFault,
} from './faults/fault.js';
export type { FaultyServiceOptions } from './faults/faulty-service-options.js';
export { type RandomFaultPlanOptions, randomFaultPlan, TRANSIENT_FAULTS } from './faults/random-fault-plan.js';
export { type FaultyService, startFaultyService } from './faults/start-faulty-service.js';
export { type CallAudio, type KnownRecording, locateInRecording, type SourcePositionOf } from './position/source-locator.js';
export { readRecording } from './recorded/read-recording.js';
export {
  type RecordedTarget,
  type RecordSessionOptions,
  recordSession,
  type SessionRecording,
} from './recorded/record-session.js';
export type {
  RecordedAnswer,
  RecordedAudio,
  RecordedAudioEnd,
  RecordedCall,
  RecordedCallEntry,
  RecordedConfig,
  RecordedEnd,
  RecordedEntry,
  RecordedHeader,
  RecordedOfCall,
  RecordedPlace,
  RecordedResult,
} from './recorded/recorded-entry.js';
export { type ReplayedService, type ReplaySessionOptions, replaySession } from './recorded/replay-session.js';
export type { Script, ScriptAction, ScriptHandler, ScriptPoint, ScriptStep } from './script/script.js';
export type { ReceivedMessage, ScriptedCall } from './script/scripted-call.js';
export {
  type ScriptedAnswer,
  type ScriptedAnswers,
  type ScriptedLabel,
  type ScriptedResult,
  type ScriptedRow,
  scriptedResult,
} from './script/scripted-result.js';
export { type ScriptedService, type ScriptedServiceOptions, startScriptedService } from './script/start-scripted-service.js';
export type { StreamConfig } from './script/stream-config.js';
export type { TestConnection } from './test-connection.js';
export type { StreamingMethod } from './wire/audio-messages.js';
export type { GrpcStatus } from './wire/grpc-status.js';
