// `npm run kill-service -- --kills 100 --seed N`: the local service through `kill -9` under load; see test/service/jobs/kill-command.ts.
import { runTypeScript } from './run-typescript.mjs';

await runTypeScript('test/service/jobs/kill-command.ts');
