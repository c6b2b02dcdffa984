import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRANSIENT_FAULTS } from '../../src/testing/index.js';

const root = path.resolve(import.meta.dirname, '../..');
const guide = readFileSync(path.join(root, 'docs/testing.md'), 'utf8');
const snippets = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);

/** For each snippet, in order: what tells it apart, and what it prints. */
const expectations: [part: string, output: RegExp][] = [
  ['atEnd: true', /^scripted 200 angry undefined\nscripted 4000 happy 0\.4\n$/],
  ['async (call)', /^asked for segment at 8000 Hz\nanswered by local\n\d\d segments\n$/],
  ['recordSession(', /^replayed \d+ predictions, the same as recorded\n$/],
  [
    "kind: 'delay'",
    /^failed with UNAUTHENTICATED .*the project is suspended.*\nfired delay undefined\nfired status 4\d\d\d(\.\d+)?\n$/,
  ],
  ['randomFaultPlan(', /^the same utterances, in spite of 2 faults\n$/],
];

let folder: string;
beforeAll(async () => {
  // Inside the repository, where the package's name leads to its own dist folder.
  folder = await mkdtemp(path.join(root, 'test/docs/.snippets-'));
  await copyFile(path.join(root, 'test/fixtures/call/humans_mulaw_8k.wav'), path.join(folder, 'call.wav'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a snippet until it ends by itself, which it does only when it leaves nothing open. */
async function run(code: string, name: string) {
  const { code: javascript } = await transform(code, { loader: 'ts', format: 'esm', target: 'node20' });
  await writeFile(path.join(folder, name), javascript);
  const child = spawn(process.execPath, [name], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { stdout, stderr, exitCode };
}

describe('docs/testing.md', () => {
  it('has a test for each of its snippets', () => {
    expect(snippets).toHaveLength(expectations.length);
  });

  it.each(expectations)('runs the snippet with %s', async (part, output) => {
    const code = snippets.find((snippet) => snippet.includes(part));
    expect(code).toBeDefined();
    const { stdout, stderr, exitCode } = await run(code!, `snippet-${snippets.indexOf(code!)}.mjs`);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(output);
  });

  it('names every kind of fault', () => {
    const source = readFileSync(path.join(root, 'src/testing/faults/fault.ts'), 'utf8');
    const kinds = [...source.matchAll(/readonly kind: ([^;]+);/g)].flatMap(([, union]) => [...union!.matchAll(/'([a-z-]+)'/g)]);
    expect(kinds.length).toBeGreaterThan(TRANSIENT_FAULTS.length);
    for (const [, kind] of kinds) expect(guide).toContain(`\`${kind}\``);
  });
});
