import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseStreamResult } from '../../../src/predictions/index.js';
import { type LocalService, startLocalService } from '../../../src/service/index.js';
import type { ProcessJson } from '../../../src/service/rest/process-json.js';
import { levelMeter } from '../level-meter.js';
import { form, RestClient, recording, SPEECH } from './rest-client.js';

let dataDir: string;
let service: LocalService;
let client: RestClient;
beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'rest-audio-'));
  service = await startLocalService({ vad: 'light', rest: { dataDir } });
  client = new RestClient(service);
});
afterAll(async () => {
  await service.close();
  await rm(dataDir, { recursive: true });
});

describe('a recording', () => {
  it('is accepted, worked on, and answered with the results of the engine', async () => {
    const accepted = await client.submit(recording(SPEECH), { name: 'first call', meta: '{"order":7}' });
    expect(accepted).toEqual({
      pid: expect.any(Number),
      cid: Number(client.cid),
      name: 'first call',
      status: expect.toSatisfy((status) => status === 0 || status === 1),
      statusmsg: expect.any(String),
      duration: 0,
      datetime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      meta: '{"order":7}',
    });
    const done = await client.ended(accepted.pid);
    expect(done).toMatchObject({ pid: accepted.pid, status: 2, statusmsg: 'completed' });
    expect(done.duration).toBeGreaterThan(1);

    const results = await client.results(accepted.pid);
    expect(results).toMatchObject({ pid: accepted.pid, cid: Number(client.cid), code: 200, message: 'success' });
    const tasks = new Set(results.results.map(({ task }) => task));
    for (const task of ['gender', 'strength', 'speaking_rate', 'intensity']) expect(tasks).toContain(task);
    // What the engine can't do is absent.
    for (const task of ['asr', 'language', 'diarization', 'generator']) expect(tasks).not.toContain(task);
    const utterance = results.results.find(({ level, task }) => level === 'utterance' && task === 'gender')!;
    expect(utterance.prediction.some(({ dominantInSegments }) => Array.isArray(dominantInSegments))).toBe(true);
    expect(utterance.st).toBe(Number(utterance.startTime));
    // The library's own model reads it whole.
    const predictions = parseStreamResult({ ...results, message_id: 0 }, { engine: 'local' });
    expect(predictions.length).toBeGreaterThan(0);
  });

  it.each(['test/fixtures/formats/mulaw_8k.wav', 'test/fixtures/formats/six_channels.wav', 'examples/audio/two-party-call.wav'])(
    'may be %s',
    async (file) => {
      const { pid } = await client.submit(recording(file));
      expect(await client.ended(pid)).toMatchObject({ status: 2 });
    },
  );

  it.each([
    ['test/fixtures/corrupt/png_renamed.wav', /can't be decoded \(UNRECOGNIZED_INPUT\)/],
    ['test/fixtures/corrupt/bits_13.wav', /can't be decoded/],
    ['test/fixtures/corrupt/header_only_no_data.wav', /./],
  ])('that is no audio, %s, ends failed with a reason, or completed without results', async (file, reason) => {
    const { pid } = await client.submit(recording(file));
    const { status, statusmsg } = await client.ended(pid);
    expect(statusmsg).toMatch(reason);
    expect(statusmsg).not.toContain(dataDir);
    if (status === 2) expect((await client.results(pid)).results).toEqual([]);
    else {
      const { status: answered, json } = await client.send('GET', `clients/{cid}/processes/${pid}/results`);
      expect(answered).toBe(409);
      expect(json).toMatchObject({ code: 409, message: expect.stringContaining(statusmsg), details: { reason: 'FAILED' } });
    }
  });

  it('carries embeddings when they are asked for, as JSON text', async () => {
    const { pid } = await client.submit(recording(SPEECH), { embeddings: 'true' });
    await client.ended(pid);
    const features = (await client.results(pid)).results.find(({ task }) => task === 'features');
    // Which tasks the engine has is its own affair; without the task there is no embedding anywhere.
    if (features) {
      expect(JSON.parse(features.embedding!).length).toBeGreaterThan(0);
      expect(features).toMatchObject({ finalLabel: null });
      expect(features.prediction.every(({ label }) => label === null)).toBe(true);
    }
  });

  it.each(['../../../../etc/passwd', '..\\..\\evil.wav', '/absolute.wav'])(
    'may be called %j, which is only a name',
    async (name) => {
      const before = readdirSync(dataDir).sort();
      const data = form(recording(SPEECH), {}, name);
      data.append('name', name);
      const { status, json } = await client.send('POST', 'clients/{cid}/processes/audio', { body: data });
      expect(status).toBe(200);
      expect((json as ProcessJson).name).toBe(name);
      await client.ended((json as ProcessJson).pid);
      expect(readdirSync(dataDir).sort()).toEqual(before);
    },
  );
});

describe('deepfakes', () => {
  it('are asked about apart, and not assessed: each half is as likely', async () => {
    const { pid } = await client.submit(recording(SPEECH), { enable_generator_detection: 'true' }, 'detection/');
    expect(await client.ended(pid, 'detection/')).toMatchObject({ status: 2 });
    const { results } = await client.results(pid, 'detection/');
    expect(new Set(results.map(({ task }) => task))).toEqual(new Set(['deepfake']));
    expect(results[0]).toMatchObject({ finalLabel: '' });
    expect(results[0]!.prediction.map(({ posterior }) => posterior)).toEqual(['0.5', '0.5']);
    // Behaviour knows nothing of it.
    expect((await client.send('GET', `clients/{cid}/processes/${pid}`)).status).toBe(404);
  });

  it.each([
    ['POST', 'video'],
    ['POST', 's3-presigned-video-url'],
    ['GET', 'video'],
    ['GET', 'video/7'],
    ['GET', 'video/7/results'],
  ])('in video are not implemented: %s %s', async (method, path) => {
    const { status, json } = await client.send(method, `detection/clients/{cid}/processes/${path}`);
    expect(status).toBe(501);
    expect(json).toMatchObject({
      code: 501,
      message: expect.stringContaining('no engine for video'),
      details: { reason: 'NOT_IMPLEMENTED' },
    });
  });
});

describe('what lies on disk', () => {
  it("is its owner's alone, and no audio once the jobs have ended", async () => {
    await expect.poll(() => readdirSync(path.join(dataDir, 'uploads'))).toEqual([]);
    expect(statSync(path.join(dataDir, 'uploads')).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(dataDir).filter((name) => name.includes('.db'))) {
      expect(statSync(path.join(dataDir, file)).mode & 0o777, file).toBe(0o600);
    }
  });

  it('is private while a recording waits, too', async () => {
    const held = deferred();
    const folder = await mkdtemp(path.join(tmpdir(), 'rest-held-'));
    const slow = await startLocalService({
      engine: levelMeter({ consume: () => held.promise }).engine,
      rest: { dataDir: folder },
    });
    const { pid } = await new RestClient(slow).submit(recording(SPEECH));
    const uploads = path.join(folder, 'uploads');
    const [file] = readdirSync(uploads);
    expect(file).toMatch(/^[0-9a-f]{32}$/);
    expect(statSync(path.join(uploads, file!)).mode & 0o777).toBe(0o600);
    held.resolve();
    await new RestClient(slow).ended(pid);
    await slow.close();
    await rm(folder, { recursive: true });
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
