import { request } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { type LocalService, type RestOptions, startLocalService } from '../../../src/service/index.js';
import { levelMeter } from '../level-meter.js';
import { form, RestClient, recording, SPEECH } from './rest-client.js';

const projects = [
  { cid: 1, apiKey: 'token-of-the-eager' },
  { cid: 2, apiKey: 'token-of-the-modest' },
];
let service: LocalService;
let eager: RestClient;
let modest: RestClient;
/** Lets the next job of those at work go on. */
let releases: (() => void)[];
async function start(rest: RestOptions): Promise<void> {
  releases = [];
  const { engine } = levelMeter({ consume: () => new Promise<void>((resolve) => void releases.push(resolve)) });
  service = await startLocalService({ engine, projects, rest });
  eager = new RestClient(service);
  modest = new RestClient(service, { cid: '2', token: 'token-of-the-modest' });
}
afterEach(() => service.close({ graceMs: 0 }));

const states = async (client: RestClient, pids: readonly number[]) => {
  const all = await Promise.all(
    pids.map((pid) => client.get<{ status: number }>(`clients/{cid}/processes/${pid}`).then(({ status }) => status)),
  );
  return { pending: all.filter((one) => one === 0).length, processing: all.filter((one) => one === 1).length };
};

it("one project's many submissions don't keep another's one waiting", async () => {
  await start({ maxJobs: 1 });
  const many: number[] = [];
  for (let count = 0; count < 40; count += 1) many.push((await eager.submit(recording(SPEECH))).pid);
  const { pid } = await modest.submit(recording(SPEECH));
  // From here on everything goes as fast as it can.
  const timer = setInterval(() => releases.splice(0).forEach((release) => void release()), 1);
  expect(await modest.ended(pid)).toMatchObject({ status: 2 });
  expect((await states(eager, many)).pending).toBeGreaterThan(20);
  clearInterval(timer);
});

it('a project works on no more at a time than it may, and leaves the rest to others', async () => {
  await start({ maxJobs: 3, maxJobsPerProject: 2 });
  const many: number[] = [];
  for (let count = 0; count < 5; count += 1) many.push((await eager.submit(recording(SPEECH))).pid);
  expect(await states(eager, many)).toEqual({ pending: 3, processing: 2 });
  const { pid } = await modest.submit(recording(SPEECH));
  expect(await states(modest, [pid])).toEqual({ pending: 0, processing: 1 });
});

it('a project that has too many waiting is refused; others are not, until all together have too many', async () => {
  await start({ maxJobs: 1, maxPending: 3, maxPendingPerProject: 2 });
  for (let count = 0; count < 3; count += 1) await eager.submit(recording(SPEECH));
  const submit = (client: RestClient) => client.send('POST', 'clients/{cid}/processes/audio', { body: form(recording(SPEECH)) });
  expect(await submit(eager)).toMatchObject({
    status: 429,
    json: {
      message: '2 submissions of project 1 wait already, the limit; try again later.',
      details: { reason: 'TOO_MANY_PENDING' },
    },
  });
  expect(await submit(modest)).toMatchObject({ status: 200 });
  expect(await submit(modest)).toMatchObject({ status: 429, json: { message: expect.stringContaining('of all projects') } });
});

it('a project that sends too many uploads at a time is refused; others are not, until all together do', async () => {
  await start({ maxUploads: 3, maxUploadsPerProject: 2 });
  const open: { end: () => void }[] = [];
  /** Begins an upload that doesn't go on, until it ends; the answer's status, if one comes before. */
  const begin = (client: RestClient) =>
    new Promise<number | undefined>((resolve) => {
      const sent = request(`${client.baseUrl}/clients/${client.cid}/processes/audio`, {
        method: 'POST',
        headers: {
          'x-auth-token': client.token,
          'content-type': 'multipart/form-data; boundary=x',
          // Answered as soon as the request was let in; the body is sent when that is known.
          expect: '100-continue',
        },
      });
      sent.on('error', () => {});
      sent.on('continue', () => {
        sent.write('--x\r\n', () => setImmediate(() => resolve(undefined)));
      });
      sent.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.flushHeaders();
      open.push({ end: () => sent.destroy() });
    });
  await begin(eager);
  await begin(eager);
  // Each was let in with the answer to its header; a further request on the same service comes after them.
  const submit = (client: RestClient) => client.send('POST', 'clients/{cid}/processes/audio', { body: form(recording(SPEECH)) });
  expect(await submit(eager)).toMatchObject({ status: 429, json: { details: { reason: 'TOO_MANY_UPLOADS' } } });
  await begin(modest);
  expect(await submit(modest)).toMatchObject({ status: 503, json: { details: { reason: 'BUSY' } } });
  for (const { end } of open) end();
  await expect.poll(async () => (await submit(eager)).status).toBe(200);
});

it.each([
  [{ maxJobs: 2, maxJobsPerProject: 3 }, 'rest.maxJobsPerProject'],
  [{ maxPending: 5, maxPendingPerProject: 6 }, 'rest.maxPendingPerProject'],
  [{ maxUploadsPerProject: 0 }, 'rest.maxUploadsPerProject'],
])('limits that contradict each other are refused: %j', async (rest, option) => {
  await start({});
  await expect(startLocalService({ engine: levelMeter().engine, rest })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    option,
  });
});
