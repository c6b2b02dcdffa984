import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchServer } from './support/batch-server.js';

const MIB = 1024 * 1024;
let server: BatchServer;
let folder: string;
let program: string;

beforeAll(async () => {
  server = await BatchServer.start();
  folder = await mkdtemp(path.join(os.tmpdir(), 'upload-memory-'));
  program = path.join(folder, 'upload.cjs');
  const contents = `
    import { createReadStream } from 'node:fs';
    import { createBatchClient } from './src/batch/index.ts';
    const [options, file, how] = process.argv.slice(2);
    const client = createBatchClient(JSON.parse(options));
    client.behavior.submit(how === 'path' ? file : () => createReadStream(file)).then(({ pid }) => {
      console.log(JSON.stringify({ pid, peakKib: process.resourceUsage().maxRSS }));
    });
  `;
  const resolveDir = path.resolve(import.meta.dirname, '../..');
  await build({ stdin: { contents, resolveDir }, bundle: true, platform: 'node', format: 'cjs', outfile: program });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** The most memory that a process had in use while it uploaded a file of so many bytes, in MiB. */
async function peakMib(bytes: number, how: 'path' | 'function'): Promise<number> {
  const file = path.join(folder, `${bytes}.wav`);
  await writeFile(file, '');
  await truncate(file, bytes);
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(server.client), file, how]);
  expect(server.received.at(-1)?.fileBytes).toBeGreaterThanOrEqual(bytes);
  return (JSON.parse(stdout) as { peakKib: number }).peakKib / 1024;
}

describe('the memory of an upload', () => {
  it.each(['path', 'function'] as const)('is the same for a file of 64 MiB and one of 256 MiB, given as a %s', async (how) => {
    const [small, large] = [await peakMib(64 * MIB, how), await peakMib(256 * MIB, how)];
    expect(large - small).toBeLessThan(48);
  });
});
