import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BatchApiError, type BatchClient, createBatchClient } from '../../src/batch/index.js';
import { BatchServer, json } from './support/batch-server.js';

const STATUS = /^GET .*processes\/7$/;
let server: BatchServer;
let client: BatchClient;
/** One that takes the first answer for the last. */
let impatient: BatchClient;
beforeEach(async () => {
  server = await BatchServer.start();
  client = createBatchClient(server.client);
  impatient = createBatchClient({ ...server.client, retry: false });
});
afterEach(() => server.close());

async function failure(work: Promise<unknown>): Promise<BatchApiError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  return error as BatchApiError;
}

describe('a refusal', () => {
  it('as documented JSON becomes a typed error with all it says', async () => {
    const body = { code: 4041, message: 'Process 7 does not exist', details: { pid: 7 } };
    server.once(STATUS, (_, response) => json(response, 404, body, { 'x-request-id': 'req-1' }));
    const error = await failure(impatient.behavior.status(7));
    expect(error).toMatchObject({
      code: 'REQUEST_FAILED',
      statusCode: 404,
      serviceCode: 4041,
      details: { pid: 7 },
      requestId: 'req-1',
      retryable: false,
      message: 'The service answered 404: Process 7 does not exist',
    });
  });

  it.each([
    ['plain text', 'upstream\n\u001b[31m gone', 'text/plain', 'The service answered 502: upstream [31m gone'],
    [
      'a web page',
      '<!DOCTYPE html><html><head><title>502 Bad Gateway</title>',
      'text/html',
      /502 with a web page.*: 502 Bad Gateway$/,
    ],
    ['an empty body', '', 'application/json', 'The service answered 502 without a word'],
    ['JSON that breaks off', '{"code": 5', 'application/json', /502 with JSON that can't be read/],
    ['JSON of another shape', '{"detail":"no room"}', 'application/json', 'The service answered 502: no room'],
    ['very much text', 'x'.repeat(1_000_000), 'text/plain', /^The service answered 502: x{200}…$/],
  ])('as %s is described', async (_, body, type, message) => {
    server.once(STATUS, (__, response) => response.writeHead(502, { 'content-type': type }).end(body));
    const error = await failure(impatient.behavior.status(7));
    expect(error).toMatchObject({ code: 'REQUEST_FAILED', statusCode: 502, retryable: true });
    expect(error.message).toMatch(message);
  });

  it.each([
    [401, 'UNAUTHENTICATED'],
    [403, 'UNAUTHENTICATED'],
    [402, 'INSUFFICIENT_CREDITS'],
  ])('with %i is %s', async (status, code) => {
    server.once(STATUS, (_, response) => json(response, status, { code: status, message: 'No' }));
    expect(await failure(client.behavior.status(7))).toMatchObject({ code, retryable: false, cause: { statusCode: status } });
    expect(server.requests).toHaveLength(1);
  });

  it('never shows the token or a presigned URL, wherever the service repeats them', async () => {
    const signature = 'X-Amz-Signature=5ec4e7';
    const url = `https://bucket.example/call.wav?${signature}`;
    const echo = { code: server.apiKey, message: `bad ${url} for ${server.apiKey}`, details: [url, { token: server.apiKey }] };
    server.once(/s3-presigned-url/, (_, response) => json(response, 400, echo));
    const error = await failure(client.behavior.submitPresignedUrl(url));
    const shown = `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`;
    expect(shown).not.toContain(server.apiKey);
    expect(shown).not.toContain(signature);
    expect(error.message).toContain('(hidden)');
  });

  it.each([
    ['the signature alone', 'signature 5ec4e7+/= does not match'],
    ['it as it was written', 'no 5ec4e7%2B%2F%3D'],
    ['the query', 'X-Amz-Credential=me%2Fyou&X-Amz-Signature=5ec4e7%2B%2F%3D is wrong'],
    ['the credential', 'me/you has no access'],
  ])('never shows %s of a presigned URL', async (_, message) => {
    const url = 'https://bucket.example/call.wav?X-Amz-Credential=me%2Fyou&X-Amz-Signature=5ec4e7%2B%2F%3D&X-Amz-Expires=60';
    server.once(/s3-presigned-url/, (__, response) => json(response, 400, { code: 400, message, details: { message } }));
    const error = await failure(client.behavior.submitPresignedUrl(url));
    const shown = `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`;
    expect(shown).not.toMatch(/5ec4e7|me\/you|me%2Fyou/);
    expect(error.message).toContain('(hidden)');
  });

  it('as a redirect is not followed: no other host gets the token', async () => {
    const other = await BatchServer.start();
    const location = `${other.baseUrl}/clients/10000119/processes/7?secret=1`;
    for (const status of [301, 302, 307, 308]) {
      server.once(STATUS, (_, response) => response.writeHead(status, { location }).end());
      const error = await failure(client.behavior.status(7));
      expect(error).toMatchObject({ code: 'REQUEST_FAILED', statusCode: status, retryable: false });
      expect(error.message).toContain(new URL(location).host);
      expect(error.message).not.toContain('secret');
    }
    expect(other.requests).toEqual([]);
    await other.close();
  });

  it('with a body that never ends is known by its status', async () => {
    const quick = createBatchClient({ ...server.client, retry: false, idleTimeoutMs: 50 });
    server.once(STATUS, (_, response) => response.writeHead(503).write('over'));
    expect(await failure(quick.behavior.status(7))).toMatchObject({ code: 'REQUEST_FAILED', statusCode: 503, message: /over$/ });
  });

  it('of an upload ends it in the middle', async () => {
    let sent = 0;
    server.once(/audio/, (_, response) => json(response, 413, { code: 413, message: 'Too large' }));
    const input = new Uint8Array(64 * 1024 * 1024);
    const error = await failure(
      impatient.behavior.submit(input, {
        onProgress: (bytes) => {
          sent = bytes;
        },
      }),
    );
    expect(error).toMatchObject({ statusCode: 413, message: /Too large/ });
    expect(sent).toBeLessThan(input.length);
    expect(server.count(/POST/)).toBe(1);
  });
});

describe('a success that is none', () => {
  it.each([
    ['nothing', '', /nothing, where JSON was due/],
    ['a web page', '<html>Welcome</html>', /web page instead of JSON/],
    ['JSON that breaks off', '{"pid": 7, "na', /breaks off/],
    ['JSON that is no process', '{"ok":true}', /no process/],
    ['JSON that is null', 'null', /no process/],
  ])('with %s is INVALID_RESPONSE', async (_, body, message) => {
    server.once(STATUS, (__, response) => response.end(body));
    expect(await failure(impatient.behavior.status(7))).toMatchObject({ code: 'INVALID_RESPONSE', message });
  });

  it.each(['9007199254740993', '9223372036854775807'])('has IDs that a number would round: %s', async (pid) => {
    server.once(STATUS, (_, response) => response.end(`{"pid": ${pid}, "cid":${pid}, "status":2}`));
    expect(await impatient.behavior.status(7)).toMatchObject({ pid, cid: pid });
    server.once(/results$/, (_, response) => response.end(`{"pid":${pid},"cid":7,"results":[]}`));
    expect(await impatient.behavior.rawResults(7)).toEqual({ pid, cid: 7, results: [] });
  });

  it.each(['1e21', '-7', '0.5', '90071992547409931'.repeat(2)])('with %s for an ID is none', async (pid) => {
    server.once(STATUS, (_, response) => response.end(`{"pid":${pid},"status":2}`));
    expect(await failure(impatient.behavior.status(7))).toMatchObject({ code: 'INVALID_RESPONSE' });
  });

  it.each(['"results":[]', '"results":null'])('with the code of an error in place of results (%s) is none', async (rows) => {
    server.once(/results$/, (_, response) => response.end(`{"pid":7,"code":500,"message":"failed",${rows}}`));
    expect(await failure(impatient.behavior.results(7))).toMatchObject({ code: 'INVALID_RESPONSE', message: /the code 500$/ });
  });

  it('that is cut off by the connection is asked for again', async () => {
    server.once(STATUS, (_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"pid":');
      setImmediate(() => response.destroy());
    });
    server.once(STATUS, (_, response) => json(response, 200, { pid: 7, status: 2 }));
    expect(await client.behavior.status(7)).toMatchObject({ pid: '7', state: 'completed' });
  });

  it.each([true, false])('that is larger than allowed is not read, whether it says so before (%s) or not', async (isDeclared) => {
    const small = createBatchClient({ ...server.client, maxResponseBytes: 2000 });
    const body = JSON.stringify({ results: 'x'.repeat(200_000) });
    server.once(/results/, (_, response) => {
      response.writeHead(200, isDeclared ? { 'content-length': String(body.length) } : {}).end(body);
    });
    expect(await failure(small.behavior.results(7))).toMatchObject({ code: 'INVALID_RESPONSE', message: /maxResponseBytes/ });
    expect(server.requests).toHaveLength(1);
  });

  it('that switches protocols is none', async () => {
    server.once(STATUS, (request) => {
      request.socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n');
    });
    expect(await failure(impatient.behavior.status(7))).toMatchObject({ code: 'REQUEST_FAILED', retryable: true });
  });

  it('that is no HTTP is none', async () => {
    server.once(STATUS, (request) => {
      request.socket.end('220 mail.example ESMTP\r\n');
    });
    expect(await failure(impatient.behavior.status(7))).toMatchObject({ code: 'REQUEST_FAILED', message: /HPE_/ });
  });

  it('that drips is ended by the deadline for all of it', async () => {
    const quick = createBatchClient({ ...server.client, retry: false, idleTimeoutMs: 10_000, requestTimeoutMs: 100 });
    let timer: NodeJS.Timeout | undefined;
    server.once(STATUS, (_, response) => {
      timer = setInterval(() => response.write(' '), 5);
    });
    expect(await failure(quick.behavior.status(7))).toMatchObject({ code: 'REQUEST_TIMEOUT', retryable: true });
    clearInterval(timer);
  });
});

describe('questions', () => {
  it('are asked again after transient failures, not after final ones', async () => {
    for (const status of [500, 502, 503, 504, 429]) server.once(STATUS, (_, response) => json(response, status, {}));
    server.once(STATUS, (_, response) => json(response, 200, { pid: 7, status: 0 }));
    expect(await client.behavior.status(7)).toMatchObject({ state: 'pending' });
    expect(server.requests).toHaveLength(6);
    expect(await failure(client.behavior.status(8))).toMatchObject({ statusCode: 404 });
    expect(server.requests).toHaveLength(7);
  });

  it('are given up after maxAttempts', async () => {
    const twice = createBatchClient({ ...server.client, retry: { ...server.client.retry, maxAttempts: 2 } });
    for (let index = 0; index < 4; index += 1) server.once(STATUS, (_, response) => response.destroy());
    expect(await failure(twice.behavior.status(7))).toMatchObject({ code: 'REQUEST_FAILED', statusCode: undefined });
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ['seconds', '3600', (ms: number) => ms === 3_600_000],
    ['a date', new Date(Date.now() + 3_600_000).toUTCString(), (ms: number) => ms > 3_500_000 && ms <= 3_600_000],
  ])('wait as long as Retry-After says in %s, but no longer than allowed', async (_, value, isRight) => {
    server.once(STATUS, (__, response) => json(response, 429, {}, { 'retry-after': value }));
    expect(isRight((await failure(impatient.behavior.status(7))).retryAfterMs ?? 0)).toBe(true);
    server.once(STATUS, (__, response) => json(response, 429, {}, { 'retry-after': value }));
    server.once(STATUS, (__, response) => json(response, 200, { pid: 7, status: 0 }));
    const before = performance.now();
    await client.behavior.status(7);
    // An hour, cut to maxRetryAfterMs.
    expect(performance.now() - before).toBeGreaterThanOrEqual(19);
  });
});

describe('deadlines', () => {
  it('a server that never answers', async () => {
    const quick = createBatchClient({ ...server.client, retry: false, idleTimeoutMs: 50 });
    server.once(STATUS, () => {});
    expect(await failure(quick.behavior.status(7))).toMatchObject({ code: 'REQUEST_TIMEOUT', message: /said nothing for 50 ms/ });
  });

  it('a server that takes nothing of an upload', async () => {
    // Long enough for the list to answer in, where the submission is looked for then.
    const quick = createBatchClient({ ...server.client, retry: { maxAttempts: 0, initialDelayMs: 1 }, idleTimeoutMs: 1000 });
    server.once(/audio/, (request) => request.pause());
    const error = await failure(quick.behavior.submit(new Uint8Array(64 * 1024 * 1024)));
    expect(error).toMatchObject({ code: 'STALLED', retryable: true });
  });

  it('an upload that goes on, but for too long', async () => {
    const quick = createBatchClient({ ...server.client, retry: false, uploadTimeoutMs: 80 });
    server.once(/audio/, (request) => request.resume());
    async function* forever() {
      for (;;) {
        yield new Uint8Array(1000);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    const error = await failure(quick.behavior.submit(() => Readable.from(forever())));
    expect(error).toMatchObject({ code: 'REQUEST_TIMEOUT', message: /had not answered after 80 ms/ });
  });

  it('a host that accepts the connection, but never speaks TLS', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const baseUrl = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const quick = createBatchClient({ ...server.client, baseUrl, retry: false, connectTimeoutMs: 50 });
    const error = await failure(quick.behavior.submit(new Uint8Array(10)));
    expect(error).toMatchObject({ code: 'CONNECT_TIMEOUT', unsent: true, retryable: true });
    silent.close();
  });

  it('a host that nobody listens on', async () => {
    const options = { ...server.client, retry: false };
    await server.close();
    const error = await failure(createBatchClient(options).checkCredentials());
    expect(error).toMatchObject({ code: 'REQUEST_FAILED', unsent: true, message: /could not be reached \(ECONNREFUSED\)/ });
    server = await BatchServer.start();
  });
});

describe('TLS', () => {
  const tls = (name: string) => readFileSync(path.resolve(import.meta.dirname, '../fixtures/tls', name));

  const [cert, key] = [tls('cert.pem'), tls('key.pem')];

  /** Serves over TLS; the certificate of the fixtures is for localhost, and signed by itself. */
  async function serving(options: object, work: (baseUrl: string) => Promise<void>): Promise<void> {
    const secure = createTlsServer({ cert, key, ...options }, (_, response) => response.end('{"pid":7,"status":2}'));
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    await work(`https://localhost:${(secure.address() as AddressInfo).port}/v5`);
    secure.closeAllConnections();
    secure.close();
  }

  it('is checked against the authorities given, and the name', async () => {
    await serving({}, async (baseUrl) => {
      const trusting = createBatchClient({ ...server.client, baseUrl, tls: { ca: cert } });
      expect(await trusting.behavior.status(7)).toMatchObject({ state: 'completed' });
      const misled = createBatchClient({ ...server.client, baseUrl, tls: { ca: cert, serverName: 'example.org' } });
      for (const client of [createBatchClient({ ...server.client, baseUrl }), misled]) {
        const error = await failure(client.behavior.status(7));
        expect(error).toMatchObject({ code: 'REQUEST_FAILED', retryable: false, message: /certificate is not trusted/ });
      }
    });
  });

  it("shows the client's certificate to a server that asks for one", async () => {
    await serving({ ca: cert, requestCert: true, rejectUnauthorized: true }, async (baseUrl) => {
      const known = createBatchClient({ ...server.client, baseUrl, tls: { ca: cert, cert, key } });
      expect(await known.behavior.status(7)).toMatchObject({ state: 'completed' });
      const unknown = createBatchClient({ ...server.client, baseUrl, retry: false, tls: { ca: cert } });
      expect(await failure(unknown.behavior.status(7))).toMatchObject({ code: 'REQUEST_FAILED' });
    });
  });
});

describe('abort', () => {
  it.each([
    ['a question', (signal: AbortSignal) => client.behavior.status(7, { signal }), STATUS],
    [
      'a listing',
      async (signal: AbortSignal) => void (await client.behavior.list({ signal })[Symbol.asyncIterator]().next()),
      /processes\?/,
    ],
    ['results', (signal: AbortSignal) => client.behavior.results(7, { signal }), /results/],
    ['an upload', (signal: AbortSignal) => client.behavior.submit(new Uint8Array(2 ** 25), { signal }), /audio/],
    ['credentials', (signal: AbortSignal) => client.checkCredentials({ signal }), /auth/],
  ])('ends %s and its connection', async (_, work, match) => {
    const controller = new AbortController();
    let gone: Promise<unknown> | undefined;
    server.once(match, (request) => {
      gone = new Promise((resolve) => request.socket.once('close', resolve));
      request.resume();
      controller.abort(new Error('enough'));
    });
    const error = await failure(work(controller.signal));
    expect(error).toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
    await gone;
    expect(server.openSockets).toBe(0);
    await expect(work(controller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(server.requests).toHaveLength(1);
  });

  it('ends the wait before the next attempt', async () => {
    const slow = createBatchClient({ ...server.client, retry: { initialDelayMs: 60_000, maxDelayMs: 60_000 } });
    const controller = new AbortController();
    server.once(STATUS, (_, response) => {
      json(response, 503, {});
      response.once('finish', () => setImmediate(() => controller.abort()));
    });
    expect(await failure(slow.behavior.status(7, { signal: controller.signal }))).toMatchObject({ code: 'ABORTED' });
  });
});
