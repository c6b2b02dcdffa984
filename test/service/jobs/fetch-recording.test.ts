import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLocalService } from '../../../src/service/index.js';
import { fetchRecording } from '../../../src/service/jobs/fetch-recording.js';
import { isPublicAddress, publicLookup } from '../../../src/service/jobs/public-address.js';
import { INTERNAL_HOST, readRecordingUrl } from '../../../src/service/jobs/recording-url.js';
import { levelMeter } from '../level-meter.js';
import { RestClient, recording, SPEECH } from '../rest/rest-client.js';

const nobody = { allowedHosts: new Set<string>() };

describe('an address', () => {
  it.each(['8.8.8.8', '1.1.1.1', '52.216.0.1', '2606:4700::1111', '2a00:1450:4001::200e'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.2.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'localhost',
    '',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('a URL', () => {
  it.each([
    'https://127.0.0.1/a',
    'https://2130706433/a',
    'https://0177.0.0.1/a',
    'https://0x7f.1/a',
    'https://127.1/a',
    'https://[::1]/a',
    'https://[::ffff:127.0.0.1]/a',
    'https://[::ffff:7f00:1]/a',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/a',
    'https://LOCALHOST./a',
    'https://x.localhost/a',
    'https://metadata.google.internal/a',
    'https://①②⑦.⓪.⓪.①/a',
  ])('%s is refused at once', (url) => {
    expect(readRecordingUrl(url, nobody)).toBe(INTERNAL_HOST);
  });

  it.each([
    'http://example.org/a',
    'file:///etc/passwd',
    'gopher://x/',
    'https://u:p@example.org/',
    'nonsense',
    `https://x/${'a'.repeat(9_000)}`,
  ])('%.40s is refused', (url) => {
    expect(readRecordingUrl(url, nobody)).toMatch(/^url must/);
  });

  it('of a public host, or of one that the operator allows, is accepted', () => {
    expect(readRecordingUrl('https://bucket.s3.amazonaws.com/a.wav?X-Amz-Signature=1', nobody)).toBeInstanceOf(URL);
    expect(readRecordingUrl('http://127.0.0.1:9000/a', { allowedHosts: new Set(['127.0.0.1:9000']) })).toBeInstanceOf(URL);
    expect(readRecordingUrl('http://127.0.0.1:9001/a', { allowedHosts: new Set(['127.0.0.1:9000']) })).toBe(
      'url must begin with https://.',
    );
  });
});

describe('a name', () => {
  const look = (addresses: readonly string[][]) => {
    let asked = 0;
    const lookup = publicLookup(async () =>
      addresses[asked++]!.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
    const once = (all: boolean) =>
      new Promise<unknown>((resolve) => lookup('bucket.example', { all }, (error, found) => resolve(error ? 'refused' : found)));
    return { once, asked: () => asked };
  };

  it('leads to the address that was checked, which is asked for once a connection', async () => {
    const { once, asked } = look([['8.8.8.8'], ['127.0.0.1']]);
    expect(await once(false)).toBe('8.8.8.8');
    expect(asked()).toBe(1);
    // It has rebound since: the next connection is refused.
    expect(await once(false)).toBe('refused');
  });

  it('with an internal address among public ones leads nowhere', async () => {
    for (const all of [true, false]) {
      expect(await look([['8.8.8.8', '10.0.0.1']]).once(all)).toBe('refused');
      expect(await look([['2606:4700::1111', '::1']]).once(all)).toBe('refused');
      expect(await look([[]]).once(all)).toBe('refused');
    }
    expect(await look([['8.8.8.8', '1.1.1.1']]).once(true)).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '1.1.1.1', family: 4 },
    ]);
  });
});

describe('fetching', () => {
  let folder: string;
  let handle: RequestListener;
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(request.url!);
    handle(request, response);
  });
  let host: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fetch-'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void hits.splice(0));
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const fetchIt = (limits: Partial<Parameters<typeof fetchRecording>[2]> = {}) =>
    fetchRecording(
      `http://${host}/a.wav?X-Amz-Signature=S3CR3T`,
      path.join(folder, 'a'),
      { allowedHosts: new Set([host]), maxBytes: 1_000, timeoutMs: 5_000, ...limits },
      new AbortController().signal,
    );

  it('gives a private file', async () => {
    handle = (_, response) => response.end('audio');
    await fetchIt();
    expect(await readFile(path.join(folder, 'a'), 'utf8')).toBe('audio');
    expect((await stat(path.join(folder, 'a'))).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['a redirect, also to where it may go', (_, r) => r.writeHead(302, { location: `http://${host}/b` }).end(), /redirects/],
    ['an expired signature', (_, r) => r.writeHead(403).end('<Error/>'), /answered 403/],
    ['a body that is too large', (_, r) => r.end(Buffer.alloc(1_001)), /larger than 1000 bytes/],
    [
      'a body without end',
      (_, r) => {
        const more = () => {
          while (!r.destroyed && r.write(Buffer.alloc(500)));
        };
        r.on('drain', more);
        more();
      },
      /larger than 1000 bytes/,
    ],
    ['an empty body', (_, r) => r.end(), /empty/],
    [
      'a body that breaks off',
      (_, r) => {
        r.writeHead(200, { 'content-length': 100 });
        r.write('half', () => r.destroy());
      },
      /could not be fetched|broke off/,
    ],
    ['a server that never answers', () => {}, /within 0.3 s/],
  ] as [string, RequestListener, RegExp][])('fails on %s, and says nothing of the URL', async (_, answer, words) => {
    handle = answer;
    const error = await fetchIt({ timeoutMs: words.source.includes('0.3') ? 300 : 5_000 }).catch((failure: Error) => failure);
    expect((error as Error).message).toMatch(words);
    expect((error as Error).message).not.toContain('S3CR3T');
    expect(hits.filter((url) => url === '/b')).toEqual([]);
  });

  it('of a name that leads to this machine connects to nothing', async () => {
    handle = (_, response) => response.end('secret');
    const port = host.split(':')[1];
    const attempt = fetchRecording(
      `https://rebinding.example:${port}/a`,
      path.join(folder, 'b'),
      { ...nobody, maxBytes: 1_000, timeoutMs: 5_000, resolve: async () => [{ address: '127.0.0.1', family: 4 }] },
      new AbortController().signal,
    );
    await expect(attempt).rejects.toThrow(INTERNAL_HOST);
    expect(hits).toEqual([]);
  });

  it('is part of a job: the URL is kept until then, and forgotten', async () => {
    handle = (_, response) => response.end(recording(SPEECH));
    const lines: string[] = [];
    const record = (fields: object, message: string) => void lines.push(JSON.stringify([fields, message]));
    const dataDir = path.join(folder, 'data');
    const service = await startLocalService({
      engine: levelMeter().engine,
      logger: { debug: record, info: record, warn: record, error: record },
      rest: { dataDir, allowedHosts: [host] },
    });
    const client = new RestClient(service);
    const submit = async (url: string) =>
      client.send('POST', 'clients/{cid}/processes/s3-presigned-url', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ url, meta: { order: 7 }, embeddings: true }),
      });
    const { json } = await submit(`http://${host}/calls/my%20call.wav?X-Amz-Signature=S3CR3T`);
    const { pid } = json as { pid: number };
    expect(json).toMatchObject({ name: 'my call.wav', meta: '{"order":7}' });
    expect(await client.ended(pid)).toMatchObject({ status: 2 });
    handle = (_, response) => response.writeHead(404).end();
    const gone = ((await submit(`http://${host}/gone?X-Amz-Signature=S3CR3T`)).json as { pid: number }).pid;
    expect(await client.ended(gone)).toMatchObject({ status: -1, statusmsg: 'The URL answered 404; it may have expired.' });
    expect((await submit('https://169.254.169.254/latest')).status).toBe(400);
    await service.close();
    expect(lines.filter((line) => line.includes('S3CR3T'))).toEqual([]);
    expect((await readFile(path.join(dataDir, 'processes.db'))).includes('S3CR3T')).toBe(false);
  });
});
