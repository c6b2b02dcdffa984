export {
  AuthenticationError,
  BatchApiError,
  type BatchApiErrorCode,
  type BatchApiErrorDetails,
  InsufficientCreditsError,
  isBehavioralSignalsError,
} from '../errors/index.js';
export type { TlsOptions } from '../tls/index.js';
export type { AnalysisProgress, AnalyzeOptions } from './analyze.js';
export type { AnalyzeManyOptions, BatchFileEvent } from './analyze-many.js';
export type { BatchApi } from './batch-api.js';
export type { BatchClientOptions, BatchPollOptions, BatchRetryOptions } from './batch-client-options.js';
export type { RequestOptions } from './batch-collection.js';
export type { BatchProcess, BatchProcessState } from './batch-process.js';
export type { BatchResults, BatchResultsJson, SpokenTurn, VideoResults } from './batch-results.js';
export { type BatchClient, createBatchClient } from './create-batch-client.js';
export type { DeepfakeBatchApi } from './deepfake-batch-api.js';
export type { ListOptions } from './list-processes.js';
export type { SubmitOptions, UploadOptions } from './submit-options.js';
export type { BatchInput } from './upload-source.js';
