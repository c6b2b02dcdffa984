import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sourceFileComplaints } from '../../scripts/check-source-files.mjs';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');

let project: string;

beforeEach(async () => {
  project = await mkdtemp(path.join(os.tmpdir(), 'source-rules-'));
});

afterEach(() => rm(project, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(project, name)), { recursive: true });
    await writeFile(path.join(project, name), text);
  }
}

const installed = (name: string) => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', main: 'index.js' }),
  [`node_modules/${name}/index.js`]: 'exports.answer = 42;',
});

interface Cruised {
  readonly summary: { violations: { from: string; rule: { name: string } }[] };
}

/** For each file that breaks dependency rules: the rules' names. */
async function brokenRules(): Promise<Record<string, string[]>> {
  const cruiser = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cruiser, 'src', '--config', path.join(root, '.dependency-cruiser.mjs'), '--output-type', 'json'];
  // It exits with the number of violations.
  const { stdout } = await run(process.execPath, args, { cwd: project, maxBuffer: 2 ** 24 }).catch((failure) => failure);
  const { violations } = (JSON.parse(stdout) as Cruised).summary;
  const broken: Record<string, string[]> = {};
  for (const { from, rule } of violations) broken[from] = [...new Set([...(broken[from] ?? []), rule.name])].sort();
  return broken;
}

describe('the dependency rules', () => {
  it('let files import what is below them, and name the rule that any other import breaks', async () => {
    await write({
      ...installed('rxjs'),
      ...installed('@grpc/grpc-js'),
      ...installed('pino'),
      'package.json': JSON.stringify({ dependencies: { '@grpc/grpc-js': '1', rxjs: '1' }, devDependencies: { pino: '1' } }),
      'tsconfig.json': JSON.stringify({ compilerOptions: { module: 'nodenext', target: 'es2022' }, include: ['src'] }),

      'src/index.ts': "export * from './operators/chunk.js';",
      'src/errors/error.ts': 'export const error = 1;',
      'src/flow/hold.ts': "import '../errors/error.js'; export const hold = 1;",
      'src/operators/chunk.ts': "import 'rxjs'; import '../flow/hold.js'; export const chunk = 1;",
      'src/grpc/call.ts': "import '@grpc/grpc-js'; import '../predictions/index.js';",
      'src/predictions/index.ts': 'export const prediction = 1;',
      'src/cli/main.ts': "import '../index.js'; import '../predictions/index.js'; import 'rxjs';",

      'src/cli/skips-the-entry.ts': "import '../operators/chunk.js';",
      'src/engine/imports-service.ts': "import '../service/imports-pino.js';",
      'src/errors/imports-flow.ts': "import '../flow/hold.js';",
      'src/extras/has-no-layer.ts': "import '../flow/hold.js';",
      'src/flow/imports-rxjs.ts': "import 'rxjs';",
      'src/flow/imports-types-from-above.ts': "import type { chunk } from '../operators/chunk.js';",
      'src/flow/imports-nothing.ts': "import './nothing.js';",
      'src/flow/round.ts': "import './and-round.js';",
      'src/flow/and-round.ts': "import './round.js';",
      'src/operators/imports-grpc-js.ts': "import '@grpc/grpc-js';",
      'src/predictions/imports-node.ts': "import 'node:fs';",
      'src/service/imports-pino.ts': "import 'pino';",
      'src/sources/imports-operator.ts': "import '../operators/chunk.js';",
    });
    expect(await brokenRules()).toEqual({
      'src/cli/skips-the-entry.ts': ['cli-imports-only-lower-folders'],
      'src/engine/imports-service.ts': ['engine-imports-only-lower-folders'],
      'src/errors/imports-flow.ts': ['errors-imports-only-lower-folders'],
      'src/extras/has-no-layer.ts': ['every-folder-has-a-layer'],
      'src/flow/imports-rxjs.ts': ['flow-imports-only-its-packages'],
      'src/flow/imports-types-from-above.ts': ['flow-imports-only-lower-folders'],
      'src/flow/imports-nothing.ts': ['no-unresolvable-imports'],
      // A cycle is reported once, from the file where it was met first.
      'src/flow/and-round.ts': ['no-cycles'],
      'src/operators/imports-grpc-js.ts': ['operators-imports-only-its-packages'],
      'src/predictions/imports-node.ts': ['predictions-runs-in-a-browser'],
      'src/service/imports-pino.ts': ['no-development-packages', 'service-imports-only-its-packages'],
      'src/sources/imports-operator.ts': ['sources-imports-only-lower-folders'],
    });
  });

  it('keep the engine out of the main entry, however far away it is imported', async () => {
    await write({
      'package.json': '{}',
      'tsconfig.json': '{}',
      'src/index.ts': "export * from './operators/chunk.js';",
      'src/operators/chunk.ts': "export * from './deeper.js';",
      'src/operators/deeper.ts': "export * from '../engine/engine.js';",
      'src/engine/engine.ts': 'export const engine = 1;',
    });
    expect(await brokenRules()).toEqual({
      'src/index.ts': ['main-entry-stays-light'],
      'src/operators/deeper.ts': ['operators-imports-only-lower-folders'],
    });
  });
});

describe('the rules for files', () => {
  it('accept short files in kebab-case', async () => {
    await write({ 'flow/flow-gate.ts': '1\n'.repeat(300), 'grpc/proto/types/AudioStream.ts': '1\n' });
    expect(await sourceFileComplaints(project)).toEqual([]);
  });

  it('name every file that is too long, says nothing, or is not in kebab-case', async () => {
    await write({ 'flow/long.ts': '1\n'.repeat(301), 'flow/queue-utils.ts': '', 'helpers/one.ts': '', 'flow/flowGate.ts': '' });
    expect(await sourceFileComplaints(project)).toEqual([
      'flow/flowGate.ts: names are in kebab-case',
      'flow/long.ts: 301 lines, at most 300 are allowed',
      'flow/queue-utils.ts: name it for the one concept it holds',
      'helpers: name it for the one concept it holds',
    ]);
  });
});
