import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/ensure-built.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const guide = read('docs/observability.md');
const snippets = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);

/** For each snippet, in order: what tells it apart, and what its output has. */
const expectations: [part: string, output: RegExp][] = [
  ['const dashboard', /^14 s sent, [1-9]\d* utterances, 0 reconnects\nhalf of them within [\d.]+ ms\n$/],
  ['pino(', /"event":\{"type":"session","state":"open"[\s\S]*answered in [\d.]+ ms[\s\S]*"msg":"session with .* closed"/],
  ['new ConsoleMetricExporter()', /behavioral_signals\.audio\.sent[\s\S]*behavioral_signals\.result\.response_time/],
];

let folder: string;
beforeAll(async () => {
  await ensureBuilt();
  // Inside the repository, where the package's name leads to its own dist folder.
  folder = await mkdtemp(path.join(root, 'test/docs/.snippets-'));
  await copyFile(path.join(root, 'test/fixtures/call/support_mulaw_8k.wav'), path.join(folder, 'call.wav'));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

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

describe('docs/observability.md', () => {
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

  it('names every counter of the statistics', () => {
    const [, body = ''] = /export interface StatisticsEvent \{([\s\S]*?)\n\}/.exec(read('src/events/stream-event.ts')) ?? [];
    const fields = [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name]) => name!);
    expect(fields.length).toBeGreaterThan(15);
    expect(fields.filter((field) => !['type', 'stream'].includes(field) && !guide.includes(`\`${field}`))).toEqual([]);
  });

  it('lists every instrument with its unit', () => {
    const source = read('src/observability/instruments.ts');
    const made = [...source.matchAll(/: (counter|upDown|histogram)\('([a-z_.]+)'(?:, '([^']+)')?/g)];
    expect(made.length).toBeGreaterThan(12);
    for (const [, kind, name, unit] of made) {
      expect(guide).toContain(`| \`behavioral_signals.${name}\` |`);
      expect(guide).toMatch(
        new RegExp(`behavioral_signals\\.${name}\` \\| [a-z-]+( counter)?, \`${kind === 'histogram' ? 's' : unit}\``),
      );
    }
  });
});
