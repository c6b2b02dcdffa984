import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchServer } from '../batch/support/batch-server.js';
import { buildCli } from '../cli/support/built-cli.js';
import documented from '../predictions/documented-example.json' with { type: 'json' };

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const guide = read('docs/batch.md');
const snippets = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);

/** For each snippet, in order: a part of it that tells it apart, and what it must print. */
const expectations: [part: string, output: RegExp][] = [
  [
    ".analyze('call.mp3')",
    /^0 of (\d+) bytes\n(.*\n)*\1 of \1 bytes\npending \d+\n(.*\n)*utterance 0 neutral\n0 SPEAKER_00 undefined\n$/,
  ],
  [
    'checkCredentials()',
    /^submitted \d+ \w+\nlisted call 4711 completed \{ agent: 'Kim', submissionId: '[\s\S]*results spoofed\n.*wrote them 11\n$/,
  ],
  [
    '.analyzeMany(',
    /^(?=[\s\S]*^missing\.mp3 SOURCE_FAILED$)(?=[\s\S]*^call\.mp3 has 1 predictions$)(?=[\s\S]*^other-call\.mp3 has 1 p)[\s\S]*\ndone\n$/m,
  ],
];

let server: BatchServer;
let folder: string;
beforeAll(async () => {
  await buildCli();
  server = await BatchServer.start();
  const [row] = documented.results;
  const claims = [
    ['deepfake', 'spoofed'],
    ['diarization', 'SPEAKER_00'],
  ].map(([task, finalLabel]) => ({ ...row, task, finalLabel, prediction: [] }));
  server.rows = [...documented.results, ...claims].map((one) => ({ ...one, level: 'utterance' }));
  server.statuses = [0, 2];
  // Inside the repository, where the package's name leads to its own dist folder.
  folder = await mkdtemp(path.join(root, 'test/docs/.snippets-'));
  for (const name of ['call.mp3', 'other-call.mp3']) {
    await copyFile(path.join(root, 'test/fixtures/call/support.mp3'), path.join(folder, name));
  }
}, 240_000);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function run(code: string, name: string): Promise<{ stdout: string; stderr: string; exitCode: number | null }> {
  const { code: javascript } = await transform(code, { loader: 'ts', format: 'esm', target: 'node20' });
  await writeFile(path.join(folder, name), javascript);
  const { cid, apiKey, baseUrl } = server;
  const env = {
    ...process.env,
    BEHAVIORALSIGNALS_CID: String(cid),
    BEHAVIORALSIGNALS_API_KEY: apiKey,
    BEHAVIORALSIGNALS_BASE_URL: baseUrl,
  };
  // It ends by itself only when it leaves nothing open.
  const child = spawn(process.execPath, [name], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
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

describe('docs/batch.md', () => {
  it('has a test for each of its snippets', () => {
    expect(snippets).toHaveLength(expectations.length);
  });

  it.each(expectations)('runs the snippet with %s', async (part, output) => {
    const code = snippets.find((snippet) => snippet.includes(part));
    expect(code).toBeDefined();
    const { stdout, stderr, exitCode } = await run(code!, `snippet-${snippets.indexOf(code!)}.mjs`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(output);
  });

  it('names every method, and every option with a limit', () => {
    const sources = ['batch-api.ts', 'deepfake-batch-api.ts'].map((file) => read(`src/batch/${file}`)).join('\n');
    const methods = [...sources.matchAll(/^ {2}(?:async )?([a-z]\w+)\(/gm)].map(([, name]) => name!);
    expect(methods.length).toBeGreaterThan(12);
    expect(methods.filter((name) => !['constructor', 'rawVideoResults'].includes(name) && !guide.includes(name))).toEqual([]);
    const options = [...read('src/batch/batch-client-options.ts').matchAll(/^ {2}(\w+(?:TimeoutMs|Bytes))\?/gm)];
    expect(options.filter(([, name]) => !guide.includes(`| \`${name}\` |`))).toEqual([]);
  });

  it('shows commands that exist', () => {
    const commands = [...guide.matchAll(/behavioral-signals-rx batch (\w+)/g)].map(([, name]) => name);
    const source = read('src/cli/batch-command.ts');
    expect(readdirSync(path.join(root, 'src/cli'))).toContain('batch-command.ts');
    for (const name of new Set(commands)) expect(source).toContain(`new Command('${name}')`);
  });
});
