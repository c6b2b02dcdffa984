// `npm run soak -- --hours N`: a session that lasts; see test/chaos/soak-command.ts.
import { runTypeScript } from './run-typescript.mjs';

await runTypeScript('test/chaos/soak-command.ts');
