export { createEngine, type EngineOptions } from './create-engine.js';
export type {
  Engine,
  EngineResult,
  EngineStream,
  EngineStreamOptions,
  ResultLevel,
  TaskPrediction,
  TaskResult,
} from './engine.js';
export type { SegmentationOptions } from './segmentation-options.js';
