import { execFileSync } from 'node:child_process';
import { request } from 'node:http';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalService, type Logger, startLocalService } from '../../../src/service/index.js';
import type { ProcessJson } from '../../../src/service/rest/process-json.js';
import { BASE_PATH, createRoutes } from '../../../src/service/rest/routes.js';
import { levelMeter } from '../level-meter.js';
import { form, RestClient, recording, SPEECH } from './rest-client.js';

const lines: string[] = [];
const record = (fields: object, message: string) => void lines.push(JSON.stringify([fields, message]));
const logger: Logger = { debug: record, info: record, warn: record, error: record };
const SECRETS = ['S3CR3T-of-one', 'token-of-two', 'wrong-token-123', 'token-of-old', 'X-Amz-Signature'];

let service: LocalService;
let one: RestClient;
let two: RestClient;
const answers: string[] = [];
beforeAll(async () => {
  service = await startLocalService({
    engine: levelMeter().engine,
    logger,
    projects: [
      { cid: 10000119, apiKey: 'S3CR3T-of-one' },
      { cid: 7, apiKey: 'token-of-two' },
      { cid: 8, apiKey: 'token-of-old', apiVersion: '4.2.0' },
      { cid: 9, apiKey: 'token-of-nine' },
    ],
    rest: { maxUploadBytes: 400_000, maxDurationMs: 60_000 },
  });
  one = new RestClient(service);
  two = new RestClient(service, { cid: '7', token: 'token-of-two' });
});
afterAll(() => service.close());

/** Sends, and notes the answer for what it must not hold. */
async function refused(client: RestClient, method: string, path: string, options: Parameters<RestClient['send']>[2] = {}) {
  const reply = await client.send(method, path, options);
  answers.push(JSON.stringify([reply.json, [...reply.headers]]));
  const { code, message, details, ...more } = reply.json as { code: number; message: string; details: { reason: string } };
  expect(more).toEqual({});
  expect(code).toBe(reply.status);
  expect(message).toMatch(/^\w.*[.]$/);
  expect(reply.headers.get('content-type')).toContain('application/json');
  expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  return { status: reply.status, message, reason: details.reason, headers: reply.headers };
}

const guarded = createRoutes(() => ({})).filter(({ isPublic }) => !isPublic);
const pathOf = (path: string, pid: number) => path.slice(1).replace('{pid}', String(pid));

describe('on every path', () => {
  it.each(guarded.map((route) => [route.method, route.path] as const))(
    '%s %s takes the project by its token only',
    async (method, path) => {
      const { pid } = await one.submit(recording(SPEECH));
      for (const [cid, token] of [
        ['10000119', ''],
        ['10000119', 'wrong-token-123'],
        ['10000119', 'token-of-two'],
        ['10000119', 'S3CR3T-of-one '],
        ['7', 'S3CR3T-of-one'],
        ['999', 'S3CR3T-of-one'],
        ['0', ''],
        ['010000119', 'S3CR3T-of-one'],
        ["1' OR '1'='1", 'S3CR3T-of-one'],
      ] as const) {
        const client = new RestClient(service, {
          cid: encodeURIComponent(cid),
          token: token.trimEnd() === token ? token : `${token}x`,
        });
        const { status, reason } = await refused(client, method, pathOf(path, pid), {
          headers: { 'x-auth-client': encodeURIComponent(cid) },
        });
        expect([status, reason], `${cid} ${token}`).toEqual([401, 'UNAUTHENTICATED']);
      }
    },
  );

  it('a process of another project is as absent as one that never was', async () => {
    const { pid } = await one.submit(recording(SPEECH));
    await one.ended(pid);
    for (const suffix of ['', '/results']) {
      const theirs = await refused(two, 'GET', `clients/{cid}/processes/${pid}${suffix}`);
      const nobodys = await refused(two, 'GET', `clients/{cid}/processes/999999${suffix}`);
      expect(theirs).toMatchObject({ status: 404, reason: 'NOT_FOUND' });
      expect(nobodys.message).toBe(theirs.message);
    }
    expect(await two.get<ProcessJson[]>('clients/{cid}/processes')).toEqual([]);
  });

  it.each(['0', '-1', '1.5', 'abc', '1e3', '%00', '9'.repeat(40), "1'--"])('%s is no process', async (pid) => {
    expect(await refused(one, 'GET', `clients/{cid}/processes/${pid}`)).toMatchObject({ status: 404 });
  });
});

describe('credentials', () => {
  it('are checked by GET auth', async () => {
    const { status, json } = await one.send('GET', 'auth', { headers: { 'x-auth-client': one.cid } });
    expect([status, json]).toEqual([200, { code: 200, message: 'success', cid: 10000119 }]);
  });

  it('of a project from before version 5 open what it has, and send nothing new', async () => {
    const old = new RestClient(service, { cid: '8', token: 'token-of-old' });
    expect(await old.get('clients/{cid}/processes')).toEqual([]);
    for (const path of ['clients/{cid}/processes/audio', 'clients/{cid}/processes/s3-presigned-url']) {
      const { status, reason, message } = await refused(old, 'POST', path, { body: form(recording(SPEECH)) });
      expect([status, reason]).toEqual([403, 'OUTDATED_PROJECT']);
      expect(message).toContain('before 5.0.0');
    }
  });
});

describe('a path', () => {
  it('that is not there is refused', async () => {
    for (const path of [
      '',
      'nothing',
      'clients/7',
      'clients/{cid}/processes/1/results/2',
      '../etc/passwd',
      'clients/{cid}/processes//',
    ]) {
      expect(await refused(one, 'GET', path), path).toMatchObject({ status: 404, reason: 'NOT_FOUND' });
    }
  });

  it('says which methods it answers', async () => {
    const { status, headers } = await refused(one, 'DELETE', 'clients/{cid}/processes');
    expect([status, headers.get('allow')]).toEqual([405, 'GET']);
  });
});

describe('an upload', () => {
  const submit = (body: FormData | string, headers: Record<string, string> = {}) =>
    refused(one, 'POST', 'clients/{cid}/processes/audio', { body, headers });

  it('that is too large is refused, whether it says so at first or not', async () => {
    expect(await submit(form(Buffer.alloc(400_001)))).toMatchObject({ status: 413, reason: 'TOO_LARGE' });
    expect(await submit(form(Buffer.alloc(2_000_000)))).toMatchObject({ status: 413, reason: 'TOO_LARGE' });
    const { status } = await one.send('POST', 'clients/{cid}/processes/audio', { body: form(Buffer.alloc(400_000)) });
    expect(status).toBe(200);
  });

  it('that never ends is cut off at the limit, though no length was announced', async () => {
    const url = new URL(`${one.baseUrl}/clients/${one.cid}/processes/audio`);
    const status = await new Promise((resolve) => {
      const sent = request(url, {
        method: 'POST',
        headers: { 'x-auth-token': one.token, 'content-type': 'multipart/form-data; boundary=x' },
      });
      sent.on('error', () => {});
      sent.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.write('--x\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n');
      const more = () => {
        while (!sent.destroyed && sent.write(Buffer.alloc(65_536)));
      };
      sent.on('drain', more);
      more();
    });
    expect(status).toBe(413);
  });

  it.each([
    ['without a file', () => new FormData(), 'no file'],
    ['with an empty file', () => form(Buffer.alloc(0)), 'empty'],
    ['with meta that is no JSON', () => form(recording(SPEECH), { meta: '{oops' }), 'meta must be JSON'],
    ['with embeddings that are neither true nor false', () => form(recording(SPEECH), { embeddings: 'maybe' }), 'embeddings'],
    ['with a name beyond measure', () => form(recording(SPEECH), { name: 'n'.repeat(501) }), 'name must be'],
    [
      'with two files',
      () => {
        const data = form(recording(SPEECH));
        data.append('file', new Blob(['second']), 'b.wav');
        return data;
      },
      'more than one file',
    ],
    [
      'with its file in another field',
      () => {
        const data = new FormData();
        data.append('recording', new Blob(['x']), 'a.wav');
        return data;
      },
      'field "file"',
    ],
  ])('%s is refused', async (_, body, words) => {
    const before = (await one.get<ProcessJson[]>('clients/{cid}/processes?pageSize=1000')).length;
    const { status, message } = await submit(body());
    expect(status).toBe(400);
    expect(message).toContain(words);
    expect(await one.get<ProcessJson[]>('clients/{cid}/processes?pageSize=1000')).toHaveLength(before);
  });

  it.each([
    ['text', { 'content-type': 'text/plain' }, 415],
    ['a form without a boundary', { 'content-type': 'multipart/form-data' }, 400],
    ['a form that breaks off', { 'content-type': 'multipart/form-data; boundary=x' }, 400],
  ])('of %s is refused', async (_, headers, status) => {
    expect(await submit('--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc', headers)).toMatchObject({
      status,
    });
  });

  it('whose connection breaks leaves nothing', async () => {
    const url = new URL(one.baseUrl);
    const before = (await one.get<ProcessJson[]>('clients/{cid}/processes?pageSize=1000')).length;
    const socket = createConnection(Number(url.port), url.hostname);
    socket.write(
      `POST ${BASE_PATH}/clients/${one.cid}/processes/audio HTTP/1.1\r\nhost: x\r\nx-auth-token: ${one.token}\r\n` +
        'content-type: multipart/form-data; boundary=x\r\ncontent-length: 100000\r\n\r\n' +
        '--x\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\nabc',
    );
    const seen = lines.length;
    socket.end();
    await expect.poll(() => lines.slice(seen).some((line) => line.includes('processes/audio'))).toBe(true);
    expect(await one.get<ProcessJson[]>('clients/{cid}/processes?pageSize=1000')).toHaveLength(before);
  });
});

it.each(['//', '//v5/auth', 'http://[', 'http://a:99999/v5/auth'])('the target %s is refused, and no failure', async (target) => {
  const url = new URL(one.baseUrl);
  const socket = createConnection(Number(url.port), url.hostname);
  const seen = lines.length;
  socket.end(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1.1 40[04] /);
  expect(lines.slice(seen).join()).not.toContain('a request failed');
});

describe('a JSON body', () => {
  it.each([
    ['{oops', 400, 'not JSON'],
    ['[]', 400, 'JSON object'],
    ['{}', 400, 'url is missing'],
    [JSON.stringify({ url: 'ftp://example.org/x' }), 400, 'https'],
    [JSON.stringify({ url: 'https://example.org/a', meta: 'x'.repeat(200_000) }), 413, 'larger'],
    // An object that can't become text.
    ['{"url":"https://example.org/a","embeddings":{"toString":1}}', 400, 'embeddings must be true or false'],
    ['{"url":"https://example.org/a","embeddings":[]}', 400, 'embeddings must be true or false'],
    ['{"url":"https://example.org/a","name":"one\\u0000two"}', 400, 'name must be text'],
  ])('%.40s is refused', async (body, status, words) => {
    const answer = await refused(one, 'POST', 'clients/{cid}/processes/s3-presigned-url', {
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(status);
    expect(answer.message).toContain(words);
  });

  it('must say that it is one', async () => {
    expect(await refused(one, 'POST', 'clients/{cid}/processes/s3-presigned-url', { body: '{}' })).toMatchObject({ status: 415 });
  });
});

describe('a list', () => {
  it.each([
    'page=-1',
    'page=x',
    'pageSize=0',
    'pageSize=1001',
    'sort=up',
    'startDate=2026-02-30',
    'endDate=yesterday',
    'startDate=2026-1-1',
  ])('is refused for %s', async (query) => {
    const { status, message } = await refused(one, 'GET', `clients/{cid}/processes?${query}`);
    expect(status).toBe(400);
    expect(message).toContain(query.split('=')[0]);
  });

  it('is whole however large it is', async () => {
    const fields = { meta: JSON.stringify({ text: 'x'.repeat(60_000) }) };
    const client = new RestClient(service, { cid: '9', token: 'token-of-nine' });
    for (let count = 0; count < 20; count += 1) await client.submit(recording(SPEECH), fields);
    const list = await client.get<ProcessJson[]>('clients/{cid}/processes');
    expect(list.map(({ meta }) => meta)).toEqual(Array(20).fill(fields.meta));
  });

  it('has pages, an order and days', async () => {
    const pids: number[] = [];
    for (let i = 0; i < 5; i += 1) pids.push((await two.submit(recording(SPEECH), { name: `n${i}` })).pid);
    const list = async (query: string) =>
      (await two.get<ProcessJson[]>(`clients/{cid}/processes?${query}`)).map(({ pid }) => pid);
    expect(await list('')).toEqual(pids);
    expect(await list('sort=desc')).toEqual([...pids].reverse());
    expect(await list('page=0&pageSize=2')).toEqual(pids.slice(0, 2));
    expect(await list('page=1&pageSize=2')).toEqual(pids.slice(2, 4));
    expect(await list('page=2&pageSize=2')).toEqual(pids.slice(4));
    expect(await list('page=3&pageSize=2')).toEqual([]);
    const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    expect(await list(`startDate=${day(-1)}&endDate=${day(2)}`)).toEqual(pids);
    expect(await list(`endDate=${day(-1)}`)).toEqual([]);
    expect(await list(`startDate=${day(2)}`)).toEqual([]);
  });
});

it('results of what is not completed are refused in words', async () => {
  const { engine } = levelMeter({ consume: () => new Promise(() => {}) });
  const stuck = await startLocalService({ engine, rest: { maxJobs: 1, maxPending: 1 } });
  const client = new RestClient(stuck);
  const [first, second] = [await client.submit(recording(SPEECH)), await client.submit(recording(SPEECH))];
  for (const { pid } of [first, second]) {
    expect(await refused(client, 'GET', `clients/{cid}/processes/${pid}/results`)).toMatchObject({
      status: 409,
      reason: 'NOT_COMPLETED',
    });
  }
  // One is worked on and one waits: the next is one too many.
  const { status, reason, headers } = await refused(client, 'POST', 'clients/{cid}/processes/audio', {
    body: form(recording(SPEECH)),
  });
  expect([status, reason, headers.get('retry-after')]).toEqual([429, 'TOO_MANY_PENDING', '10']);
  await stuck.close({ graceMs: 0 });
});

it('an audio bomb, hours in kilobytes, fails as soon as the limit is decoded', async () => {
  // Silence, which FLAC takes some bytes a second for.
  const args = [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    'anullsrc=r=8000:cl=mono',
    '-t',
    '7200',
    '-c:a',
    'flac',
    '-frame_size',
    '4608',
    '-f',
    'flac',
    '-',
  ];
  const bomb = execFileSync('ffmpeg', args, { maxBuffer: 2 ** 24 });
  expect(bomb.length).toBeLessThan(300_000);
  const { pid } = await one.submit(bomb);
  const { status, statusmsg, duration } = await one.ended(pid);
  expect([status, statusmsg]).toEqual([-1, "The recording is longer than 60 s, the service's limit."]);
  expect(duration).toBe(0);
});

it('meta that is nested too deep to be written is refused', async () => {
  const body = `{"url":"https://bucket.example/a","meta":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
  const headers = { 'content-type': 'application/json' };
  const { status, message } = await refused(one, 'POST', 'clients/{cid}/processes/s3-presigned-url', { body, headers });
  expect([status, message]).toEqual([400, 'meta is nested too deep.']);
});

it('nothing of all this has put a token into an answer or a line of the log', () => {
  expect(lines.length).toBeGreaterThan(50);
  for (const secret of SECRETS) {
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
    expect(answers.filter((answer) => answer.includes(secret))).toEqual([]);
  }
});
