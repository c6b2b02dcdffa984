import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalService } from '../../../src/service/index.js';
import type { ProcessJson } from '../../../src/service/rest/process-json.js';
import { ownTmpdir } from '../../support/own-tmpdir.js';
import { levelMeter } from '../level-meter.js';
import { party } from '../recording.js';
import { WireClient } from '../wire-client.js';
import { RestClient, recording, SPEECH } from './rest-client.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'rest-keeping-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const projects = [{ cid: 10000119, apiKey: 'token-of-one' }];

describe('results of a gRPC stream', () => {
  it('are found by its pid, with what gRPC has no field for, and by its own project and method only', async () => {
    await using service = await startLocalService({ vad: 'light', rest: {} });
    await using wire = new WireClient(service);
    const { samples, sampleRate } = party('agent');
    const call = wire.call().configure({ sampleRateHertz: sampleRate });
    call.sendAudio(samples, 4_000);
    expect(await call.finish()).toMatchObject({ code: 0 });
    const pid = Number(call.results[0]!.pid);
    const client = new RestClient(service);
    const { results } = await client.results(pid);
    const sent = call.results.flatMap(({ result }) => result);
    expect(results.map(({ id, task, level, startTime }) => [id, task, level, startTime])).toEqual(
      sent.map(({ id, task, level, startTime }) => [id, task, level, startTime]),
    );
    expect(results.some(({ prediction }) => prediction.some(({ dominantInSegments }) => dominantInSegments !== null))).toBe(true);
    expect(await client.get(`clients/{cid}/processes/${pid}`)).toMatchObject({
      status: 2,
      duration: expect.closeTo(samples.length / sampleRate, 2),
    });
    expect((await client.send('GET', `detection/clients/{cid}/processes/${pid}`)).status).toBe(404);
    // Streams are asked for by pid; the list is of submissions.
    expect(await client.get('clients/{cid}/processes')).toEqual([]);
  });

  it('never touch the disk as audio', async () => {
    await using service = await startLocalService({ engine: levelMeter().engine, rest: { dataDir } });
    await using wire = new WireClient(service);
    const call = wire.call().configure();
    // A pattern that no database page has by chance.
    const pattern = Int16Array.from({ length: 16_000 }, (_, i) => ((i * 7919) % 65_536) - 32_768);
    call.sendAudio(pattern, 4_000);
    await call.finish();
    const needle = Buffer.from(pattern.buffer, 100, 64);
    const files = await readdir(dataDir, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      expect((await readFile(path.join(file.parentPath, file.name))).includes(needle), file.name).toBe(false);
    }
  });
});

describe('a data directory', () => {
  it('brings everything to the next service, also what was being worked on', async () => {
    const done = await startLocalService({ engine: levelMeter().engine, projects, rest: { dataDir } });
    const { pid } = await new RestClient(done).submit(recording(SPEECH));
    await new RestClient(done).ended(pid);
    await done.close();

    const { engine } = levelMeter({ consume: () => new Promise(() => {}) });
    const stuck = await startLocalService({ engine, projects, rest: { dataDir, maxJobs: 1 } });
    const { pid: begun } = await new RestClient(stuck).submit(recording(SPEECH));
    const { pid: waiting } = await new RestClient(stuck).submit(recording(SPEECH));
    await stuck.close({ graceMs: 0 });
    expect(await readdir(path.join(dataDir, 'uploads'))).toHaveLength(2);

    await using service = await startLocalService({ engine: levelMeter().engine, projects, rest: { dataDir } });
    const client = new RestClient(service);
    for (const each of [pid, begun, waiting])
      expect(await client.ended(each)).toMatchObject({ status: 2, statusmsg: 'completed' });
    expect((await client.results(begun)).results).toEqual((await client.results(pid)).results);
    await expect.poll(() => readdir(path.join(dataDir, 'uploads'))).toEqual([]);
  });

  it("keeps what isn't the service's own, though it lies among the recordings", async () => {
    const uploads = path.join(dataDir, 'uploads');
    await mkdir(path.join(uploads, 'album'), { recursive: true });
    const [photo, orphan] = [path.join(uploads, 'photo.jpg'), path.join(uploads, 'a'.repeat(32))];
    for (const file of [photo, orphan]) await writeFile(file, 'bytes');
    await (await startLocalService({ engine: levelMeter().engine, rest: { dataDir } })).close();
    expect((await readdir(uploads)).sort()).toEqual(['album', 'photo.jpg']);
  });

  it('is used by one service at a time', async () => {
    await using _ = await startLocalService({ engine: levelMeter().engine, rest: { dataDir } });
    await expect(startLocalService({ engine: levelMeter().engine, rest: { dataDir } })).rejects.toMatchObject({
      code: 'SERVICE_START_FAILED',
      message: expect.stringContaining('another service is using it'),
    });
  });

  it('that is damaged is named, and says so', async () => {
    await (await startLocalService({ engine: levelMeter().engine, rest: { dataDir } })).close();
    const file = path.join(dataDir, 'processes.db');
    // The first page, with the schema, stays as it is.
    const damaged = (await readFile(file)).map((byte, at) => (at < 4096 ? byte : byte ^ 0x5a));
    await writeFile(file, damaged);
    await expect(startLocalService({ engine: levelMeter().engine, rest: { dataDir } })).rejects.toMatchObject({
      code: 'SERVICE_START_FAILED',
      message: `The store in ${dataDir} can't be used: database disk image is malformed.`,
    });
  });

  // Windows lets nobody delete a file that is open.
  it.skipIf(process.platform === 'win32')('that loses its store meanwhile does not keep the service from closing', async () => {
    const errors: string[] = [];
    const logger = { info: () => {}, warn: () => {}, error: (_: object, message: string) => void errors.push(message) };
    const service = await startLocalService({ engine: levelMeter().engine, logger, rest: { dataDir } });
    await new RestClient(service).ended((await new RestClient(service).submit(recording(SPEECH))).pid);
    await rm(path.join(dataDir, 'processes.db'));
    await service.close();
    expect(errors).toEqual(['a store could not be closed in order']);
  });

  it('that was not given is temporary, and gone afterwards', async () => {
    await using temporary = await ownTmpdir();
    const service = await startLocalService({ engine: levelMeter().engine, rest: {} });
    await new RestClient(service).submit(recording(SPEECH));
    expect(await temporary.names()).toEqual([expect.stringMatching(/^behavioral-signals-/)]);
    await service.close();
    expect(await temporary.names()).toEqual([]);
  });
});

it('is served over TLS with the certificate of gRPC', async () => {
  const tls = {
    cert: readFileSync(new URL('../../fixtures/tls/cert.pem', import.meta.url)),
    key: readFileSync(new URL('../../fixtures/tls/key.pem', import.meta.url)),
  };
  await using service = await startLocalService({ engine: levelMeter().engine, tls, rest: {} });
  const { baseUrl, cid, apiKey } = service.batchConnection!;
  expect(baseUrl).toMatch(/^https:/);
  const ask = (trusted: object) =>
    new Promise<unknown>((resolve) => {
      const headers = { 'x-auth-token': apiKey, 'x-auth-client': cid };
      get(`${baseUrl}/auth`, { ...trusted, servername: 'localhost', headers, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', (error) => resolve(error.message));
    });
  expect(await ask({ ca: tls.cert })).toBe(200);
  expect(await ask({})).toMatch(/self-signed|unable to verify/);
});

it('a process is gone, with its results, when its time is over', async () => {
  await using service = await startLocalService({ engine: levelMeter().engine, projects, rest: { dataDir, retainMs: 300 } });
  const client = new RestClient(service);
  const { pid } = await client.submit(recording(SPEECH));
  await expect.poll(async () => (await client.send('GET', `clients/{cid}/processes/${pid}/results`)).status).toBe(404);
  expect(await client.get<ProcessJson[]>('clients/{cid}/processes')).toEqual([]);
});

it('so many recordings are worked on at once, and no more', async () => {
  const releases: (() => void)[] = [];
  const meter = levelMeter({ consume: () => new Promise<void>((resolve) => void releases.push(resolve)) });
  const service = await startLocalService({ engine: meter.engine, projects, rest: { maxJobs: 2 } });
  const client = new RestClient(service);
  for (let i = 0; i < 5; i += 1) await client.submit(recording(SPEECH));
  await expect.poll(() => releases.length).toBe(2);
  expect(meter.streams).toHaveLength(2);
  const states = (await client.get<ProcessJson[]>('clients/{cid}/processes')).map(({ status }) => status);
  expect(states).toEqual([1, 1, 0, 0, 0]);
  await service.close({ graceMs: 0 });
});

it('a job that takes too long fails, and the next one begins', async () => {
  let isStuck = true;
  const meter = levelMeter({ consume: () => (isStuck ? new Promise(() => {}) : Promise.resolve()) });
  await using service = await startLocalService({ engine: meter.engine, projects, rest: { maxJobs: 1, jobTimeoutMs: 400 } });
  const client = new RestClient(service);
  const first = await client.submit(recording(SPEECH));
  expect(await client.ended(first.pid)).toMatchObject({ status: -1, statusmsg: expect.stringContaining('longer than 0.4 s') });
  isStuck = false;
  const second = await client.submit(recording(SPEECH));
  expect(await client.ended(second.pid)).toMatchObject({ status: 2 });
});

it('an engine that breaks fails the job without telling its insides', async () => {
  const meter = levelMeter({ consume: () => Promise.reject(new Error('secret path /root/model')) });
  await using service = await startLocalService({ engine: meter.engine, projects, rest: {} });
  const client = new RestClient(service);
  const { statusmsg, status } = await client.ended((await client.submit(recording(SPEECH))).pid);
  expect([status, statusmsg]).toEqual([-1, 'The service failed on this recording; it has logged why.']);
});
