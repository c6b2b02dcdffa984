import { createReadStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BatchClient, createBatchClient } from '../../src/batch/index.js';
import { parseStreamResult } from '../../src/predictions/index.js';
import documented from '../predictions/documented-example.json' with { type: 'json' };
import { BatchServer, sha256 } from './support/batch-server.js';

const recording = path.resolve(import.meta.dirname, '../fixtures/call/support.mp3');
const content = readFileSync(recording);
const labels = (label: string | null) => [{ label, posterior: label && '0.9', dominantInSegments: null }];
const row = (task: string, label: string | null, fields = {}) => ({
  id: '1',
  startTime: '0.50',
  endTime: '3.25',
  task,
  prediction: labels(label),
  finalLabel: label,
  level: 'utterance',
  embedding: null,
  st: 0.5,
  et: 3.25,
  ...fields,
});

let server: BatchServer;
let client: BatchClient;
beforeEach(async () => {
  server = await BatchServer.start();
  client = createBatchClient(server.client);
});
afterEach(() => server.close());

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('submitting', () => {
  it.each([
    ['a path', () => recording, 'support.mp3', true],
    ['a file: URL', () => new URL(`file://${recording}`), 'support.mp3', true],
    ['bytes', () => content, 'recording', true],
    ['a Blob', () => new Blob([content]), 'recording', true],
    ['a Readable', () => createReadStream(recording), 'recording', false],
    ['a function that makes a Readable', () => () => createReadStream(recording), 'recording', false],
    ['a Readable of many small parts', () => Readable.from([content.subarray(0, 7), content.subarray(7)]), 'recording', false],
  ])('sends %s byte by byte, as a form, with the token in a header', async (_, input, fileName, isLengthKnown) => {
    const progress: [number, number | undefined][] = [];
    const meta = { caller: 'Zoë', tags: [1, null] };
    const process = await client.behavior.submit(input(), {
      embeddings: true,
      meta,
      onProgress: (sent, total) => progress.push([sent, total]),
    });
    expect(process).toMatchObject({ pid: '44676', cid: '10000119', name: fileName, state: 'pending', status: 0 });
    expect(process.meta).toMatchObject({ ...meta, submissionId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const [received] = server.received;
    expect(received?.fileBytes).toBe(content.length);
    expect(received).toMatchObject({ fileName, sha256: sha256(content), fields: { name: fileName, embeddings: 'true' } });
    expect(progress.at(0)).toEqual([0, isLengthKnown ? content.length : undefined]);
    expect(progress.at(-1)?.[0]).toBe(content.length);
    const [request] = server.requests;
    expect(request?.line).toBe('POST /v5/clients/10000119/processes/audio');
    expect(request?.headers['x-auth-token']).toBe(server.apiKey);
    expect(request?.headers['content-length'] !== undefined).toBe(isLengthKnown);
  });

  it('sends names that no header could hold as they are, and none that could end the form', async () => {
    const name = 'a "quoted"\r\nname – Ü.wav';
    await client.behavior.submit(content, { name, fileName: 'x"\r\n\u001b[31m\u007f.wav' });
    expect(server.received[0]?.fields.name).toBe(name);
    // Some servers refuse a form whose header has control characters.
    expect(server.received[0]?.fileName).toBe('x"   [31m .wav');
    expect(server.received[0]?.sha256).toBe(sha256(content));
  });

  it('sends deepfakes and videos to their own paths', async () => {
    await client.deepfakes.submit(content, { generatorDetection: true });
    await client.deepfakes.submitVideo(content);
    await client.deepfakes.submitPresignedVideoUrl('https://bucket.example/a%20film.mp4?sig=1');
    expect(server.requests.map(({ line }) => line)).toEqual([
      'POST /v5/detection/clients/10000119/processes/audio',
      'POST /v5/detection/clients/10000119/processes/video',
      'POST /v5/detection/clients/10000119/processes/s3-presigned-video-url',
    ]);
    expect(server.received[0]?.fields.enable_generator_detection).toBe('true');
    expect(server.received[1]?.fields).not.toHaveProperty('enable_generator_detection');
  });

  it('sends a presigned URL as JSON', async () => {
    const url = 'https://bucket.example/calls/one%20call.wav?X-Amz-Signature=abc';
    const process = await client.behavior.submitPresignedUrl(url, { embeddings: true });
    expect(process.name).toBe('one call.wav');
    expect(server.received[0]?.fields).toMatchObject({ url, name: 'one call.wav', embeddings: true });
    expect(JSON.parse(String(server.received[0]?.fields.meta))).toHaveProperty('submissionId');
  });

  it('finds what was submitted with the same ID before, instead of submitting it again', async () => {
    const submissionId = crypto.randomUUID();
    const first = await client.behavior.submit(content, { submissionId });
    const second = await client.behavior.submit(content, { submissionId });
    expect(second.pid).toBe(first.pid);
    expect(server.received).toHaveLength(1);
  });

  it('refuses input that can be read no more, is empty, is missing, or yields no bytes', async () => {
    const ended = Readable.from([content]);
    await client.behavior.submit(ended);
    await expect(client.behavior.submit(ended)).rejects.toMatchObject({ code: 'SOURCE_UNUSABLE' });
    await expect(client.behavior.submit('/nowhere/a.wav')).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    await expect(client.behavior.submit(import.meta.dirname)).rejects.toMatchObject({ code: 'SOURCE_UNUSABLE' });
    await expect(client.behavior.submit(Readable.from(['text']))).rejects.toMatchObject({ code: 'SOURCE_UNUSABLE' });
    const broken = () =>
      Readable.from(
        (async function* () {
          yield content;
          throw new Error('the disk is gone');
        })(),
      );
    await expect(client.behavior.submit(broken)).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: /the disk is gone/ });
    expect(server.processes).toHaveLength(1);
  });

  it('checks what it is given at once', () => {
    expect(() => client.behavior.submit('')).toThrow(/submit\(input\): must not be an empty path/);
    expect(() => client.behavior.submit(content, { generatorDetection: true })).toThrow(/deepfakes/);
    expect(() => client.behavior.submit(content, { submissionId: '1' })).toThrow(/UUID/);
    expect(() => client.behavior.submit(new URL('https://example.org/a.wav'))).toThrow(/submitPresignedUrl/);
    expect(() => client.behavior.submitPresignedUrl('s3://bucket/secret')).toThrow(/^(?!.*secret)/);
    expect(() => client.behavior.list({ startDate: '2025-02-30' })).toThrow(/startDate/);
    expect(() => client.behavior.list({ startDate: '2025-02-02', endDate: '2025-02-02' })).toThrow(/endDate/);
    expect(() => client.behavior.list({ pageSize: 1001 })).toThrow(/pageSize/);
    expect(server.requests).toEqual([]);
  });
});

describe('asking', () => {
  it('checks the credentials', async () => {
    await client.checkCredentials();
    expect(server.requests[0]?.headers['x-auth-client']).toBe('10000119');
    const other = createBatchClient({ ...server.client, apiKey: 'another-token' });
    await expect(other.checkCredentials()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', cause: { statusCode: 401 } });
  });

  it('lists page by page, only as far as it is iterated', async () => {
    for (let index = 0; index < 5; index += 1) await client.behavior.submit(content, { name: `call ${index}` });
    const names = (await all(client.behavior.list({ pageSize: 2 }))).map(({ name }) => name);
    expect(names).toEqual([0, 1, 2, 3, 4].map((index) => `call ${index}`));
    expect(server.count(/^GET .*processes\?page=\d&pageSize=2$/)).toBe(3);
    for await (const { name } of client.behavior.list({ pageSize: 2, sort: 'desc', page: 1 })) {
      expect(name).toBe('call 2');
      break;
    }
    expect(server.count(/^GET .*processes\?/)).toBe(4);
  });

  it('lists the days that were asked for', async () => {
    await client.behavior.submit(content);
    server.processes[0]!.datetime = '2025-03-04T10:00:00';
    expect(await all(client.behavior.list({ startDate: '2025-03-05' }))).toEqual([]);
    const day = { startDate: new Date('2025-03-04T22:00:00Z'), endDate: '2025-03-05' };
    expect(await all(client.behavior.list(day))).toMatchObject([{ pid: '44676', datetime: '2025-03-04T10:00:00' }]);
  });

  it.each([{ processes: [] }, { data: [{ pid: '7' }] }])('takes a list that is wrapped, %j', async (body) => {
    server.once(/processes/, (_, response) => response.end(JSON.stringify(body)));
    expect(await all(client.behavior.list())).toHaveLength(Object.values(body)[0]!.length);
  });

  it('reads every documented status, and others', async () => {
    server.statuses = [0, 0, 1, 2, -1, -2, -3, 17];
    const { pid } = await client.behavior.submit(content);
    const states: string[] = [];
    for (const _ of server.statuses.slice(1)) states.push((await client.behavior.status(pid)).state);
    expect(states).toEqual(['pending', 'processing', 'completed', 'failed', 'insufficient-credits', 'failed', 'unknown']);
  });

  it('reads results into the predictions that streaming gives for the same rows', async () => {
    server.rows = documented.results;
    const { pid } = await client.behavior.submit(content);
    const { predictions, turns } = await client.behavior.results(pid);
    expect(predictions).toEqual(parseStreamResult({ ...documented, pid: 44676, message_id: 0 }));
    expect(predictions[0]?.tasks.emotion?.label).toBe('neutral');
    expect(turns).toEqual([]);
    expect(await client.behavior.rawResults(pid)).toMatchObject({ code: 0, message: 'ok', results: documented.results });
  });

  it('reads what only the batch API answers', async () => {
    server.rows = [
      row('features', null, { embedding: '[0.25, -1.0]' }),
      row('diarization', 'SPEAKER_01'),
      row('asr', 'Good morning.'),
      row('language', 'en'),
      row('deepfake', 'spoofed'),
      row('generator', 'elevenlabs'),
      row('a_task_of_tomorrow', 'yes'),
    ];
    const { pid } = await client.deepfakes.submit(content);
    const { predictions, turns } = await client.deepfakes.results(pid);
    expect(turns).toEqual([
      { startMs: 500, endMs: 3250, speaker: 'SPEAKER_01', text: 'Good morning.', language: 'en', generator: 'elevenlabs' },
    ]);
    expect(predictions).toHaveLength(1);
    expect(predictions[0]?.tasks.features?.embedding).toEqual([0.25, -1]);
    expect(predictions[0]?.tasks.features?.label).toBeUndefined();
    expect(predictions[0]?.tasks.a_task_of_tomorrow?.label).toBe('yes');
  });

  it('reads what is heard and seen in a video apart', async () => {
    server.rows = [row('visual_deepfake', 'bonafide')];
    const { pid } = await client.deepfakes.submitVideo(content);
    expect(await client.deepfakes.videoStatus(pid)).toMatchObject({ pid });
    const { audio, video } = await client.deepfakes.videoResults(pid);
    expect(video[0]?.tasks.visual_deepfake?.label).toBe('bonafide');
    expect(audio).toHaveLength(1);
    expect(await all(client.deepfakes.listVideos())).toHaveLength(1);
  });
});

describe('a client', () => {
  it('takes its credentials from the environment, like streaming', async () => {
    const { cid, apiKey, baseUrl } = server;
    const before = { ...process.env };
    try {
      Object.assign(process.env, {
        BEHAVIORALSIGNALS_CID: String(cid),
        BEHAVIORALSIGNALS_API_KEY: apiKey,
        BEHAVIORALSIGNALS_BASE_URL: baseUrl,
      });
      await createBatchClient().checkCredentials();
      process.env.BEHAVIORALSIGNALS_CID = '';
      expect(() => createBatchClient()).toThrow(expect.objectContaining({ code: 'MISSING_CREDENTIALS' }));
    } finally {
      process.env = before;
    }
  });

  it.each([
    [{ baseUrl: 'http://example.org/v5' }, 'INSECURE_ENDPOINT'],
    [{ baseUrl: 'http://127.evil.example/v5' }, 'INSECURE_ENDPOINT'],
    [{ baseUrl: 'https://user:hunter2@example.org/v5' }, 'INVALID_OPTION'],
    [{ baseUrl: 'ftp://example.org' }, 'INVALID_OPTION'],
    [{ cid: 'a-token-that-nobody-may-see' }, 'INVALID_OPTION'],
    [{ apiKey: 'line\r\nbreak' }, 'INVALID_OPTION'],
    [{ tls: { ca: 'no certificate' } }, 'INVALID_OPTION'],
    [{ tls: { cert: 'no key' } }, 'INVALID_OPTION'],
    [{ tls: true as never }, 'INVALID_OPTION'],
    [{ idleTimeoutMs: 0 }, 'INVALID_OPTION'],
    [{ retry: { maxAttempts: -1 } }, 'INVALID_OPTION'],
    [{ poll: { initialDelayMs: 10, maxDelayMs: 5 } }, 'INVALID_OPTION'],
  ])('refuses %j with %s', (options, code) => {
    const make = () => createBatchClient({ ...server.client, ...options });
    expect(make).toThrow(expect.objectContaining({ code }));
    expect(make).toThrow(/^(?!.*(hunter2|nobody-may-see))/);
  });

  it('shows its token to nobody who looks at it', () => {
    const shown = inspect(client, { depth: 20, showHidden: true, getters: true });
    expect(shown).not.toContain(server.apiKey);
    expect(JSON.stringify(client)).not.toContain(server.apiKey);
  });
});
