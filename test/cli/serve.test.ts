import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCli } from './support/built-cli.js';
import { call, fixtures, RunningCli, runCli } from './support/run-cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'behavioral-signals-rx-test-'));
  await buildCli();
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

/** The variables that `serve` prints for the shell that streams. */
function printedVariables(stderr: string): Record<string, string> {
  return Object.fromEntries(
    [...stderr.matchAll(/(BEHAVIORALSIGNALS_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

test('serve gives a token once, to the user and not to the log; others stream with it; Ctrl-C ends it', async () => {
  const service = new RunningCli(['serve', '--port', '0']);
  await service.printed('stderr', 'stream FILE');
  const variables = printedVariables(service.stderr);
  const token = variables.BEHAVIORALSIGNALS_API_KEY ?? '';
  expect(token.length).toBeGreaterThan(20);
  const streamed = await runCli(['stream', call, '--channel', '0'], { env: variables });
  expect(streamed.code).toBe(0);
  expect(streamed.lines().every(({ engine }) => engine === 'local')).toBe(true);
  const wrong = await runCli(['stream', call], { env: { ...variables, BEHAVIORALSIGNALS_API_KEY: 'wrong' } });
  expect(wrong.code).toBe(3);
  service.child.kill('SIGINT');
  const { code, stdout, stderr } = await service.end();
  expect(code).toBe(0);
  const log = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: string; message: string; endpoint?: string });
  expect(log[0]).toMatchObject({
    level: 'info',
    message: 'local service listens',
    endpoint: variables.BEHAVIORALSIGNALS_ENDPOINT,
  });
  expect(log.map(({ message }) => message)).toContain('stream opened');
  expect(log.map(({ level }) => level).filter((level) => !['info', 'warn'].includes(level))).toEqual([]);
  expect(log.at(-1)?.message).toBe('local service closed');
  expect(stdout).not.toContain(token);
  expect(stderr.split(token)).toHaveLength(2);
});

test('serve takes projects whose tokens are in files, and answers over TLS', async () => {
  const file = path.join(folder, 'token');
  await writeFile(file, 'a-token-in-a-file\n', { mode: 0o600 });
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(fixtures, 'tls', name)) as [string, string];
  const args = ['serve', '--port', '0', '--vad', 'light', '--project', `77:${file}`, '--tls-cert', cert, '--tls-key', key];
  const service = new RunningCli(args);
  await service.printed('stderr', `Project 77, with the token in ${file}`);
  expect(service.stdout).toContain('vad=light');
  const port = /https:\/\/127\.0\.0\.1:(\d+)/.exec(service.stderr)?.[1];
  const env = {
    BEHAVIORALSIGNALS_CID: '77',
    BEHAVIORALSIGNALS_API_KEY: 'a-token-in-a-file',
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: cert,
  };
  const { code, stdout } = await runCli(['stream', call, '--endpoint', `localhost:${port}`], { env });
  expect(code).toBe(0);
  expect(stdout).toContain('"engine":"local"');
  const doctor = await runCli(['doctor', '--endpoint', `localhost:${port}`], { env });
  expect(doctor.stdout).toContain(`ok       endpoint     localhost:${port} answers over TLS`);
  expect(doctor.code).toBe(0);
  service.child.kill('SIGTERM');
  const ended = await service.end();
  expect(ended.code).toBe(0);
  for (const text of [ended.stdout, ended.stderr, stdout, doctor.stdout]) expect(text).not.toContain('a-token-in-a-file');
});

test('serve lets open streams end after Ctrl-C', async () => {
  const service = new RunningCli(['serve', '--port', '0']);
  await service.printed('stderr', 'stream FILE');
  const client = new RunningCli(['stream', call, '--pace=4', '--channel', '0'], printedVariables(service.stderr));
  await client.printed('stdout', '\n');
  service.child.kill('SIGINT');
  await service.printed('stderr', 'Taking no more streams');
  const streamed = await client.end();
  expect(streamed.code).toBe(0);
  expect(streamed.lines().at(-1)?.endMs).toBeGreaterThan(13_000);
  expect((await service.end()).code).toBe(0);
});

test('serve refuses plaintext beyond this machine, and a token that everybody can read', async () => {
  const open = await runCli(['serve', '--port', '0', '--host', '0.0.0.0']);
  expect(open.code).toBe(2);
  expect(open.stderr).toContain('--host: 0.0.0.0 can be reached from other machines');
  expect(open.stderr).toContain('give --tls-cert and --tls-key, or --allow-insecure if');
  const file = path.join(folder, 'open-token');
  await writeFile(file, 'secret-token', { mode: 0o644 });
  const readable = await runCli(['serve', '--port', '0', '--project', `1:${file}`]);
  expect(readable.code).toBe(3);
  expect(readable.stderr).toContain('chmod 600');
  expect(readable.stderr).not.toContain('secret-token');
});
