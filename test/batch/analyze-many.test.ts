import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AnalyzeManyOptions, type BatchClient, type BatchFileEvent, createBatchClient } from '../../src/batch/index.js';
import documented from '../predictions/documented-example.json' with { type: 'json' };
import { eventually } from '../support/eventually.js';
import { SeededRandom } from '../support/seeded-random.js';
import { BatchServer, json } from './support/batch-server.js';

const UPLOAD = /^POST .*audio$/;
let server: BatchServer;
let client: BatchClient;
let folder: string;
let files: string[];
let stateFile: string;

beforeEach(async () => {
  server = await BatchServer.start();
  server.rows = documented.results;
  client = createBatchClient(server.client);
  folder = await mkdtemp(path.join(os.tmpdir(), 'analyze-many-'));
  files = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const file = path.join(folder, `call-${index}.wav`);
      await writeFile(file, `recording ${index}`);
      return file;
    }),
  );
  stateFile = path.join(folder, 'state.jsonl');
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const run = (options: AnalyzeManyOptions = {}, from: Iterable<string> | AsyncIterable<string> = files, on = client) =>
  lastValueFrom(on.behavior.analyzeMany(from, options).pipe(toArray()));
const ended = (events: readonly BatchFileEvent[], state: BatchFileEvent['state']) =>
  events.filter((event) => event.state === state).map(({ file }) => path.basename(file, '.wav').at(-1));

describe('analyzeMany()', () => {
  it('completes every file, so many at a time', async () => {
    let open = 0;
    let most = 0;
    const events = await lastValueFrom(client.behavior.analyzeMany(files, { concurrency: 2 }).pipe(toArray()));
    for (const event of events) {
      if (event.state === 'uploading' && event.sentBytes === 0) open += 1;
      if (event.state === 'completed') open -= 1;
      most = Math.max(most, open);
    }
    expect(most).toBe(2);
    expect(ended(events, 'completed').sort()).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(new Set(server.processes.map(({ name }) => name)).size).toBe(6);
  });

  it('takes files as they come, and each only once', async () => {
    async function* listed() {
      yield files[0]!;
      yield files[1]!;
      yield path.join(folder, '.', 'call-0.wav');
    }
    const events = await run({}, listed());
    expect(ended(events, 'completed').sort()).toEqual(['0', '1']);
    expect(ended(events, 'skipped')).toEqual(['0']);
  });

  it('asks for a file when there is a place for it, and lets go of the rest when it ends early', async () => {
    let asked = 0;
    let isLetGo = false;
    async function* listed() {
      try {
        for (const file of files) {
          asked += 1;
          yield file;
        }
      } finally {
        isLetGo = true;
      }
    }
    let admitted = 0;
    let closing: (() => void) | undefined;
    await new Promise<void>((resolve, reject) => {
      const admit = () => {
        admitted += 1;
        if (admitted === 2) resolve();
        return new Promise<boolean>(() => {});
      };
      const running = client.behavior.analyzeMany(listed(), { concurrency: 2, admit }).subscribe({ error: reject });
      closing = () => running.unsubscribe();
    });
    expect(asked).toBe(2);
    closing?.();
    await eventually(() => isLetGo).toBe(true);
    expect(asked).toBe(2);
  });

  it('ends with the failure of what names the files', async () => {
    async function* listed() {
      yield files[0]!;
      throw new Error('the list broke off');
    }
    await expect(run({ concurrency: 3 }, listed())).rejects.toThrow('the list broke off');
  });

  it('takes meta data that JSON can not hold for a mistake in the call', () => {
    const meta: Record<string, never> = {};
    Object.assign(meta, { meta });
    expect(() => client.behavior.analyzeMany(files, { meta })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'analyzeMany({ meta })' }),
    );
  });

  it('finds what was submitted while the clock was ahead', async () => {
    await run({ stateFile }, [files[0]!]);
    const [header, ...lines] = readFileSync(stateFile, 'utf8').trim().split('\n');
    const entry = { ...JSON.parse(lines[0]!), state: 'submitting', attemptedAt: Date.now() + 30 * 86_400_000 };
    await writeFile(stateFile, `${header}\n${JSON.stringify(entry)}\n`);
    expect(ended(await run({ stateFile }, [files[0]!]), 'completed')).toEqual(['0']);
    expect(server.count(UPLOAD)).toBe(1);
  });

  it('says which state file has a lock that can not be read', async () => {
    await mkdir(`${stateFile}.lock`);
    await expect(run({ stateFile })).rejects.toMatchObject({
      code: 'STATE_FILE_UNUSABLE',
      message: expect.stringContaining(stateFile),
    });
  });

  it('reports files that fail, and goes on with the others', async () => {
    server.once(UPLOAD, (request, response) => {
      request.resume().once('end', () => json(response, 400, { code: 400, message: 'no audio' }));
    });
    const events = await run({ concurrency: 1 }, [files[0]!, path.join(folder, 'missing-x.wav'), files[1]!]);
    const failed = events.filter((event) => event.state === 'failed');
    expect(failed.map(({ error }) => error.code)).toEqual(['REQUEST_FAILED', 'SOURCE_FAILED']);
    expect(failed[0]).toMatchObject({ file: files[0], error: { message: 'The service answered 400: no audio' } });
    expect(ended(events, 'completed')).toEqual(['1']);
  });

  it.each([
    [401, 'UNAUTHENTICATED'],
    [402, 'INSUFFICIENT_CREDITS'],
  ])('ends with the whole run when the service answers %i', async (status, code) => {
    server.once(UPLOAD, (request, response) => {
      request.resume().once('end', () => json(response, status, {}));
    });
    await expect(run({ concurrency: 1, stateFile })).rejects.toMatchObject({ code });
    expect(server.count(UPLOAD)).toBe(1);
    // The state file is free for the next run.
    expect(ended(await run({ stateFile }), 'completed')).toHaveLength(6);
  });

  it('leaves out what may not be uploaded', async () => {
    const events = await run({ admit: (file) => !path.basename(file).includes('3') });
    expect(ended(events, 'left-out')).toEqual(['3']);
    expect(ended(events, 'completed')).toHaveLength(5);
  });

  it('ends everything when its signal fires, or on unsubscribing', async () => {
    server.statuses = [1];
    const controller = new AbortController();
    const running = run({ signal: controller.signal, stateFile });
    await server.asked(/processes\/\d+$/);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    const subscription = client.behavior.analyzeMany(files, { stateFile }).subscribe();
    await server.asked(/processes\/\d+$/);
    subscription.unsubscribe();
    server.statuses = [2];
    expect(ended(await run({ stateFile }), 'completed')).toHaveLength(6);
    expect(server.processes.length).toBeLessThanOrEqual(6);
  });

  it('checks what it is given at once', () => {
    expect(() => client.behavior.analyzeMany('call.wav')).toThrow(/iterable/);
    expect(() => client.behavior.analyzeMany([], { concurrency: 0 })).toThrow(/concurrency/);
    expect(() => client.behavior.analyzeMany([], { stateFile: '' })).toThrow(/stateFile/);
  });
});

describe('a state file', () => {
  it('lets a second run skip what is done, and analyse what changed or is new', async () => {
    await run({ stateFile }, files.slice(0, 4));
    await writeFile(files[1]!, 'another recording');
    await utimes(files[2]!, 1, 1);
    const events = await run({ stateFile });
    expect(ended(events, 'skipped').sort()).toEqual(['0', '3']);
    expect(ended(events, 'completed').sort()).toEqual(['1', '2', '4', '5']);
    expect(server.count(UPLOAD)).toBe(8);
  });

  it('lets a file whose results could not be saved be fetched again, not uploaded', async () => {
    const save = () => Promise.reject(new Error('the disk is full'));
    const events = await run({ stateFile, save }, files.slice(0, 1));
    expect(events.at(-1)).toMatchObject({ state: 'failed', error: { message: /the disk is full/ } });
    const saved: string[] = [];
    await run({ stateFile, save: (file) => void saved.push(file) }, files.slice(0, 1));
    expect(saved).toEqual([files[0]]);
    expect(server.count(UPLOAD)).toBe(1);
  });

  it('lets a file that failed at the service, or is forgotten there, be submitted again', async () => {
    server.statuses = [0, -1];
    expect(ended(await run({ stateFile }, files.slice(0, 1)), 'failed')).toEqual(['0']);
    server.statuses = [0, 2];
    expect(ended(await run({ stateFile }, files.slice(0, 1)), 'completed')).toEqual(['0']);
    expect(server.count(UPLOAD)).toBe(2);
    server.statuses = [1];
    const subscription = client.behavior.analyzeMany(files.slice(1, 2), { stateFile }).subscribe();
    await server.asked(/processes\/\d+$/);
    subscription.unsubscribe();
    server.processes.length = 0;
    server.statuses = [0, 2];
    expect(ended(await run({ stateFile }, files.slice(1, 2)), 'failed')).toEqual(['1']);
    expect(ended(await run({ stateFile }, files.slice(1, 2)), 'completed')).toEqual(['1']);
  });

  const states = () => {
    const lines = readFileSync(stateFile, 'utf8').trim().split('\n').slice(1);
    return lines.map((line) => (JSON.parse(line) as { state: string }).state);
  };
  const refusing = (...statuses: number[]) => {
    for (const status of statuses)
      server.once(UPLOAD, (request, response) => {
        request.resume().once('end', () => json(response, status, { code: status, message: 'no' }));
      });
  };

  it.each([400, 401, 402, 413, 429, 507])('says that an upload was refused with %i, which is then begun anew', async (status) => {
    refusing(status);
    await run({ stateFile }, files.slice(0, 1), createBatchClient({ ...server.client, retry: false })).catch(() => {});
    expect(states()).toEqual(['submitting', 'refused']);
    // It is nowhere to be looked for, and may be left out after all.
    expect(ended(await run({ stateFile, admit: () => false }, files.slice(0, 1)), 'left-out')).toEqual(['0']);
    expect(ended(await run({ stateFile }, files.slice(0, 1)), 'completed')).toEqual(['0']);
    expect(server.count(/^GET .*processes\?/)).toBe(0);
    expect(states().slice(-3)).toEqual(['submitting', 'submitted', 'completed']);
  });

  it('says that a service that is not there has accepted nothing', async () => {
    const nowhere = createBatchClient({ ...server.client, retry: false });
    await server.close();
    expect(ended(await run({ stateFile }, files.slice(0, 1), nowhere), 'failed')).toEqual(['0']);
    expect(states()).toEqual(['submitting', 'refused']);
  });

  it('does not say so where an attempt before may have been accepted', async () => {
    refusing(500, 400);
    expect(ended(await run({ stateFile }, files.slice(0, 1)), 'failed')).toEqual(['0']);
    expect(states()).toEqual(['submitting']);
  });

  it('does not say so where an earlier run was cut off', async () => {
    const stalled = server.asked(UPLOAD);
    server.once(UPLOAD, () => {});
    const subscription = client.behavior.analyzeMany(files.slice(0, 1), { stateFile }).subscribe();
    await stalled;
    subscription.unsubscribe();
    expect(states()).toEqual(['submitting']);
    refusing(400);
    expect(ended(await run({ stateFile }, files.slice(0, 1)), 'failed')).toEqual(['0']);
    expect(states()).toEqual(['submitting']);
  });

  it('is of one project, one run, and this library alone', async () => {
    await run({ stateFile }, files.slice(0, 1));
    const other = createBatchClient({ ...server.client, cid: 7 });
    await expect(run({ stateFile }, files, other)).rejects.toMatchObject({ code: 'STATE_FILE_UNUSABLE', message: /belongs to/ });
    server.statuses = [1];
    const subscription = client.behavior.analyzeMany(files, { stateFile }).subscribe();
    await expect(run({ stateFile })).rejects.toMatchObject({ code: 'STATE_FILE_UNUSABLE', message: /another run/ });
    subscription.unsubscribe();
    const [foreign] = files;
    await expect(run({ stateFile: foreign! })).rejects.toMatchObject({ code: 'STATE_FILE_UNUSABLE' });
    expect(readFileSync(foreign!, 'utf8')).toBe('recording 0');
    await expect(run({ stateFile: path.join(folder, 'no/such/folder') })).rejects.toMatchObject({ code: 'STATE_FILE_UNUSABLE' });
  });

  it('survives a line that was never finished, not one that is garbled', async () => {
    await run({ stateFile }, files.slice(0, 2));
    appendFileSync(stateFile, '{"file":"/half');
    expect(ended(await run({ stateFile }, files.slice(0, 2)), 'skipped')).toHaveLength(2);
    appendFileSync(stateFile, 'nonsense\n');
    await expect(run({ stateFile })).rejects.toMatchObject({ code: 'STATE_FILE_UNUSABLE', message: /line 4/ });
  });
});

describe('a run that is killed', () => {
  /** Runs in a process of its own, so that it can be killed like one. */
  async function startRun(): Promise<ChildProcess> {
    const program = path.join(folder, 'run.cjs');
    const source = `
      import { createBatchClient } from ${JSON.stringify(path.resolve(import.meta.dirname, '../../src/batch/index.ts'))};
      const { options, files, stateFile } = JSON.parse(process.argv[2]);
      const client = createBatchClient(options);
      client.behavior.analyzeMany(files, { stateFile, concurrency: 2 }).subscribe({ error: (error) => { console.error(error); process.exit(1); } });
    `;
    await build({
      stdin: { contents: source, resolveDir: path.resolve(import.meta.dirname, '../..') },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile: program,
    });
    const config = JSON.stringify({ options: server.client, files, stateFile });
    return spawn(process.execPath, [program, config], { stdio: ['ignore', 'inherit', 'inherit'] });
  }

  it.each([
    ['while a recording is sent', UPLOAD, 'hold'],
    ['when the service has accepted a recording, but not said so', UPLOAD, 'accept'],
    ['while it waits', /processes\/\d+$/, 'hold'],
    ['while results come', /results$/, 'hold'],
  ] as const)('%s is gone on with, and nothing is submitted twice', async (_, match, how) => {
    server.statuses = [0, 1, 2];
    const reached = new Promise<void>((resolve) => {
      // Not the first: something is done by then.
      server.once(match, (request, response) => server.serve(request, response));
      server.once(match, async (request) => {
        if (how === 'accept') await server.accept(request);
        resolve();
      });
    });
    const child = await startRun();
    await reached;
    child.kill('SIGKILL');
    await once(child, 'close');
    const events = await run({ stateFile });
    expect([...ended(events, 'completed'), ...ended(events, 'skipped')].sort()).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(ended(events, 'failed')).toEqual([]);
    expect(server.processes.map(({ name }) => name).sort()).toEqual(files.map((file) => path.basename(file)));
  });

  it('again and again, at any request, loses nothing and submits nothing twice', async () => {
    const random = new SeededRandom(20);
    files = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const file = path.join(folder, `many-${index}.wav`);
        await writeFile(file, `recording ${index}`);
        return file;
      }),
    );
    let kills = 0;
    for (let isOver = false; !isOver; ) {
      const child = await startRun();
      const closed = once(child, 'close');
      const left = 1 + Math.floor(random.next() * 16);
      const reached = (async () => {
        for (let request = 0; request < left; request += 1) await server.asked(/./);
        child.kill('SIGKILL');
      })();
      isOver = (await Promise.race([closed, reached.then(() => closed)]))[1] === null;
      if (!isOver) kills += 1;
    }
    expect(kills).toBeGreaterThan(3);
    expect(ended(await run({ stateFile }), 'skipped')).toHaveLength(10);
    expect(server.processes.map(({ name }) => name).sort()).toEqual(files.map((file) => path.basename(file)).sort());
  }, 120_000);
});
