// What a fresh clone needs before anything runs. Node's own modules only, and nothing newer than the Node that it has to complain about.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

function readJson(...segments) {
  return JSON.parse(readFileSync(path.join(root, ...segments), 'utf8'));
}

/** Says in a sentence why this version of Node does not do, or returns undefined. */
export function nodeComplaint(version, range) {
  const wanted = range.replace(/[^0-9.]/g, '').split('.');
  const found = version.replace(/^v/, '').split('.');
  for (let index = 0; index < wanted.length; index += 1) {
    const difference = Number(found[index]) - Number(wanted[index]);
    if (difference > 0) return undefined;
    if (difference < 0)
      return `This project needs Node ${wanted.join('.')} or newer, and this is Node ${found.join('.')}. Get a newer one from nodejs.org.`;
  }
  return undefined;
}

/** Tells whether what npm installed (its hidden lock file) is what the lock file asks for; other platforms' packages may be absent. */
export function isInstalled(lock, installed) {
  return Object.entries(lock.packages).every(([folder, wanted]) => {
    if (folder === '') return true;
    const found = installed.packages[folder];
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

function needsInstall() {
  const hidden = path.join('node_modules', '.package-lock.json');
  return !existsSync(path.join(root, hidden)) || !isInstalled(readJson('package-lock.json'), readJson(hidden));
}

/** Runs a program to its end and returns its exit code and everything it printed. */
export function runQuietly(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = [];
    child.stdout.on('data', (data) => printed.push(data));
    child.stderr.on('data', (data) => printed.push(data));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, printed: Buffer.concat(printed).toString() }));
  });
}

/** The npm that runs this script, or the one beside this Node. */
function npmCommand() {
  const running = process.env.npm_execpath;
  if (running !== undefined && /npm-cli\.[cm]?js$/.test(running)) return [process.execPath, running];
  const bundled = path.join(path.dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return existsSync(bundled) ? [process.execPath, bundled] : ['npm'];
}

/** Stops with a sentence on a Node that is too old, and runs `npm ci` when the installed packages are not those of the lock file. */
export async function ensureInstalled() {
  const complaint = nodeComplaint(process.version, readJson('package.json').engines.node);
  if (complaint !== undefined) {
    console.error(complaint);
    process.exit(1);
  }
  if (!needsInstall()) return;
  console.error('Installing dependencies (npm ci) ...');
  const start = Date.now();
  const [command, ...args] = npmCommand();
  const { code, printed } = await runQuietly(command, [...args, 'ci', '--include=dev', '--loglevel=error']);
  if (code !== 0) {
    console.error(`${printed}\nnpm ci failed; the reason stands above.`);
    process.exit(1);
  }
  console.error(`Installed in ${((Date.now() - start) / 1000).toFixed(0)} s.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ensureInstalled();
