import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BatchServer, json } from '../batch/support/batch-server.js';
import documented from '../predictions/documented-example.json' with { type: 'json' };
import { buildCli } from './support/built-cli.js';
import { call, RunningCli, runCli } from './support/run-cli.js';

let server: BatchServer;
let folder: string;
let files: string[];
let env: Record<string, string>;

beforeAll(buildCli, 240_000);
beforeEach(async () => {
  server = await BatchServer.start();
  server.rows = documented.results.map((row) => ({ ...row, level: 'utterance' }));
  server.statuses = [2];
  env = {
    BEHAVIORALSIGNALS_CID: String(server.cid),
    BEHAVIORALSIGNALS_API_KEY: server.apiKey,
    BEHAVIORALSIGNALS_BASE_URL: server.baseUrl,
  };
  folder = await mkdtemp(path.join(os.tmpdir(), 'cli-batch-'));
  files = ['one.wav', 'two.wav'].map((name) => path.join(folder, name));
  for (const file of files) await copyFile(call, file);
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe('batch analyze', () => {
  it('prints predictions that name their file, and says on standard error how far each is', async () => {
    const { code, stdout, stderr } = await runCli(['batch', 'analyze', ...files], { env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(new Set(lines.map(({ file }) => file))).toEqual(new Set(files));
    expect(lines[0].tasks.emotion.label).toBe('neutral');
    for (const line of stderr.trim().split('\n').slice(0, -1))
      expect(files.some((file) => line.startsWith(`${file}: `))).toBe(true);
    expect(stderr).toMatch(/one\.wav: uploading 113\.1 kB|one\.wav: uploading [\d.]+ kB/);
    expect(stderr).toMatch(/one\.wav: completed, 1 utterance \(pid \d+\)/);
    expect(stderr).toMatch(/2 files completed\n$/);
  });

  it('prints CSV with a row for each task', async () => {
    const { stdout } = await runCli(['batch', 'analyze', files[0]!, '--csv'], { env });
    const [header, ...rows] = stdout.trim().split('\n');
    expect(header).toBe('file,pid,level,id,start_ms,end_ms,task,label,posterior,score');
    expect(rows).toHaveLength(documented.results.length);
    expect(rows).toContain(`${files[0]},44676,utterance,2,0,2000,age,31 - 45,0.9987,`);
  });

  it('reads names from standard input, saves results, and skips what is done the next time', async () => {
    const outDir = path.join(folder, 'results');
    const args = ['batch', 'analyze', '--files-from', '-', '--out-dir', outDir];
    const stdin = Buffer.from(`${files.join('\n')}\n\n`);
    const first = await runCli(args, { env, stdin });
    expect({ code: first.code, stdout: first.stdout }).toEqual({ code: 0, stdout: '' });
    const saved = (await readdir(outDir)).filter((name) => name.endsWith('.json'));
    expect(saved.map((name) => name.slice(0, 7)).sort()).toEqual(['one.wav', 'two.wav']);
    const results = JSON.parse(await readFile(path.join(outDir, saved.sort()[0]!), 'utf8'));
    expect(results).toMatchObject({ file: files[0], pid: expect.any(String), predictions: [{ level: 'utterance' }] });
    const second = await runCli(args, { env, stdin });
    expect(second.code).toBe(0);
    expect(second.stderr).toContain('0 files completed, 2 skipped');
    expect(server.processes).toHaveLength(2);
  });

  it('names the variable whose token no header can hold', async () => {
    const { code, stderr } = await runCli(['batch', 'list'], { env: { ...env, BEHAVIORALSIGNALS_API_KEY: 'tök en' } });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error MISSING_CREDENTIALS: BEHAVIORALSIGNALS_API_KEY /);
    expect(stderr).not.toContain('tök');
  });

  it('names the file that --dry-run finds empty', async () => {
    const empty = path.join(folder, 'empty.wav');
    await writeFile(empty, '');
    const { code, stderr } = await runCli(['batch', 'analyze', empty, '--dry-run']);
    expect(code).toBe(1);
    expect(stderr).toContain('empty.wav: the input is empty');
  });

  it('says with --dry-run what there is, without credentials or uploads', async () => {
    const { code, stdout, stderr } = await runCli([
      'batch',
      'analyze',
      ...files,
      ...files,
      '--dry-run',
      '--json',
      '--max-minutes',
      '0.3',
    ]);
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(files.map((file) => ({ file, durationMs: 14_100 })));
    expect(stderr).toBe('2 files, 0.47 min, more than --max-minutes 0.3; nothing was uploaded\n');
    expect(server.requests).toEqual([]);
  });

  it('says with --dry-run in JSON what there is when it is piped, as --help has it, and in words with --plain', async () => {
    const piped = await runCli(['batch', 'analyze', files[0]!, '--dry-run']);
    expect(piped.lines()).toEqual([{ file: files[0], durationMs: 14_100 }]);
    const plain = await runCli(['batch', 'analyze', files[0]!, '--dry-run', '--plain']);
    expect(plain.stdout).toBe(`${files[0]}: 0.23 min\n`);
  });

  it('leaves out what would go beyond --max-minutes', async () => {
    const args = ['batch', 'analyze', ...files, '--max-minutes', '0.3', '--concurrency', '1'];
    const { code, stderr } = await runCli(args, { env });
    expect(code).toBe(0);
    expect(stderr).toContain(`${files[1]}: left out`);
    expect(server.processes).toHaveLength(1);
  });

  it('goes on after a file that fails, and exits with 1', async () => {
    const missing = path.join(folder, 'no\u001b[2Jsuch.wav');
    const { code, stdout, stderr } = await runCli(['batch', 'analyze', missing, files[0]!], { env });
    expect(code).toBe(1);
    expect(stdout).toContain('"state":"failed","error":{"code":"SOURCE_FAILED"');
    expect(stderr).toContain('failed, SOURCE_FAILED');
    expect(stderr + stdout).not.toContain('\u001b');
    expect(stderr).toContain('1 file completed, 1 failed');
  });

  it('ends at once on Ctrl-C, and a second run goes on', async () => {
    server.statuses = [1];
    const args = ['batch', 'analyze', files[0]!, '--out-dir', path.join(folder, 'results')];
    const running = new RunningCli(args, env);
    await server.asked(/processes\/\d+$/);
    running.child.kill('SIGINT');
    await once(running.child, 'close');
    const { code, stderr } = await running.end();
    expect(code).toBe(130);
    expect(stderr).toContain('run the same command again');
    server.statuses = [2];
    expect((await runCli(args, { env })).stderr).toContain('1 file completed');
    expect(server.processes).toHaveLength(1);
  });
});

describe('the other batch commands', () => {
  it('submit, ask, list and fetch', async () => {
    server.statuses = [0, 2];
    const [submitted] = (await runCli(['batch', 'submit', files[0]!, '--api', 'deepfakes'], { env })).lines<{
      file: string;
      pid: string;
    }>();
    expect(submitted).toMatchObject({ file: files[0], pid: '44676', state: 'pending' });
    expect(server.count(/^POST \/v5\/detection\//)).toBe(1);
    const status = await runCli(['batch', 'status', submitted!.pid], { env });
    expect(status.lines()).toMatchObject([{ file: 'one.wav', state: 'completed', durationMs: 14_100 }]);
    expect((await runCli(['batch', 'list', '--sort', 'desc', '--limit', '1'], { env })).lines()).toHaveLength(1);
    const results = (await runCli(['batch', 'results', submitted!.pid], { env })).lines();
    expect(results).toMatchObject([{ file: 'one.wav', level: 'utterance', tasks: { gender: { label: 'male' } } }]);
    const raw = (await runCli(['batch', 'results', submitted!.pid, '--raw'], { env })).lines();
    expect(raw).toMatchObject([{ pid: 44676, results: server.rows }]);
  });

  it('name the process or file that fails, and go on with the others', async () => {
    await runCli(['batch', 'submit', files[0]!], { env });
    const missing = path.join(folder, 'missing.wav');
    const submitted = await runCli(['batch', 'submit', missing, files[1]!, '--plain'], { env });
    expect(submitted).toMatchObject({ code: 1, stderr: expect.stringContaining(`${missing}: error SOURCE_FAILED`) });
    expect(submitted.stdout).toMatch(/two\.wav: completed, .*pid 44677\n$/);
    for (const command of ['status', 'results']) {
      const { code, stdout, stderr } = await runCli(['batch', command, '44676', '7', '44677', '--plain'], { env });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: 'process 7: error REQUEST_FAILED: The service answered 404: No process 7\n',
      });
      expect(stdout).toMatch(/^one\.wav: [\s\S]*^two\.wav: /m);
    }
  });

  it('submit no more once there are no credits left', async () => {
    server.once(/^POST/, (request, response) => request.resume().once('end', () => json(response, 402, {})));
    expect(await runCli(['batch', 'submit', ...files], { env })).toMatchObject({ code: 1 });
    expect(server.count(/^POST/)).toBe(1);
  });

  it('work on videos, too, with their sound and their picture in the results', async () => {
    server.rows = [{ ...documented.results[1], task: 'visual_deepfake', finalLabel: 'bonafide' }];
    const video = ['--video'];
    const [submitted] = (await runCli(['batch', 'submit', files[0]!, ...video], { env })).lines<{ pid: string }>();
    expect((await runCli(['batch', 'status', submitted!.pid, ...video], { env })).lines()).toMatchObject([
      { state: 'completed' },
    ]);
    expect((await runCli(['batch', 'list', ...video], { env })).lines()).toHaveLength(1);
    const results = (await runCli(['batch', 'results', submitted!.pid, ...video], { env })).lines<{ tasks: object }>();
    expect(results.map(({ tasks }) => Object.keys(tasks))).toEqual([['visual_deepfake'], ['visual_deepfake']]);
    expect((await runCli(['batch', 'results', submitted!.pid, '--raw', ...video], { env })).lines()).toMatchObject([
      { video_results: server.rows },
    ]);
    expect(server.requests.every(({ line }) => line.includes('/processes/video'))).toBe(true);
    expect(await runCli(['batch', 'list', '--api', 'behavioral', ...video], { env })).toMatchObject({ code: 2 });
  });
});

describe('batch analyze --local', () => {
  it('needs no account, and says whose results they are', async () => {
    const outDir = path.join(folder, 'results');
    const { code, stderr } = await runCli(['batch', 'analyze', files[0]!, '--local', '--out-dir', outDir]);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('local engine: classical signal processing'),
    });
    const [saved, ...others] = await readdir(outDir);
    expect(others).toEqual([]);
    const { predictions } = JSON.parse(await readFile(path.join(outDir, saved!), 'utf8'));
    expect(predictions[0]).toMatchObject({ engine: 'local' });
    expect(server.requests).toEqual([]);
  });
});

describe('exit codes of batch', () => {
  it('2 for wrong usage', async () => {
    expect(await runCli(['batch', 'analyze'], { env })).toMatchObject({ code: 2, stdout: '' });
    expect(await runCli(['batch', 'list', '--from', 'May'], { env })).toMatchObject({ code: 2 });
    const insecure = await runCli(['batch', 'list', '--base-url', 'http://example.org'], { env });
    expect(insecure).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--base-url: example.org is not on this machine'),
    });
    const usage: [string[], RegExp][] = [
      [['analyze', files[0]!, '--json', '--csv'], /--csv/],
      [['analyze', files[0]!, '--generator'], /--generator: goes with --api deepfakes/],
      [['analyze', files[0]!, '--local', '--state', 'x'], /--state/],
      [['analyze', files[0]!, '--out-dir', `${files[0]}/x`], /--out-dir: can't be used/],
      [['list', '--from', '2026-02-02', '--to', '2026-02-02'], /--to: must be after --from/],
      [['status', 'abc'], /<pids\.\.\.>/],
    ];
    for (const [args, message] of usage) {
      expect(await runCli(['batch', ...args], { env })).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    }
    // A presigned URL is a secret.
    for (const command of ['analyze', 'submit']) {
      const url = await runCli(['batch', command, 'https://bucket.example/a.wav?sig=5ec4e7'], { env });
      expect(url).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^(?![\s\S]*5ec4e7)[\s\S]*not URLs/) });
    }
    expect(server.processes).toEqual([]);
  });

  it('3 for credentials that are missing or refused, without showing them', async () => {
    const none = await runCli(['batch', 'analyze', files[0]!]);
    expect(none.code).toBe(3);
    expect(none.stderr).toContain('give --local');
    const { code, stderr } = await runCli(['batch', 'submit', files[0]!]);
    expect(code).toBe(3);
    // It has no such way.
    expect(stderr).not.toContain('--local');
    for (const command of [['analyze', ...files], ['submit', ...files], ['list']]) {
      const refused = await runCli(['batch', ...command], { env: { ...env, BEHAVIORALSIGNALS_API_KEY: 'another-token' } });
      expect(refused.code).toBe(3);
      expect(refused.stderr).not.toContain('another-token');
    }
    expect(server.processes).toEqual([]);
  });

  it('4 for a list or a state file that can not be used, 1 for missing credits, 5 for nobody there', async () => {
    expect(await runCli(['batch', 'analyze', '--files-from', '/nowhere/list'], { env })).toMatchObject({ code: 4 });
    for (const list of ['/nowhere/list', folder]) {
      const { code, stderr } = await runCli(['batch', 'analyze', files[0]!, '--files-from', list], { env });
      expect({ code, isUploading: stderr.includes('uploading') }).toEqual({ code: 4, isUploading: false });
    }
    const foreign = path.join(folder, 'notes.txt');
    await writeFile(foreign, 'my notes');
    expect(await runCli(['batch', 'analyze', files[0]!, '--state', foreign], { env })).toMatchObject({ code: 4 });
    expect(await readFile(foreign, 'utf8')).toBe('my notes');
    server.once(/^POST/, (request, response) => request.resume().once('end', () => json(response, 402, {})));
    expect(await runCli(['batch', 'analyze', ...files], { env })).toMatchObject({ code: 1 });
    const nobody = await runCli(['batch', 'submit', files[0]!, '--base-url', 'https://127.0.0.1:1'], { env });
    expect(nobody.code).toBe(5);
  });
});
