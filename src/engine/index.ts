export type { Vad, VadStream } from '../vad/index.js';
export { createEngine, ENGINE_OPTION_NAMES, type EngineOptions } from './create-engine.js';
export type {
  Engine,
  EngineResult,
  EngineStream,
  EngineStreamOptions,
  LabelResult,
  TaskResult,
} from './engine.js';
export { FUNCTIONAL_NAMES } from './features/egemaps/index.js';
export {
  type FunctionModel,
  type ModelInput,
  type OnnxModel,
  type OnnxModelOptions,
  onnxModel,
  type UserModel,
} from './models/user-model.js';
export type { SegmentationOptions } from './segmentation-options.js';
