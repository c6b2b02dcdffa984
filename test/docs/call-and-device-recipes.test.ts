import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/ensure-built.mjs';
import { fakeFfmpeg } from '../process/fake-ffmpeg.js';

const root = path.resolve(import.meta.dirname, '../..');
const guide = readFileSync(path.join(root, 'docs/sources.md'), 'utf8');
/** Snippets of the sections on calls, ffmpeg and microphones. */
const snippets = ['## Calls', '## Whatever ffmpeg reads', '## Microphones'].flatMap((heading) => {
  const [, section = ''] = guide.split(`${heading}\n`);
  return [...section.split('\n## ')[0]!.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
});

let folder: string;
beforeAll(async () => {
  await ensureBuilt();
  // Inside the repository, where the package's name leads to its own dist folder.
  folder = await mkdtemp(path.join(root, 'test/docs/.snippets-'));
  await copyFile(path.join(root, 'test/fixtures/call/support_mulaw_8k.wav'), path.join(folder, 'call.wav'));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a snippet until it ends by itself, which it does only when it leaves nothing open. */
async function run(code: string, env: Record<string, string>) {
  const { code: javascript } = await transform(code, { loader: 'ts', format: 'esm', target: 'node20' });
  const name = `snippet-${snippets.indexOf(code)}.mjs`;
  await writeFile(path.join(folder, name), javascript);
  const child = spawn(process.execPath, [name], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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

describe('docs/sources.md', () => {
  it.each<[string, RegExp, () => Record<string, string>]>([
    [
      "callId: 'c-17'",
      /agent answered after 430 ms[\s\S]*customer (segment|utterance) [\d.]+[\s\S]*the agent talked for 3\d{3} ms/,
      () => ({}),
    ],
    ["callId: 'c-18'", /^tell the signalling: customer to \d+, agent to \d+\n(\w+ left\n){2}$/, () => ({})],
    ['process.env.CAMERA', /^14\.1 s of audio\n$/, () => ({ CAMERA: 'call.wav' })],
    [
      'listMicrophones()',
      /^\w+\.mic A microphone \(default\)\n[\s\S]*(heard up to 2\S+Z\n){5}$/,
      () => ({
        FFMPEG_PATH: fakeFfmpeg(
          folder,
          `if (process.argv.includes('-i')) process.stdout.write(Buffer.alloc(64_000 * 4)), setInterval(() => {}, 1000);
           else console.log('* ' + process.argv.at(-1) + '.mic [A microphone]');`,
        ),
      }),
    ],
  ])('runs the snippet with %s', async (part, output, env) => {
    const code = snippets.find((snippet) => snippet.includes(part));
    expect(code).toBeDefined();
    const { stdout, stderr, exitCode } = await run(code!, env());
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(output);
  });

  it('has a test for each snippet on calls, ffmpeg and microphones', () => {
    expect(snippets).toHaveLength(4);
  });
});
