// `npm run chaos -- --minutes 30 --seed N`: sessions through hundreds of faults; see test/chaos/chaos-command.ts.
import { runTypeScript } from './run-typescript.mjs';

await runTypeScript('test/chaos/chaos-command.ts');
