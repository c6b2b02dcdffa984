import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { root, runQuietly } from './ensure-installed.mjs';

const SOURCES = ['src', 'scripts/embed-wasm.mjs', 'tsdown.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json'];
const ENTRIES = ['index', 'batch', 'predictions', 'service', 'testing', 'telephony', 'vad', 'opentelemetry', 'cli'];
const PRODUCTS = ['dist/index.cjs', ...ENTRIES.map((name) => `dist/${name}.js`)];

/** Newest change below a path; a folder's own time tells that a file was removed. */
function changedAt(file) {
  const found = statSync(file);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(file).map((name) => changedAt(path.join(file, name))));
}

function isBuilt() {
  const products = PRODUCTS.map((file) => path.join(root, file));
  if (!products.every((file) => existsSync(file))) return false;
  const oldest = Math.min(...products.map((file) => statSync(file).mtimeMs));
  return SOURCES.every((file) => changedAt(path.join(root, file)) <= oldest);
}

/** Builds dist/ when it is missing or older than what it is made from. */
export async function ensureBuilt() {
  if (isBuilt()) return;
  console.error('Building ...');
  const { code, printed } = await runQuietly(process.execPath, [path.join(root, 'node_modules/tsdown/dist/run.mjs')]);
  if (code !== 0) {
    console.error(`${printed}\nThe build failed; the reason stands above.`);
    process.exit(1);
  }
}
