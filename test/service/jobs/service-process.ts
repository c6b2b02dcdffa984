// A process with a local service, for tests that kill it: `node service-process.mjs <dataDir>`; prints the base URL when it listens.
import { startLocalService } from '../../../src/service/index.js';

const service = await startLocalService({
  vad: 'light',
  projects: [{ cid: 10000119, apiKey: 'token-of-the-killed' }],
  rest: { dataDir: process.argv[2]!, maxJobs: 3 },
});
process.stdout.write(`${service.batchConnection!.baseUrl}\n`);
process.once('SIGTERM', () => void service.close({ graceMs: 0 }));
