import { parentPort } from 'node:worker_threads';
import type { WorkerRequest } from '../../../src/engine/workers/worker-message.js';
import '../../../src/engine/workers/worker-main.js';

// The engine's worker, with two faults: audio that begins with one number ends the thread, with another it throws where nobody catches.
parentPort!.on('message', (requests: readonly WorkerRequest[]) => {
  for (const request of requests) {
    if (request.type === 'push' && request.samples[0] === 31_001) process.exit(7);
    if (request.type === 'push' && request.samples[0] === 31_002) throw new Error('out of memory');
  }
});
