export type {
  Engine,
  EngineResult,
  EngineStream,
  EngineStreamOptions,
  FunctionModel,
  LabelResult,
  ModelInput,
  OnnxModel,
  OnnxModelOptions,
  SegmentationOptions,
  TaskResult,
  UserModel,
  Vad,
  VadStream,
} from '../engine/index.js';
export { createEngine, type EngineOptions, FUNCTIONAL_NAMES, onnxModel } from '../engine/index.js';
export type { Logger } from '../events/index.js';
export type { ProjectCredentials } from './project-registry.js';
export type { RestOptions } from './rest/rest-options.js';
export type { LocalServiceOptions, ServiceTls } from './service-options.js';
export { type LocalBatchConnection, type LocalConnection, type LocalService, startLocalService } from './start-local-service.js';
export { type NewProject, type Project, type ProjectRecord, ProjectStore, type ProjectWithToken } from './store/project-store.js';
