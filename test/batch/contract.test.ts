import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchClient, type BatchClientOptions, createBatchClient } from '../../src/batch/index.js';
import { type LocalService, startLocalService } from '../../src/service/index.js';
import documented from '../predictions/documented-example.json' with { type: 'json' };
import { levelMeter } from '../service/level-meter.js';

const SPEECH = path.resolve(import.meta.dirname, '../fixtures/mono/rate_slt_x100.wav');
const PICTURE = path.resolve(import.meta.dirname, '../fixtures/corrupt/png_renamed.wav');
const quick = { poll: { initialDelayMs: 10, maxDelayMs: 50 }, retry: { initialDelayMs: 1, maxDelayMs: 5, maxRetryAfterMs: 20 } };

const bucket = createServer((_, response) => void createReadStream(SPEECH).pipe(response));
let host: string;
let service: LocalService;
let client: BatchClient;
const other = (options: BatchClientOptions) => createBatchClient({ ...service.batchConnection, ...quick, ...options });
beforeAll(async () => {
  await new Promise<void>((resolve) => bucket.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(bucket.address() as AddressInfo).port}`;
  const projects = [
    { cid: 1, apiKey: 'token-of-one' },
    { cid: 2, apiKey: 'token-of-two' },
    { cid: 3, apiKey: 'token-of-old', apiVersion: '4.0.0' },
  ];
  service = await startLocalService({ vad: 'light', projects, rest: { allowedHosts: [host], maxUploadBytes: 1_000_000 } });
  client = other({});
});
afterAll(async () => {
  await service.close();
  bucket.closeAllConnections();
  bucket.close();
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('the client and the local service', () => {
  it('agree on the whole way of a recording', async () => {
    await client.checkCredentials();
    const progress = await lastValueFrom(
      client.behavior.analyze(SPEECH, { meta: { order: 7 }, embeddings: true }).pipe(toArray()),
    );
    const last = progress.at(-1)!;
    if (last.state !== 'completed') throw new Error(`it ended ${last.state}`);
    const { pid, cid, name, meta, durationMs, statusMessage } = last.process;
    expect({ cid, name, meta, statusMessage }).toMatchObject({
      cid: '1',
      name: 'rate_slt_x100.wav',
      meta: { order: 7, submissionId: expect.any(String) },
      statusMessage: 'completed',
    });
    expect(durationMs).toBeGreaterThan(1000);
    expect(last.results.predictions.length).toBeGreaterThan(0);
    for (const { engine, pid: of } of last.results.predictions) expect([engine, of]).toEqual(['local', pid]);
    // What its engine can't do is absent, not made up.
    expect(last.results.turns).toEqual([]);
    expect(await client.behavior.results(pid)).toEqual(last.results);
    expect(await client.behavior.status(pid)).toEqual(last.process);
  });

  it('agree on the form of results, which is the documented one', async () => {
    const { pid } = await client.behavior.submit(SPEECH);
    await expect.poll(async () => (await client.behavior.status(pid)).state).toBe('completed');
    const { results = [] } = await client.behavior.rawResults(pid);
    const form = (row: object) =>
      Object.entries(row).flatMap(([key, value]) => (key === 'embedding' || key === 'logit' ? [] : [`${key} ${typeof value}`]));
    const [row] = documented.results.filter(({ task }) => task === 'gender');
    const [ours] = results.filter(({ task }) => task === 'gender');
    expect(form(ours!).sort()).toEqual(form(row!).sort());
    expect(form(ours!.prediction![0]!).sort()).toEqual(form(row!.prediction[0]!).sort());
  });

  it('agree on deepfakes, apart from behaviour, and on videos, of which there are none', async () => {
    const { pid } = await client.deepfakes.submit(() => createReadStream(SPEECH), { generatorDetection: true });
    await expect.poll(async () => (await client.deepfakes.status(pid)).state).toBe('completed');
    const { predictions } = await client.deepfakes.results(pid);
    expect(predictions[0]?.tasks.deepfake?.predictions.map(({ posterior }) => posterior)).toEqual([0.5, 0.5]);
    await expect(client.behavior.status(pid)).rejects.toMatchObject({ code: 'REQUEST_FAILED', statusCode: 404 });
    const { deepfakes } = client;
    for (const ask of [
      () => deepfakes.submitVideo(SPEECH),
      () => deepfakes.submitPresignedVideoUrl(`http://${host}/a.mp4`),
      () => all(deepfakes.listVideos()),
      () => deepfakes.videoStatus(pid),
      () => deepfakes.videoResults(pid),
    ]) {
      const error = await ask().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'REQUEST_FAILED', statusCode: 501, details: { reason: 'NOT_IMPLEMENTED' } });
    }
  });

  it('agree on presigned URLs', async () => {
    const { pid, name } = await client.behavior.submitPresignedUrl(`http://${host}/my%20call.wav?X-Amz-Signature=5ec4e7`);
    expect(name).toBe('my call.wav');
    await expect.poll(async () => (await client.behavior.status(pid)).state).toBe('completed');
    await expect(client.behavior.submitPresignedUrl('https://169.254.169.254/latest')).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('internal address'),
    });
  });

  it('agree on pages, order, days, and on the ID that finds a submission again', async () => {
    const two = other({ cid: 2, apiKey: 'token-of-two' });
    const submissionId = crypto.randomUUID();
    const pids: string[] = [];
    for (const name of ['a', 'b', 'c'])
      pids.push((await two.behavior.submit(SPEECH, { name, ...(name === 'b' && { submissionId }) })).pid);
    const listed = async (options: Parameters<typeof two.behavior.list>[0]) =>
      (await all(two.behavior.list(options))).map(({ pid }) => pid);
    expect(await listed({ pageSize: 2 })).toEqual(pids);
    expect(await listed({ sort: 'desc', pageSize: 1 })).toEqual(pids.toReversed());
    const tomorrow = new Date(Date.now() + 86_400_000);
    expect(await listed({ startDate: new Date(Date.now() - 86_400_000), endDate: tomorrow })).toEqual(pids);
    expect(await listed({ startDate: tomorrow })).toEqual([]);
    expect((await two.behavior.submit(SPEECH, { submissionId })).pid).toBe(pids[1]);
    expect(await listed({})).toEqual(pids);
  });

  it('agree on many files, of which one fails', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'contract-'));
    const stateFile = path.join(folder, 'state');
    const states = async () =>
      (await lastValueFrom(client.behavior.analyzeMany([SPEECH, PICTURE], { stateFile }).pipe(toArray())))
        .filter(({ state }) => !['uploading', 'pending', 'processing'].includes(state))
        .map(({ file, state }) => [path.basename(file), state])
        .sort();
    expect(await states()).toEqual([
      ['png_renamed.wav', 'failed'],
      ['rate_slt_x100.wav', 'completed'],
    ]);
    expect(await states()).toEqual([
      ['png_renamed.wav', 'failed'],
      ['rate_slt_x100.wav', 'skipped'],
    ]);
    await rm(folder, { recursive: true });
  });

  it('agree on refusals', async () => {
    const wrong = other({ apiKey: 'wrong-token-123' });
    await expect(wrong.checkCredentials()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(wrong.behavior.submit(SPEECH)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', cause: { statusCode: 401 } });
    const old = other({ cid: 3, apiKey: 'token-of-old' });
    // Again and again: a connection that is closed too early loses the answer now and then.
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await expect(old.behavior.submit(SPEECH)).rejects.toMatchObject({ message: expect.stringContaining('before 5.0.0') });
    }
    const failed = (work: Promise<unknown>) => work.catch((reason: unknown) => reason);
    expect(await failed(client.behavior.status(999_999))).toMatchObject({ statusCode: 404, details: { reason: 'NOT_FOUND' } });
    expect(await failed(client.behavior.submit(new Uint8Array(4_000_000)))).toMatchObject({
      statusCode: 413,
      details: { reason: 'TOO_LARGE' },
      requestId: expect.any(String),
    });
    const { pid } = await client.behavior.submit(PICTURE);
    await expect.poll(async () => (await client.behavior.status(pid)).state).toBe('failed');
    expect(await failed(client.behavior.results(pid))).toMatchObject({ statusCode: 409, details: { reason: 'FAILED' } });
  });

  it('agree on waiting: what finds the queue full is submitted when there is room', async () => {
    const { engine } = levelMeter({ consume: () => new Promise((resolve) => setTimeout(resolve, 5)) });
    await using full = await startLocalService({ engine, rest: { maxJobs: 1, maxPending: 1 } });
    const patient = createBatchClient({ ...full.batchConnection, ...quick, retry: { ...quick.retry, maxAttempts: 1000 } });
    const pids = await Promise.all([1, 2, 3, 4, 5].map(async () => (await patient.behavior.submit(SPEECH)).pid));
    expect(new Set(pids).size).toBe(5);
  });
});
