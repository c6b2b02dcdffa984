export { hasTask } from './has-task.js';
export type {
  AgeLabel,
  DeepfakeLabel,
  EmotionLabel,
  EngagementLabel,
  GenderLabel,
  GeneratorLabel,
  HesitationLabel,
  OpenLabel,
  PolitenessLabel,
  PositivityLabel,
  SpeakingRateLabel,
  StrengthLabel,
} from './labels.js';
export { type ParseContext, type PredictionPlace, parseStreamResult } from './parse-stream-result.js';
export type {
  KnownTask,
  LabelPosterior,
  Level,
  Prediction,
  PredictionEngine,
  PredictionTasks,
  SegmentPrediction,
  TaskName,
  TaskPrediction,
  UtterancePrediction,
  WithTask,
} from './prediction.js';
export { type AssembleContext, PredictionAssembler, type PredictionAssemblerOptions } from './prediction-assembler.js';
export { printStreamResult } from './print-stream-result.js';
export type { JsonValue, LabelJson, RawFields, ResultJson, StreamResultJson } from './stream-result-json.js';
export type { InferenceResultMessage, Int64, LabelMessage, StreamResultMessage } from './stream-result-message.js';
export { toResultJson } from './to-result-json.js';
