import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type BatchApi, type BatchApiError, type BatchClient, createBatchClient } from '../../src/batch/index.js';
import { BatchServer } from './support/batch-server.js';

const audio = new Uint8Array(100);
const url = 'https://bucket.example/call.wav?X-Amz-Signature=5ec4e7';
const first = async (items: AsyncIterable<unknown>) => void (await items[Symbol.asyncIterator]().next());
type Call = [name: string, ask: (client: BatchClient) => Promise<unknown>, match: RegExp];
const recordings = (name: string, of: (client: BatchClient) => BatchApi): Call[] => [
  [`${name}.submit()`, (client) => of(client).submit(audio), /^POST .*audio$/],
  [`${name}.submitPresignedUrl()`, (client) => of(client).submitPresignedUrl(url), /^POST .*s3-presigned-url$/],
  [`${name}.list()`, (client) => first(of(client).list()), /^GET .*processes\?/],
  [`${name}.status()`, (client) => of(client).status(7), /^GET .*processes\/7$/],
  [`${name}.results()`, (client) => of(client).results(7), /^GET .*processes\/7\/results$/],
  [`${name}.rawResults()`, (client) => of(client).rawResults(7), /^GET .*processes\/7\/results$/],
  [`${name}.analyze()`, (client) => lastValueFrom(of(client).analyze(audio)), /^POST .*audio$/],
];
/** Every call that sends a request, and the request it sends first. */
const CALLS: Call[] = [
  ['checkCredentials()', (client) => client.checkCredentials(), /auth$/],
  ...recordings('behavior', (client) => client.behavior),
  ...recordings('deepfakes', (client) => client.deepfakes),
  ['submitVideo()', (client) => client.deepfakes.submitVideo(audio), /^POST .*video$/],
  ['submitPresignedVideoUrl()', (client) => client.deepfakes.submitPresignedVideoUrl(url), /^POST .*s3-presigned-video-url$/],
  ['listVideos()', (client) => first(client.deepfakes.listVideos()), /^GET .*video\?/],
  ['videoStatus()', (client) => client.deepfakes.videoStatus(7), /^GET .*video\/7$/],
  ['videoResults()', (client) => client.deepfakes.videoResults(7), /^GET .*video\/7\/results$/],
  ['rawVideoResults()', (client) => client.deepfakes.rawVideoResults(7), /^GET .*video\/7\/results$/],
];
/** Of the answer about credentials only the status counts. */
const ASKS_FOR_JSON = CALLS.filter(([name]) => name !== 'checkCredentials()');

type Answer = (response: ServerResponse, status: number) => void;
const TOKEN = 'a-token-that-nobody-may-see';
/** What each answer says repeats the token and the presigned URL, as an echoing service may. */
const said = `no such thing: ${TOKEN} ${url}`;
const SHAPES: Record<string, Answer> = {
  'a JSON error': (response, status) => {
    const error = { code: status, message: said, details: { sent: [TOKEN, url] } };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(error));
  },
  'plain text': (response, status) => void response.writeHead(status, { 'content-type': 'text/plain' }).end(said),
  'HTML of a gateway': (response, status) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end(`<html><title>${said}</title></html>`);
  },
  'an empty body': (response, status) => void response.writeHead(status).end(),
  'JSON that breaks off': (response, status) => void response.writeHead(status).end(`{"message":"${said}`),
  'a body that the connection breaks off': (response, status) => {
    response.writeHead(status, { 'content-length': '1000' }).write(said, () => response.destroy());
  },
  'a body that stops coming': (response, status) => void response.writeHead(status).write(`{"message":"${said}`),
};

/** The one error that a call ends with, when its first request is answered in that way; by a server of its own, as tests run side by side. */
async function failure([, ask, match]: Call, answer: (response: ServerResponse) => void, isStalled = false) {
  const server = await BatchServer.start();
  expect(server.apiKey).toBe(TOKEN);
  const retry = { maxAttempts: 0, initialDelayMs: 1, maxDelayMs: 1 };
  const client = createBatchClient({ ...server.client, retry, ...(isStalled && { idleTimeoutMs: 500 }) });
  server.once(match, (request, response) => request.resume().once('end', () => answer(response)));
  const error = (await ask(client).then(
    () => undefined,
    (reason: unknown) => reason,
  )) as BatchApiError & { cause?: BatchApiError };
  expect(error).toBeInstanceOf(Error);
  expect(server.count(match), 'requests of that kind').toBe(1);
  const shown = `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`;
  expect(shown).not.toContain(TOKEN);
  if (match.source.includes('presigned')) expect(shown).not.toContain('5ec4e7');
  await server.close();
  return error;
}

describe.each(Object.entries(SHAPES))('%s', (shape, answer) => {
  const isStalled = shape === 'a body that stops coming';

  it.concurrent.each(CALLS)('as a refusal of %s is an error with its status', async (...call) => {
    const error = await failure(call, (response) => answer(response, 404), isStalled);
    expect(error).toMatchObject({ code: 'REQUEST_FAILED', statusCode: 404, retryable: false });
    expect(error.message).toMatch(/^The service answered 404/);
  });

  it.concurrent.each(CALLS)('as a refusal of the credentials of %s says so', async (...call) => {
    const error = await failure(call, (response) => answer(response, 401), isStalled);
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false, cause: { statusCode: 401 } });
  });

  it.concurrent.each(ASKS_FOR_JSON)('in place of an answer to %s is none', async (...call) => {
    const [name, , match] = call;
    // Their JSON is handed over as it is, whatever it says.
    if (shape === 'a JSON error' && name.includes('raw')) return;
    const error = await failure(call, (response) => answer(response, 200), isStalled);
    const code = isStalled ? 'REQUEST_TIMEOUT' : 'INVALID_RESPONSE';
    // The service may have accepted what it said yes to, though it isn't in its list: it must not be sent again.
    if (match.source.startsWith('^POST'))
      expect(error).toMatchObject({ code: 'SUBMISSION_UNCERTAIN', cause: { code, statusCode: 200 } });
    else expect(error).toMatchObject({ code, statusCode: 200 });
  });
});

it.concurrent.each(CALLS)('a redirect of %s is not followed, and no other host gets the token', async (...call) => {
  const other = await BatchServer.start();
  const location = `${other.baseUrl}/x?token=${TOKEN}&${url}`;
  for (const status of [301, 302, 303, 307, 308]) {
    const error = await failure(call, (response) => response.writeHead(status, { location }).end());
    expect(error).toMatchObject({ code: 'REQUEST_FAILED', statusCode: status, retryable: false });
  }
  expect(other.requests).toEqual([]);
  await other.close();
});
