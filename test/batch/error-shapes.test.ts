import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchApi, type BatchApiError, type BatchClient, createBatchClient } from '../../src/batch/index.js';
import { BatchServer } from './support/batch-server.js';

let server: BatchServer;
let client: BatchClient;
beforeAll(async () => {
  server = await BatchServer.start();
  client = createBatchClient({
    ...server.client,
    retry: { maxAttempts: 0, initialDelayMs: 1, maxDelayMs: 1 },
    idleTimeoutMs: 60,
  });
});
afterAll(() => server.close());

const audio = new Uint8Array(100);
const url = 'https://bucket.example/call.wav?X-Amz-Signature=5ec4e7';
const first = async (items: AsyncIterable<unknown>) => void (await items[Symbol.asyncIterator]().next());
const recordings = (name: string, of: () => BatchApi): [string, () => Promise<unknown>, RegExp][] => [
  [`${name}.submit()`, () => of().submit(audio), /^POST .*audio$/],
  [`${name}.submitPresignedUrl()`, () => of().submitPresignedUrl(url), /^POST .*s3-presigned-url$/],
  [`${name}.list()`, () => first(of().list()), /^GET .*processes\?/],
  [`${name}.status()`, () => of().status(7), /^GET .*processes\/7$/],
  [`${name}.results()`, () => of().results(7), /^GET .*processes\/7\/results$/],
  [`${name}.rawResults()`, () => of().rawResults(7), /^GET .*processes\/7\/results$/],
  [`${name}.analyze()`, () => lastValueFrom(of().analyze(audio)), /^POST .*audio$/],
];
/** Every call that sends a request, and the request it sends first. */
const CALLS: [string, () => Promise<unknown>, RegExp][] = [
  ['checkCredentials()', () => client.checkCredentials(), /auth$/],
  ...recordings('behavior', () => client.behavior),
  ...recordings('deepfakes', () => client.deepfakes),
  ['submitVideo()', () => client.deepfakes.submitVideo(audio), /^POST .*video$/],
  ['submitPresignedVideoUrl()', () => client.deepfakes.submitPresignedVideoUrl(url), /^POST .*s3-presigned-video-url$/],
  ['listVideos()', () => first(client.deepfakes.listVideos()), /^GET .*video\?/],
  ['videoStatus()', () => client.deepfakes.videoStatus(7), /^GET .*video\/7$/],
  ['videoResults()', () => client.deepfakes.videoResults(7), /^GET .*video\/7\/results$/],
  ['rawVideoResults()', () => client.deepfakes.rawVideoResults(7), /^GET .*video\/7\/results$/],
];
/** Of the answer about credentials only the status counts. */
const ASKS_FOR_JSON = CALLS.filter(([name]) => name !== 'checkCredentials()');

type Answer = (response: ServerResponse, status: number) => void;
/** What each answer says repeats the token and the presigned URL, as an echoing service may. */
const said = () => `no such thing: ${server.apiKey} ${url}`;
const SHAPES: Record<string, Answer> = {
  'a JSON error': (response, status) => {
    const error = { code: status, message: said(), details: { sent: [server.apiKey, url] } };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(error));
  },
  'plain text': (response, status) => void response.writeHead(status, { 'content-type': 'text/plain' }).end(said()),
  'HTML of a gateway': (response, status) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end(`<html><title>${said()}</title></html>`);
  },
  'an empty body': (response, status) => void response.writeHead(status).end(),
  'JSON that breaks off': (response, status) => void response.writeHead(status).end(`{"message":"${said()}`),
  'a body that the connection breaks off': (response, status) => {
    response.writeHead(status, { 'content-length': '1000' }).write(said(), () => response.destroy());
  },
  'a body that stops coming': (response, status) => void response.writeHead(status).write(`{"message":"${said()}`),
};

/** The one error that a call ends with, when its first request is answered in that way. */
async function failure(work: () => Promise<unknown>, match: RegExp, answer: (response: ServerResponse) => void) {
  server.once(match, (request, response) => request.resume().once('end', () => answer(response)));
  const before = server.count(match);
  const error = (await work().then(
    () => undefined,
    (reason: unknown) => reason,
  )) as BatchApiError & { cause?: BatchApiError };
  expect(error).toBeInstanceOf(Error);
  expect(server.count(match) - before, 'requests of that kind').toBe(1);
  const shown = `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`;
  expect(shown).not.toContain(server.apiKey);
  if (match.source.includes('presigned')) expect(shown).not.toContain('5ec4e7');
  return error;
}

describe.each(Object.entries(SHAPES))('%s', (shape, answer) => {
  it.each(CALLS)('as a refusal of %s is an error with its status', async (__, work, match) => {
    const error = await failure(work, match, (response) => answer(response, 404));
    expect(error).toMatchObject({ code: 'REQUEST_FAILED', statusCode: 404, retryable: false });
    expect(error.message).toMatch(/^The service answered 404/);
  });

  it.each(CALLS)('as a refusal of the credentials of %s says so', async (__, work, match) => {
    const error = await failure(work, match, (response) => answer(response, 401));
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false, cause: { statusCode: 401 } });
  });

  it.each(ASKS_FOR_JSON)('in place of an answer to %s is none', async (name, work, match) => {
    // Their JSON is handed over as it is, whatever it says.
    if (shape === 'a JSON error' && name.includes('raw')) return;
    const error = await failure(work, match, (response) => answer(response, 200));
    // The service may have accepted what it said yes to; nothing of it is in its list.
    if (match.source.startsWith('^POST')) {
      expect(error).toMatchObject({ code: 'SUBMISSION_UNCERTAIN', cause: expect.any(Error) });
      expect(['INVALID_RESPONSE', 'REQUEST_TIMEOUT']).toContain(error.cause?.code);
    } else
      expect([error.code, error.statusCode], name).toEqual([
        shape === 'a body that stops coming' ? 'REQUEST_TIMEOUT' : 'INVALID_RESPONSE',
        200,
      ]);
  });
});

it.each(CALLS)('a redirect of %s is not followed, and no other host gets the token', async (_, work, match) => {
  const other = await BatchServer.start();
  const location = `${other.baseUrl}/x?token=${server.apiKey}&${url}`;
  for (const status of [301, 302, 303, 307, 308]) {
    const error = await failure(work, match, (response) => response.writeHead(status, { location }).end());
    expect(error).toMatchObject({ code: 'REQUEST_FAILED', statusCode: status, retryable: false });
  }
  expect(other.requests).toEqual([]);
  await other.close();
});
