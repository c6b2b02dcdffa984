import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AnalysisProgress, type BatchClient, createBatchClient } from '../../src/batch/index.js';
import documented from '../predictions/documented-example.json' with { type: 'json' };
import { BatchServer, json } from './support/batch-server.js';

const recording = path.resolve(import.meta.dirname, '../fixtures/call/support.mp3');
const content = readFileSync(recording);
const UPLOAD = /^POST .*audio$/;
const LIST = /^GET .*processes\?/;

let server: BatchServer;
let client: BatchClient;
beforeEach(async () => {
  server = await BatchServer.start();
  server.rows = documented.results;
  client = createBatchClient(server.client);
});
afterEach(() => server.close());

const states = (progress: readonly AnalysisProgress[]) => progress.map(({ state }) => state);
const analyze = (input: Parameters<BatchClient['behavior']['analyze']>[0] = recording, from = client) =>
  lastValueFrom(from.behavior.analyze(input).pipe(toArray()));

describe('analyze()', () => {
  it('tells each state once, and completes with the typed predictions', async () => {
    server.statuses = [0, 0, 1, 1, 1, 2];
    const progress = await analyze();
    expect(states(progress)).toEqual(['uploading', 'uploading', 'pending', 'processing', 'completed']);
    expect(progress[1]).toEqual({ state: 'uploading', sentBytes: content.length, totalBytes: content.length });
    const last = progress.at(-1);
    expect(last).toMatchObject({ process: { state: 'completed', durationMs: 14_100 }, results: { pid: '44676' } });
    expect(last?.state === 'completed' && last.results.predictions[0]?.tasks.age?.label).toBe('31 - 45');
  });

  it('is cold: each subscription submits', async () => {
    const analysis$ = client.behavior.analyze(content);
    expect(server.requests).toEqual([]);
    await Promise.all([lastValueFrom(analysis$), lastValueFrom(analysis$)]);
    expect(server.processes).toHaveLength(2);
  });

  it('goes on through a status that nobody has heard of', async () => {
    server.statuses = [17, 18, 2];
    expect(states(await analyze()).slice(2)).toEqual(['processing', 'completed']);
  });

  it.each([
    [-1, 'PROCESS_FAILED', { pid: '44676' }],
    [-3, 'PROCESS_FAILED', { pid: '44676' }],
    [-2, 'INSUFFICIENT_CREDITS', { cause: { pid: '44676' } }],
  ])('ends with a typed error for status %i', async (status, code, details) => {
    server.statuses = [0, status];
    await expect(analyze()).rejects.toMatchObject({ code, retryable: false, ...details });
    expect(server.count(/results/)).toBe(0);
  });

  it('asks again where asking is safe', async () => {
    for (const match of [/processes\/44676$/, /results$/]) server.once(match, (_, response) => json(response, 503, {}));
    for (const match of [/processes\/44676$/, /results$/]) server.once(match, (_, response) => response.destroy());
    expect(states(await analyze()).at(-1)).toBe('completed');
    expect(server.received).toHaveLength(1);
  });

  it('ends when it takes too long, and says that the process goes on', async () => {
    server.statuses = [1];
    const patient = createBatchClient({ ...server.client, analysisTimeoutMs: 100 });
    await expect(analyze(recording, patient)).rejects.toMatchObject({
      code: 'ANALYSIS_TIMEOUT',
      pid: '44676',
      message: /process 44676 went on/,
    });
  });
});

describe('a submission whose fate is unknown', () => {
  it('is found when the server accepted it but answered too late', async () => {
    const hasty = createBatchClient({ ...server.client, idleTimeoutMs: 100 });
    server.once(UPLOAD, (request) => server.accept(request));
    expect(states(await analyze(recording, hasty)).at(-1)).toBe('completed');
    expect(server.count(UPLOAD)).toBe(1);
  });

  it('is found when it appears in the list only later', async () => {
    server.once(UPLOAD, async (request, response) => {
      await server.accept(request);
      response.destroy();
    });
    for (let lookup = 0; lookup < 2; lookup += 1) server.once(LIST, (_, response) => json(response, 200, []));
    await analyze();
    expect(server.count(UPLOAD)).toBe(1);
    expect(server.count(LIST)).toBe(3);
  });

  it('is found on a later page', async () => {
    for (let index = 0; index < 1001; index += 1) {
      server.processes.push({ ...(server.processes[0] ?? blank), pid: 100_000 + index });
    }
    server.once(UPLOAD, async (request, response) => {
      const { pid } = await server.accept(request);
      // The oldest, so that it comes last.
      server.processes.unshift(server.processes.pop()!);
      expect(pid).toBe(server.processes[0]?.pid);
      json(response, 500, {});
    });
    const { pid } = await client.behavior.submit(content);
    expect(pid).toBe(String(server.processes[0]?.pid));
    expect(server.count(/page=1&/)).toBe(1);
  });

  it.each([
    ['the connection broke', (response: import('node:http').ServerResponse) => response.destroy()],
    ['a gateway gave up', (response: import('node:http').ServerResponse) => json(response, 504, {})],
  ])('is sent again when %s and it is in no list', async (_, fail) => {
    const ids = new Set<unknown>();
    server.once(UPLOAD, (request, response) => {
      request.resume().once('end', () => fail(response));
    });
    const progress = await analyze();
    for (const { fields } of server.received) ids.add(JSON.parse(String(fields.meta)).submissionId);
    expect(server.count(UPLOAD)).toBe(2);
    expect(server.processes).toHaveLength(1);
    expect(ids.size).toBe(1);
    expect(progress.filter((one) => one.state === 'uploading' && one.sentBytes === 0)).toHaveLength(2);
  });

  it('is sent again without looking when nothing can have been accepted', async () => {
    server.once(UPLOAD, (request, response) => {
      request.resume();
      json(response, 429, {}, { 'retry-after': '0' });
    });
    await analyze();
    expect(server.count(UPLOAD)).toBe(2);
    expect(server.count(LIST)).toBe(0);
  });

  it('is not sent again when the list can not be read', async () => {
    server.once(UPLOAD, (request, response) => request.resume().once('end', () => response.destroy()));
    for (let attempt = 0; attempt < 6; attempt += 1) server.once(LIST, (_, response) => json(response, 500, {}));
    const error = await analyze().catch((reason) => reason);
    expect(error).toMatchObject({ code: 'SUBMISSION_UNCERTAIN', retryable: true });
    expect(server.count(UPLOAD)).toBe(1);
    // What the message names lets the next attempt go on.
    const [, submissionId] = /submissionId: '([0-9a-f-]+)'/.exec(error.message)!;
    await client.behavior.submit(content, { submissionId });
    expect(server.count(LIST)).toBe(7);
    expect(server.processes).toHaveLength(1);
  });

  it('is not sent again when a success could not be read', async () => {
    server.once(UPLOAD, (request, response) => request.resume().once('end', () => response.end('{"pid')));
    await expect(client.behavior.submit(content)).rejects.toMatchObject({ code: 'SUBMISSION_UNCERTAIN' });
    expect(server.count(UPLOAD)).toBe(1);
  });

  it('is not sent again when the service keeps no meta data and has one of that name', async () => {
    server.keepsMeta = false;
    server.once(UPLOAD, async (request, response) => {
      await server.accept(request);
      response.destroy();
    });
    await expect(client.behavior.submit(content, { name: 'call 7' })).rejects.toMatchObject({ code: 'SUBMISSION_UNCERTAIN' });
    expect(server.count(UPLOAD)).toBe(1);
  });

  it('is not sent again when it was a Readable, but found when it was accepted', async () => {
    server.once(UPLOAD, (request, response) => request.resume().once('end', () => response.destroy()));
    await expect(client.behavior.submit(Readable.from([content]))).rejects.toMatchObject({ code: 'REQUEST_FAILED' });
    expect(server.count(UPLOAD)).toBe(1);
    server.once(UPLOAD, async (request, response) => {
      await server.accept(request);
      response.destroy();
    });
    expect(await client.behavior.submit(Readable.from([content]))).toMatchObject({ pid: '44676' });
  });
});

const blank = {
  pid: 1,
  cid: 1,
  name: 'other',
  status: 2,
  statusmsg: '',
  duration: 1,
  datetime: new Date().toISOString(),
  meta: '{}',
};

describe('unsubscribing', () => {
  it.each([
    ['the upload', UPLOAD],
    ['a question', /processes\/44676$/],
    ['the results', /results$/],
  ])('ends %s', async (_, match) => {
    server.statuses = [0, 2];
    const gone = new Promise<void>((resolve) => {
      server.once(match, (request) => {
        request.resume();
        request.socket.once('close', () => resolve());
        subscription.unsubscribe();
      });
    });
    let emitted = 0;
    const subscription = client.behavior.analyze(new Uint8Array(2 ** 24)).subscribe({
      next: () => {
        emitted += 1;
      },
      error: () => {
        emitted = Number.NaN;
      },
    });
    await gone;
    const before = { emitted, requests: server.requests.length };
    await new Promise((resolve) => setImmediate(resolve));
    expect({ emitted, requests: server.requests.length }).toEqual(before);
    expect(emitted).not.toBeNaN();
    expect(subscription.closed).toBe(true);
  });

  it('closes the Readable that is being sent', async () => {
    const input = new Readable({ read() {} });
    input.push(content);
    const subscription = client.behavior.analyze(() => input).subscribe();
    await server.asked(UPLOAD);
    const closed = new Promise((resolve) => input.once('close', resolve));
    subscription.unsubscribe();
    await closed;
    expect(input.destroyed).toBe(true);
  });

  it('leaves the signal as it was, which any number of analyses and requests share', async () => {
    const { signal } = new AbortController();
    const warned = vi.fn();
    process.on('warning', warned);
    const analyses = Array.from({ length: 12 }, () => lastValueFrom(client.behavior.analyze(content, { signal })));
    const requests = Array.from({ length: 12 }, () => client.behavior.status('1', { signal }).catch(() => {}));
    expect(getEventListeners(signal, 'abort').length).toBeGreaterThan(10);
    await Promise.all([...analyses, ...requests]);
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('is what a signal does, with an error', async () => {
    server.statuses = [1];
    const controller = new AbortController();
    const analysis = lastValueFrom(client.behavior.analyze(content, { signal: controller.signal }));
    await server.asked(/processes\/44676$/);
    controller.abort();
    await expect(analysis).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
