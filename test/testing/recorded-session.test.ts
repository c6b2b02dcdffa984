import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalService } from '../../src/service/index.js';
import { type RecordedEntry, readRecording, recordSession, replaySession, startFaultyService } from '../../src/testing/index.js';
import { levelMeter } from '../service/level-meter.js';
import { party } from '../service/recording.js';
import { WireClient } from '../service/wire-client.js';

const { samples, sampleRate } = party('agent');
const config = { sampleRateHertz: sampleRate, level: 'segment' } as const;

let folder: string;
let file: string;
let project: { endpoint: string; cid: string; apiKey: string };

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'recorded-session-'));
  file = path.join(folder, 'session.jsonl');
  const { engine } = levelMeter({ segmentLength: 8000 });
  await using service = await startLocalService({ engine });
  project = service.connection;
  await using recorder = await recordSession({ target: service.connection, to: file });
  await using client = new WireClient({ connection: { ...service.connection, endpoint: recorder.endpoint } });
  expect((await client.call().configure(config).sendAudio(samples, 2000).finish()).code).toBe(status.OK);
  const wrong = client.call('DeepfakeDetection').configure(config);
  wrong.send({ audioContent: Buffer.alloc(3) });
  expect((await wrong.status).code).toBe(status.INVALID_ARGUMENT);
});
afterAll(() => rm(folder, { recursive: true }));

describe('recordSession()', () => {
  it('writes what was asked, when results came, and how it ended', async () => {
    const entries = readRecording(file);
    expect(entries.slice(0, 4)).toEqual([
      { type: 'recorded-session', version: 1 },
      { type: 'call', call: 0, method: 'StreamAudio' },
      expect.objectContaining({ type: expect.stringMatching(/config|answer/) }),
      expect.objectContaining({ type: expect.stringMatching(/config|answer/) }),
    ]);
    expect(entries).toContainEqual({
      type: 'config',
      call: 0,
      config: { sampleRate, encoding: 'LINEAR_PCM', level: 'segment', logits: false, embeddings: false },
    });
    expect(entries).toContainEqual({ type: 'answer', call: 0, engine: 'level-meter' });
    const results = entries.filter((entry) => entry.type === 'result');
    expect(results).toHaveLength(Math.ceil(samples.length / 8000));
    for (const { sentSamples, result } of results) {
      expect(sentSamples).toBeGreaterThanOrEqual(Math.round((result.results[0]?.et ?? 0) * sampleRate));
      expect(sentSamples).toBeLessThanOrEqual(samples.length);
    }
    expect(entries.filter((entry) => entry.type === 'audio-end')).toEqual([
      { type: 'audio-end', call: 0, sentSamples: samples.length },
    ]);
    expect(entries.filter((entry) => entry.type === 'end')).toEqual([
      expect.objectContaining({ call: 0, sentSamples: samples.length, audioEnded: true, status: 'OK', by: 'service' }),
      expect.objectContaining({
        type: 'end',
        call: 1,
        status: 'INVALID_ARGUMENT',
        details: expect.stringContaining('odd number'),
      }),
    ]);
  });

  it('writes neither tokens nor audio', async () => {
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain(project.apiKey);
    expect(text).not.toMatch(/token|apiKey|"pcm"/i);
  });

  it('writes the audio when asked to, and each line as it comes', async () => {
    const { engine } = levelMeter();
    await using service = await startLocalService({ engine });
    const entries: RecordedEntry[] = [];
    await using recorder = await recordSession({
      target: service.connection,
      to: (line) => entries.push(JSON.parse(line)),
      includeAudio: true,
    });
    await using client = new WireClient({ connection: { ...service.connection, endpoint: recorder.endpoint } });
    await client.call().configure(config).sendAudio(samples, 2000).finish();
    const audio = entries.filter((entry) => entry.type === 'audio');
    expect(audio.map(({ fromSample }) => fromSample)).toEqual(audio.map((_, n) => n * 2000));
    const bytes = Buffer.concat(audio.map(({ pcm }) => Buffer.from(pcm, 'base64')));
    expect(bytes.equals(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength))).toBe(true);
  });

  it('writes that a client left', async () => {
    const { engine } = levelMeter();
    await using service = await startLocalService({ engine });
    const entries: RecordedEntry[] = [];
    await using recorder = await recordSession({ target: service.connection, to: (line) => entries.push(JSON.parse(line)) });
    await using client = new WireClient({ connection: { ...service.connection, endpoint: recorder.endpoint } });
    const call = client.call().configure(config);
    await call.metadata;
    call.stream.cancel();
    await expect.poll(() => entries.at(-1)).toMatchObject({ type: 'end', status: 'CANCELLED', by: 'client' });
  });

  it('records a service over TLS', async () => {
    await using service = await startFaultyService({ plan: { faults: [] }, script: [], tls: true });
    const entries: RecordedEntry[] = [];
    await using recorder = await recordSession({ target: service.connection, to: (line) => entries.push(JSON.parse(line)) });
    expect(recorder.connection).toEqual({
      endpoint: recorder.endpoint,
      cid: service.connection.cid,
      apiKey: service.connection.apiKey,
    });
    await using client = new WireClient({ connection: { ...service.connection, endpoint: recorder.endpoint } });
    expect((await client.call().configure(config).finish()).code).toBe(status.OK);
    expect(entries.at(-1)).toMatchObject({ type: 'end', status: 'OK' });
  });

  it('says UNAVAILABLE when the service is not there, and records that', async () => {
    const entries: RecordedEntry[] = [];
    await using recorder = await recordSession({
      target: { endpoint: 'http://127.0.0.1:1' },
      to: (line) => entries.push(JSON.parse(line)),
    });
    await using client = new WireClient({ connection: { endpoint: recorder.endpoint, cid: '1', apiKey: 'x' } });
    expect((await client.call().configure(config).status).code).toBe(status.UNAVAILABLE);
    expect(entries.at(-1)).toMatchObject({ type: 'end', status: 'UNAVAILABLE' });
  });

  it.each([
    [{ target: { endpoint: 'localhost:80' } }, 'recordSession({ target: { endpoint } })'],
    [{ target: { endpoint: 'nowhere' } }, 'recordSession({ target: { endpoint } })'],
    [{ to: path.join(os.tmpdir(), 'no-such-folder', 'session.jsonl') }, 'recordSession({ to })'],
    [{ port: 1.5 }, 'recordSession({ port })'],
  ])('refuses the options %j', async (wrong, option) => {
    const options = { target: { endpoint: 'http://127.0.0.1:1' }, to: () => {}, ...wrong };
    await expect(recordSession(options)).rejects.toMatchObject({ code: 'INVALID_OPTION', option });
  });

  it('tells a failure of writing when it is closed', async () => {
    const recorder = await recordSession({
      target: { endpoint: 'http://127.0.0.1:1' },
      to: () => {
        throw new Error('disk full');
      },
    });
    await expect(recorder.close()).rejects.toThrow('disk full');
  });
});

describe('replaySession()', () => {
  const replayed = async (samplesPerMessage: number, audio = samples) => {
    await using service = await replaySession(file);
    await using client = new WireClient(service);
    const call = client.call().configure(config).sendAudio(audio, samplesPerMessage);
    const { code } = await call.finish();
    const engine = (await call.metadata).get('x-behavioral-signals-engine');
    return { code, engine, results: call.results, unreleased: service.unreleased };
  };
  const recordedResults = () => readRecording(file).filter((entry) => entry.type === 'result');

  it.each([160, 2000, 5001])('answers the same, in messages of %d samples too', async (samplesPerMessage) => {
    const { code, engine, results, unreleased } = await replayed(samplesPerMessage);
    expect({ code, engine, unreleased }).toEqual({ code: status.OK, engine: ['level-meter'], unreleased: 0 });
    expect(results.map(({ messageId, pid, result }) => [messageId, Number(pid), result[0]?.endTime])).toEqual(
      recordedResults().map(({ result }) => [result.message_id, result.pid, result.results[0]?.endTime]),
    );
  });

  it('releases each result where it was recorded, not before', async () => {
    const lines = [
      { type: 'recorded-session', version: 1 },
      { type: 'call', call: 0, method: 'StreamAudio' },
      ...[1000, 2000].map((sentSamples) => ({
        type: 'result',
        call: 0,
        sentSamples,
        audioEnded: false,
        result: { ...recordedResults()[0]?.result, message_id: sentSamples },
      })),
      { type: 'end', call: 0, sentSamples: 2000, audioEnded: false, status: 'UNAVAILABLE', details: 'gone', by: 'service' },
    ].map((entry) => JSON.stringify(entry));
    await using service = await replaySession(lines);
    await using client = new WireClient(service);
    const call = client.call().configure(config).sendAudio(samples.subarray(0, 1000), 500);
    await call.received(1);
    call.sendAudio(samples.subarray(1000, 1999), 100);
    await call.metadata;
    expect(call.results).toHaveLength(1);
    call.sendAudio(samples.subarray(1999, 2000), 100);
    expect(await call.status).toMatchObject({ code: status.UNAVAILABLE, details: 'gone' });
    expect(call.results.map(({ messageId }) => messageId)).toEqual([1000, 2000]);
  });

  it('keeps back what the audio does not reach', async () => {
    const { results, unreleased } = await replayed(2000, samples.subarray(0, samples.length / 2));
    expect(results.length + unreleased).toBe(recordedResults().length);
    expect(unreleased).toBeGreaterThan(0);
  });

  it('refuses calls that ask for something else, and more calls than there are', async () => {
    await using service = await replaySession(file);
    await using client = new WireClient(service);
    expect(await client.call().configure({ ...config, sampleRateHertz: 16_000 }).status).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: 'The recorded call had 8000 Hz, and this one has 16000 Hz.',
    });
    expect(await client.call('StreamAudio').configure(config).status).toMatchObject({
      details: 'The recorded call had method DeepfakeDetection, and this one has StreamAudio.',
    });
    expect(await client.call().configure(config).status).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: 'The recording has 2 calls, and this is number 3.',
    });
  });

  it('repeats when asked to', async () => {
    const onlyFirst = (await readFile(file, 'utf8')).split('\n').filter((line) => !line.includes('"call":1'));
    await using service = await replaySession(onlyFirst, { repeat: true });
    await using client = new WireClient(service);
    for (let n = 0; n < 3; n += 1) {
      const call = client.call().configure(config).sendAudio(samples, 2000);
      expect((await call.finish()).code).toBe(status.OK);
      expect(call.results).toHaveLength(recordedResults().length);
    }
    expect(service.calls).toBe(3);
  });

  const header = '{"type":"recorded-session","version":1}';
  it.each([
    [[], /line 1 must be/],
    [['{"type":"recorded-session","version":2}'], /version 2 is not known/],
    [[header], /holds no call/],
    [[header, '{"type":"call","call":0,"meth'], /line 2 is no JSON/],
    [[header, '[]'], /line 2 has no type/],
    [[header, '{"type":"valueOf"}'], /line 2 has the unknown type valueOf/],
    [[header, '{"type":"call","call":0}'], /line 2, of type call, has no method/],
    [[header, '{"type":"config","call":0,"config":{}}'], /belongs to call 0, which does not come before/],
    [[header, '{"type":"call","call":1,"method":"StreamAudio"}'], /call 1 comes as number 0/],
  ])('refuses the recording %j', async (lines, message) => {
    await expect(replaySession(lines)).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringMatching(message) });
  });

  it('refuses a file that is not there', async () => {
    await expect(replaySession(path.join(folder, 'none.jsonl'))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    const broken = path.join(folder, 'broken.jsonl');
    await writeFile(broken, (await readFile(file, 'utf8')).slice(0, -20));
    await expect(replaySession(broken)).rejects.toThrow(/is no JSON; a recording that broke off/);
  });
});
