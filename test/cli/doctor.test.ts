import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { captureBytes } from '../support/captures.js';
import { startScriptedServer } from '../support/scripted-server.js';
import { buildCli } from './support/built-cli.js';
import { call, fixtures, runCli } from './support/run-cli.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'doctor-'));

beforeAll(buildCli, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Check {
  name: string;
  status: string;
  detail: string;
}

async function doctor(args: string[], env: Record<string, string> = {}) {
  const { code, ...result } = await runCli(['doctor', '--json', ...args], { env });
  const lines = result.stdout.trim().split('\n');
  return { code, checks: lines.map((line) => JSON.parse(line) as Check), output: result.stdout + result.stderr };
}

describe('doctor on this machine', () => {
  test('connects without making a call, and never shows credentials', async () => {
    let calls = 0;
    await using server = await startScriptedServer(() => {
      calls += 1;
    });
    const env = { BEHAVIORALSIGNALS_CID: '10000119', BEHAVIORALSIGNALS_API_KEY: 'secret-token' };
    const { code, checks, output } = await doctor(['--endpoint', server.connection.endpoint], env);
    expect(code).toBe(0);
    expect(calls).toBe(0);
    const status = Object.fromEntries(checks.map((check) => [check.name, check.status]));
    expect(status).toMatchObject({ Node: 'ok', credentials: 'ok', endpoint: 'ok' });
    expect(output).not.toContain('secret-token');
  });

  test('exits with 3 without credentials and names what stands in the way of the connection', async () => {
    await using server = await startScriptedServer(() => {});
    server.stop();
    const { code, checks } = await doctor(['--endpoint', server.connection.endpoint]);
    expect(code).toBe(3);
    expect(checks).toContainEqual({ name: 'credentials', status: 'missing', detail: expect.stringContaining('--local') });
    expect(checks).toContainEqual({ name: 'endpoint', status: 'wrong', detail: expect.stringContaining('ECONNREFUSED') });
  });

  test('exits with 5 when only the connection fails', async () => {
    await using server = await startScriptedServer(() => {});
    const env = { BEHAVIORALSIGNALS_CID: '1', BEHAVIORALSIGNALS_API_KEY: 'x' };
    const overTls = `localhost:${server.port}`;
    const { code, checks } = await doctor(['--endpoint', overTls], env);
    expect(code).toBe(5);
    expect(checks.find(({ name }) => name === 'endpoint')?.detail).toBe(
      `${overTls} can't be connected to: it answers without TLS; if that is meant, write http://${overTls}`,
    );
  });

  test('speaks of its own options, and warns of nothing that is not its own', async () => {
    const env = { BEHAVIORALSIGNALS_CID: '1', BEHAVIORALSIGNALS_API_KEY: 'x' };
    const { code, checks } = await doctor(['--endpoint', 'http://example.com'], env);
    expect(code).toBe(2);
    expect(checks.find(({ name }) => name === 'endpoint')?.detail).toMatch(
      /^error INSECURE_ENDPOINT: --endpoint: example\.com:80/,
    );
    await using server = await startScriptedServer(() => {});
    const byAddress = await doctor(['--endpoint', `127.0.0.1:${server.port}`], env);
    expect(byAddress.output).not.toContain('Warning');
  });

  test('names a missing ffmpeg without failing, because WAV and MP3 need none', async () => {
    const { code, checks } = await doctor(['--local', call], { PATH: '' });
    expect(code).toBe(0);
    expect(checks).toContainEqual({ name: 'ffmpeg', status: 'note', detail: expect.stringContaining('apt-get install ffmpeg') });
  });
});

describe('doctor on a file', () => {
  test('says what is in it, channel by channel', async () => {
    const { code, checks } = await doctor(['--local', call]);
    expect(code).toBe(0);
    expect(checks).toContainEqual({ name: 'format', status: 'ok', detail: 'wav mulaw, 8000 Hz, 2 channels, 0:14.1' });
    expect(checks).toContainEqual({ name: 'duration', status: 'ok', detail: '0:14.1 decoded' });
    expect(checks).toContainEqual({ name: 'channels', status: 'note', detail: expect.stringContaining('--channel split') });
    expect(checks.find(({ name }) => name === 'channel 1')?.detail).toMatch(
      /^level -2\d\.\d dBFS, peak -1\d\.\d dBFS, silence \d\d%/,
    );
  });

  test.each([
    ['corrupt/text_renamed.wav', 4, 'UNRECOGNIZED_INPUT'],
    ['corrupt/header_only_no_data.wav', 4, 'EMPTY_INPUT'],
  ])('%s is wrong, and the exit code says so', async (file, exitCode, errorCode) => {
    const { code, checks } = await doctor(['--local', path.join(fixtures, file)]);
    expect(code).toBe(exitCode);
    expect(checks.at(-1)).toMatchObject({ name: 'input', status: 'wrong', detail: expect.stringContaining(errorCode) });
  });

  test('sends nobody from the doctor to the doctor, and captures to their command', async () => {
    const text = await doctor(['--local', path.join(fixtures, 'corrupt/text_renamed.wav')]);
    expect(text.checks.at(-1)?.detail).not.toContain('doctor');
    const capture = path.join(folder, 'call.pcap');
    writeFileSync(capture, captureBytes('call_two_streams'));
    const { code, checks } = await doctor(['--local', capture]);
    expect(code).toBe(4);
    expect(checks.at(-1)?.detail).toBe(
      'error UNRECOGNIZED_INPUT: call.pcap: this is a packet capture; "behavioral-signals-rx pcap FILE" plays it',
    );
  });

  test('is readable without colours', async () => {
    const { stdout } = await runCli(['doctor', '--local', call]);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toMatch(/^ok {7}format {7}wav mulaw/m);
  });
});
