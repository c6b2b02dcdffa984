// `npm start`: the bundled call, live. `npm start -- FILE [options]`: the same for a file of yours, at real-time pace, against the local service.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled, root } from './ensure-installed.mjs';

await ensureInstalled();
await ensureBuilt();

const [first, ...rest] = process.argv.slice(2);
const isFile = first !== undefined && (first === '-' || !first.startsWith('-'));
const command = isFile ? ['stream', first, '--local', '--pace', ...rest] : ['demo', ...process.argv.slice(2)];

// npm runs scripts in the package's folder; the file was named from where the user stood.
process.chdir(process.env.INIT_CWD ?? process.cwd());
const cli = path.join(root, 'dist', 'cli.js');
process.argv.splice(1, process.argv.length, cli, ...command);
await import(pathToFileURL(cli).href);
