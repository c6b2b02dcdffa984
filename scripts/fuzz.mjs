// `npm run fuzz`: hostile messages and hostile servers; see test/fuzz/fuzz-command.ts.
import { runTypeScript } from './run-typescript.mjs';

await runTypeScript('test/fuzz/fuzz-command.ts');
