import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCli } from './support/built-cli.js';
import { call, RunningCli, runCli } from './support/run-cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'behavioral-signals-rx-test-'));
  await buildCli();
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

test('a project is created, used with the batch API, rotated and revoked, while the service runs', async () => {
  const dataDir = path.join(folder, 'data');
  const created = await runCli(['projects', 'create', '--data-dir', dataDir, '--name', 'calls']);
  expect(created.code).toBe(0);
  const token = created.stdout.trim();
  expect(token).toMatch(/^[\w-]{32}$/);
  expect(created.stderr).toContain('Project 10000001; its token is shown this once');

  const service = new RunningCli(['serve', '--port', '0', '--rest-port', '0', '--data-dir', dataDir, '--vad', 'light', '--json']);
  await service.printed('stderr', 'Batch API on http');
  const baseUrl = /Batch API on (\S+);/.exec(service.stderr)![1]!;
  const ask = async (apiKey: string) =>
    (await fetch(`${baseUrl}/auth`, { headers: { 'x-auth-token': apiKey, 'x-auth-client': '10000001' } })).status;
  expect(await ask(token)).toBe(200);
  const variables = { BEHAVIORALSIGNALS_CID: '10000001', BEHAVIORALSIGNALS_API_KEY: token, BEHAVIORALSIGNALS_BASE_URL: baseUrl };
  const analysed = await runCli(['batch', 'analyze', call, '--json'], { env: variables });
  expect(analysed.stderr).toContain('1 file completed');
  expect(analysed.code).toBe(0);

  const rotated = await runCli(['projects', 'rotate', '10000001', '--data-dir', dataDir, '--json']);
  const { apiKey } = JSON.parse(rotated.stdout) as { apiKey: string };
  expect([await ask(token), await ask(apiKey)]).toEqual([401, 200]);
  expect((await runCli(['projects', 'revoke', '10000001', '--data-dir', dataDir])).stdout).toContain('revoked 20');
  expect(await ask(apiKey)).toBe(401);
  const listed = await runCli(['projects', 'list', '--data-dir', dataDir]);
  expect(listed.stdout).toMatch(/^10000001 {2}API 5.0.0 .*calls\n$/);
  service.child.kill('SIGINT');
  const { code, stdout, stderr } = await service.end();
  expect(code).toBe(0);
  for (const secret of [token, apiKey]) expect(stdout + listed.stdout + service.stderr).not.toContain(secret);
  expect(stderr).toContain('Project 10000000, with a token made for this run');
}, 120_000);

test('what is asked of a project that is not there, or without its folder, is refused by name', async () => {
  const missing = await runCli(['projects', 'rotate', '5', '--data-dir', path.join(folder, 'none')]);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('there is no project 5')]);
  expect((await runCli(['projects', 'list'])).code).toBe(2);
  const unused = await runCli(['serve', '--data-dir', folder]);
  expect([unused.code, unused.stderr]).toEqual([2, expect.stringContaining('--rest-port')]);
});
