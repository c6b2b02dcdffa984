import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLocalService } from '../../src/service/index.js';
import { endWith, genderRow, startScriptedServer } from '../support/scripted-server.js';
import { buildCli } from './support/built-cli.js';
import { call, fixtures, runCli } from './support/run-cli.js';

let folder: string;
const token = 'a-token-that-nobody-may-see';
const credentials = { BEHAVIORALSIGNALS_CID: '10000119', BEHAVIORALSIGNALS_API_KEY: token };
const corrupt = (name: string) => path.join(fixtures, 'corrupt', name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'behavioral-signals-rx-test-'));
  await buildCli();
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

describe('wrong usage exits with 2', () => {
  test.each([
    [['stream', call, '--bogus'], "error INVALID_OPTION: unknown option '--bogus'"],
    [['stream'], "error INVALID_OPTION: missing required argument 'input'"],
    [['stream', call, '--local', '--level', 'word'], 'segment, utterance, all'],
    [['stream', call, '--local', '--chunk', '0'], 'error INVALID_OPTION: --chunk: must be a number from 1 to 1000, but got "0"'],
    [['stream', call, '--local', '--rate', '8000.5'], 'error INVALID_OPTION: --rate: must be a whole number'],
    [['stream', '--local', '--pace', call], 'write the input before --pace'],
    [['stream', call, '--local', '--channel', 'left'], 'error INVALID_OPTION: --channel: must be mix, split, or the number'],
    [['stream', call, '--local', '--channel', '2'], 'has channels 0 to 1, but got 2'],
    [['stream', call, '--local', '--endpoint', '127.0.0.1:1'], "option '--local' cannot be used with option '--endpoint"],
    [['stream', call, '--local', '--plain', '--json'], 'cannot be used with option'],
    [
      ['stream', 'ftp://example.org/a.wav', '--local'],
      'error INVALID_OPTION: <input>: must be a file, an http:// or https:// URL',
    ],
    [['stream', 'https://user:hunter2@example.org/a.wav', '--local'], 'must not carry a user name or password'],
    [['sing'], "error INVALID_OPTION: unknown command 'sing'"],
    [['serve', '--project', 'a-token'], 'error INVALID_OPTION: --project: must be cid:token-file'],
    [['serve', '--tls-cert', 'cert.pem'], 'error INVALID_OPTION: --tls-key: is missing'],
    [['batch', 'list', '--limit', '0'], 'error INVALID_OPTION: --limit: must be a whole number from 1'],
  ])('%j', async (args, complaint) => {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(complaint);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stderr).not.toContain('hunter2');
    const command = args.filter((arg) => ['stream', 'serve', 'batch', 'list'].includes(arg)).map((name) => `${name} `);
    expect(stderr).toContain(`"behavioral-signals-rx ${command.join('')}--help" shows what is allowed.`);
  });

  test('plaintext beyond this machine, before anything is sent', async () => {
    const { code, stderr } = await runCli(['stream', call, '--endpoint', 'http://example.org:80'], { env: credentials });
    expect(code).toBe(2);
    expect(stderr).toContain('error INSECURE_ENDPOINT: --endpoint: example.org:80 is not on this machine');
    expect(stderr).not.toContain('allowInsecure');
  });
});

describe('credentials exit with 3', () => {
  test('when there are none: the message names both ways on', async () => {
    const { code, stderr } = await runCli(['stream', call]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error MISSING_CREDENTIALS: .*BEHAVIORALSIGNALS_CID.*BEHAVIORALSIGNALS_API_KEY/);
    expect(stderr).toContain('--credentials FILE');
    expect(stderr).toContain('--local');
  });

  test.each([
    ['JSON', JSON.stringify({ cid: 10_000_119, apiKey: token })],
    ['lines', `# staging\nexport BEHAVIORALSIGNALS_CID=10000119\nBEHAVIORALSIGNALS_API_KEY="${token}"\n`],
  ])('from a file of %s, which nobody else may read', async (form, text) => {
    await using service = await startLocalService({ projects: [{ cid: 10_000_119, apiKey: token }] });
    const file = path.join(folder, `credentials-${form}`);
    await writeFile(file, text, { mode: 0o600 });
    const args = ['stream', call, '--endpoint', service.endpoint, '--credentials', file];
    const accepted = await runCli(args);
    expect(accepted.code).toBe(0);
    expect(accepted.lines().length).toBeGreaterThan(0);
    await chmod(file, 0o644);
    const refused = await runCli(args);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(`Run "chmod 600 ${file}"`);
    for (const { stdout, stderr } of [accepted, refused]) expect(stdout + stderr).not.toContain(token);
  });

  test('when the file is broken, without quoting it', async () => {
    const file = path.join(folder, 'broken');
    await writeFile(file, `{"cid": 1, "apiKey": "${token}"`, { mode: 0o600 });
    const { code, stderr } = await runCli(['stream', call, '--credentials', file]);
    expect(code).toBe(3);
    expect(stderr).toContain("begins like JSON but can't be parsed");
    expect(stderr).not.toContain(token);
  });

  test('when the service refuses them, even if it repeats the token', async () => {
    await using service = await startLocalService();
    const refused = await runCli(['stream', call, '--endpoint', service.endpoint], { env: credentials });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('error UNAUTHENTICATED: ');
    await using rude = await startScriptedServer((stream) => {
      stream.once('data', () => endWith(stream, { code: status.UNAUTHENTICATED, details: `unknown token ${token}\u001b[2J` }));
    });
    const { code, stderr } = await runCli(['stream', call, '--endpoint', rude.connection.endpoint], { env: credentials });
    expect(code).toBe(3);
    expect(stderr).toContain('unknown token (hidden)');
    expect(stderr).not.toContain('\u001b');
  });
});

describe('input that can not be used exits with 4', () => {
  test.each([
    [corrupt('text_renamed.wav'), 'UNRECOGNIZED_INPUT'],
    [corrupt('png_renamed.wav'), 'UNRECOGNIZED_INPUT'],
    [corrupt('m4a_no_moov.m4a'), 'CORRUPT_INPUT'],
    [path.join('no', 'such', 'file.wav'), 'SOURCE_FAILED'],
    ['-', 'EMPTY_INPUT'],
  ])('%s', async (input, errorCode) => {
    const { code, stdout, stderr } = await runCli(['stream', input, '--local']);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error ${errorCode}: .`, 'm'));
    expect(stderr).not.toContain('Summary');
  });

  test('after the predictions for what came before the fault', async () => {
    const file = await readFile(path.join(fixtures, 'call/support.mp3'));
    const { code, stderr, ...result } = await runCli(['stream', '-', '--local'], { stdin: file.subarray(0, 60_000) });
    expect(code).toBe(4);
    expect(stderr).toContain('error TRUNCATED_INPUT: stdin: ');
    expect(stderr).toContain('Summary of stdin');
    expect(result.stdout.split('\n').length).toBeGreaterThan(2);
  });

  test('a URL that answers 404 or nothing; its query stays secret', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end('gone'));
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
    const url = `http://127.0.0.1:${port}/calls/a.wav?signature=${token}`;
    const missing = await runCli(['stream', url, '--local']);
    await new Promise((resolve) => server.close(resolve));
    const closed = await runCli(['stream', url, '--local']);
    expect(missing.stderr).toContain(
      `error SOURCE_FAILED: http://127.0.0.1:${port}/calls/a.wav can't be fetched: the server answered 404 Not Found`,
    );
    expect(closed.stderr).toContain('ECONNREFUSED');
    for (const { code, stderr } of [missing, closed]) {
      expect(code).toBe(4);
      expect(stderr).not.toContain(token);
    }
  });
});

describe('a service that can not be reached exits with 5', () => {
  test('a closed port', async () => {
    await using server = await startScriptedServer(() => {});
    server.stop();
    const { code, stderr } = await runCli(['stream', call, '--endpoint', server.connection.endpoint], { env: credentials });
    expect(code).toBe(5);
    expect(stderr).toMatch(/^error STREAM_FAILED: .*ECONNREFUSED/m);
    expect(stderr).toContain('behavioral-signals-rx doctor');
  });

  test('a port that is taken', async () => {
    await using service = await startLocalService();
    const { code, stderr } = await runCli(['serve', '--port', String(service.port)]);
    expect(code).toBe(5);
    expect(stderr).toContain('error SERVICE_START_FAILED: ');
  });
});

test('a stream that fails on the way exits with 1, after the predictions that came', async () => {
  await using server = await startScriptedServer((stream) => {
    let messages = 0;
    stream.on('data', () => {
      messages += 1;
      if (messages === 2) stream.write({ cid: '1', pid: '7', messageId: 0, result: [genderRow('segment', '1', '0.00', '2.00')] });
      if (messages === 3) endWith(stream, { code: status.FAILED_PRECONDITION, details: 'out of order' });
    });
  });
  const result = await runCli(['stream', call, '--endpoint', server.connection.endpoint], { env: credentials });
  expect(result.code).toBe(1);
  expect(result.lines()).toMatchObject([{ channel: 'mix', engine: 'remote', pid: '7', tasks: { gender: { label: 'female' } } }]);
  expect(result.stderr).toMatch(/^error STREAM_FAILED: .*out of order/m);
  expect(result.stderr).toContain('remote engine');
});

test('a failure that passes is noted, and the stream that follows it exits with 0', async () => {
  let calls = 0;
  await using server = await startScriptedServer((stream) => {
    calls += 1;
    const isFirst = calls === 1;
    let messages = 0;
    stream.on('data', () => {
      messages += 1;
      if (isFirst && messages === 2) endWith(stream, { code: status.INTERNAL, details: 'out of order' });
    });
    stream.on('end', () => {
      if (isFirst) return;
      stream.write({ cid: '1', pid: '8', messageId: 0, result: [genderRow('segment', '1', '0.00', '2.00')] });
      stream.end();
    });
    stream.on('error', () => {});
  });
  const result = await runCli(['stream', call, '--endpoint', server.connection.endpoint], { env: credentials });
  expect(result.code).toBe(0);
  expect(result.lines()).toMatchObject([{ pid: '8', epoch: 1 }]);
  expect(result.stderr).toMatch(
    /^note RECONNECTING: the stream to 127\.0\.0\.1:\d+ broke off \(STREAM_FAILED\); attempt 1 follows in \d\.\d s$/m,
  );
});
