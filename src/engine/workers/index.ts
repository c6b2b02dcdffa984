export { findWorkerFile, WORKER_FILE } from './find-worker-file.js';
export { PROTOCOL } from './worker-message.js';
export { WorkerPool } from './worker-pool.js';
