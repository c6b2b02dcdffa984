import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, createReadStream, existsSync, openSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { ownTmpdir } from '../support/own-tmpdir.js';
import { genderRow, startScriptedServer } from '../support/scripted-server.js';
import { buildCli, cli } from './support/built-cli.js';
import { call, RunningCli } from './support/run-cli.js';

beforeAll(buildCli, 120_000);

const credentials = { BEHAVIORALSIGNALS_CID: '10000119', BEHAVIORALSIGNALS_API_KEY: 'test-token' };

describe('Ctrl-C', () => {
  test('once: ends the audio, drains the results and sums up', async () => {
    const running = new RunningCli(['stream', call, '--local', '--pace', '--channel', 'split']);
    await running.printed('stdout', '\n');
    running.child.kill('SIGINT');
    const result = await running.end();
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('note Ending the audio');
    expect(result.stderr).toContain('Summary of support_mulaw_8k.wav');
    // The segment came first; the utterance that was being spoken is closed by the audio's end, long before the file's.
    const lines = result.lines();
    expect(lines.map(({ level }) => level)).toEqual(['segment', 'utterance']);
    expect(Math.max(...lines.map(({ endMs }) => endMs))).toBeLessThan(5000);
  });

  test('twice: leaves at once, though the server would have gone on', async () => {
    await using server = await startScriptedServer((stream) => {
      let answered = false;
      stream.on('data', () => {
        if (answered) return;
        answered = true;
        stream.write({ cid: '1', pid: '1', messageId: 0, result: [genderRow('segment', '1', '0.00', '2.00')] });
      });
    });
    const running = new RunningCli(['stream', call, '--endpoint', server.connection.endpoint, '--pace'], credentials);
    await running.printed('stdout', '\n');
    running.child.kill('SIGINT');
    await running.printed('stderr', 'note Ending the audio');
    // Again until it counts: two signals within a moment are taken for one key press.
    const press = setInterval(() => running.child.kill('SIGINT'), 20);
    const { code, stderr } = await running.end();
    clearInterval(press);
    expect(code).toBe(130);
    expect(stderr).not.toContain('Summary');
  });

  test('before any audio has come: ends at once', async () => {
    const running = new RunningCli(['stream', '-', '--local', '--plain']);
    running.child.stdin.write('RIFF');
    await running.printed('stdout', 'streaming to the local service');
    running.child.kill('SIGTERM');
    await once(running.child, 'close');
    expect(running.child.exitCode).toBe(0);
    expect(running.stderr).toContain('note Ending the audio');
  });

  test('lets go of the URL it reads', async () => {
    const server = createServer((_request, response) => {
      createReadStream(call).pipe(response, { end: false });
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
    const requests = once(server, 'request');
    const running = new RunningCli(['stream', `http://127.0.0.1:${port}/live.wav`, '--local', '--channel', '0']);
    const [, response] = (await requests) as [unknown, NodeJS.EventEmitter];
    const closed = once(response, 'close');
    await running.printed('stdout', '\n');
    running.child.kill('SIGINT');
    await closed;
    const result = await running.end();
    expect(result.code).toBe(0);
    expect(result.lines().at(-1)).toMatchObject({ level: 'utterance' });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('recordings of a local service without a data directory are gone, and all else that was temporary', () => {
  test('when nobody reads the results any more', async () => {
    await using temporary = await ownTmpdir();
    const running = new RunningCli(['batch', 'analyze', call, '--local']);
    await running.printed('stderr', 'uploading');
    expect(await temporary.names()).toHaveLength(1);
    running.child.stdout.destroy();
    expect((await running.end()).code).toBe(0);
    expect(await temporary.names()).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('after %s', async (signal) => {
    await using temporary = await ownTmpdir();
    const running = new RunningCli(['serve', '--port', '0', '--rest-port', '0']);
    await running.printed('stderr', 'Batch API on');
    running.child.kill(signal);
    expect((await running.end()).code).toBe(0);
    expect(await temporary.names()).toEqual([]);
  });
});

test('a reader that has seen enough ends the program quietly', async () => {
  const pipeline = `("$0" "$1" stream "$2" --local --channel 0; echo "exit $?" >&2) | head -n 1`;
  const shell = spawn('sh', ['-c', pipeline, process.execPath, cli, call], { env: { PATH: process.env.PATH ?? '' } });
  let stdout = '';
  let stderr = '';
  shell.stdout.on('data', (text) => {
    stdout += text;
  });
  shell.stderr.on('data', (text) => {
    stderr += text;
  });
  await once(shell, 'close');
  expect(stdout.split('\n')).toHaveLength(2);
  expect(JSON.parse(stdout)).toMatchObject({ engine: 'local' });
  expect(stderr).toContain('exit 0');
  expect(stderr).not.toMatch(/error|EPIPE/i);
});

// Only Linux has /dev/full.
test.skipIf(!existsSync('/dev/full'))('output that can not be written ends it with an error, which is no bug', async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [cli, 'stream', call, '--local', '--channel', '0'], { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error OUTPUT_FAILED: standard output can't be written: ENOSPC/m);
  expect(stderr).not.toContain('bug');
});
