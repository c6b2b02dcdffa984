export type { Vad, VadStream } from '../vad/index.js';
export { createEngine, type EngineOptions } from './create-engine.js';
export type {
  Engine,
  EngineResult,
  EngineStream,
  EngineStreamOptions,
  LabelResult,
  TaskResult,
} from './engine.js';
export type { SegmentationOptions } from './segmentation-options.js';
