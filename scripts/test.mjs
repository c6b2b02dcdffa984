// `npm test`: everything a fresh clone needs, then vitest with the arguments given after `--`.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled, root } from './ensure-installed.mjs';

await ensureInstalled();
await ensureBuilt();

const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
process.argv.splice(1, process.argv.length, vitest, 'run', ...process.argv.slice(2));
await import(pathToFileURL(vitest).href);
