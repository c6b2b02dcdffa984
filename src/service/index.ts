export type {
  Engine,
  EngineResult,
  EngineStream,
  EngineStreamOptions,
  LabelResult,
  TaskResult,
  Vad,
  VadStream,
} from '../engine/index.js';
export type { Logger } from '../events/index.js';
export type { ProjectCredentials } from './project-registry.js';
export type { LocalServiceOptions, ServiceTls } from './service-options.js';
export { type LocalConnection, type LocalService, startLocalService } from './start-local-service.js';
