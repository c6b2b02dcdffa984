import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalService, type Logger, startLocalService } from '../../src/service/index.js';
import { ProjectRegistry } from '../../src/service/project-registry.js';
import { levelMeter } from './level-meter.js';
import { WireClient } from './wire-client.js';

const lines: string[] = [];
const record = (fields: object, message: string) => void lines.push(JSON.stringify([fields, message]));
const logger: Logger = { info: record, warn: record, error: record };
const secret = 'S3CR3T-of-project-one';
let service: LocalService;
let client: WireClient;
beforeAll(async () => {
  const projects = [
    { cid: 10000119, apiKey: secret },
    { cid: '7', apiKey: 'token-of-seven' },
  ];
  service = await startLocalService({ engine: levelMeter().engine, projects, logger });
  client = new WireClient(service);
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await service.close();
});

const config = { sampleRateHertz: 16_000 };

describe('credentials', () => {
  it('of every project are accepted', async () => {
    for (const [cid, xAuthToken] of [
      [10000119, secret],
      [7, 'token-of-seven'],
    ] as const) {
      const call = client.call();
      call.send({ cid, xAuthToken, config });
      expect(await call.finish()).toMatchObject({ code: status.OK });
    }
  });

  it.each([
    ['the token is wrong', { xAuthToken: 'wrong-token-123' }],
    ["the token is another project's", { xAuthToken: 'token-of-seven' }],
    ['the project does not exist', { cid: 8 }],
    ['the token is missing', { xAuthToken: '' }],
    ['both are missing', { cid: 0, xAuthToken: '' }],
  ])('are refused with UNAUTHENTICATED when %s', async (_, credentials) => {
    const call = client.call();
    call.send({ ...credentials, config });
    const { code, details, metadata } = await call.status;
    expect(code).toBe(status.UNAUTHENTICATED);
    expect(details).toContain('x_auth_token');
    // The sentence and the trailers say nothing of any token, sent or right.
    for (const token of [secret, 'wrong-token-123', 'token-of-seven']) {
      expect(details).not.toContain(token);
      expect(JSON.stringify(metadata.toJSON())).not.toContain(token);
    }
  });

  it('are refused before anything is said about the configuration', async () => {
    const call = client.call();
    call.send({ xAuthToken: 'wrong', audioContent: Buffer.alloc(1) });
    expect(await call.status).toMatchObject({ code: status.UNAUTHENTICATED });
  });

  it.each(['wrong-token-123', ''])('must be in later messages too, not %j', async (xAuthToken) => {
    const call = client.call().configure();
    call.send({ xAuthToken, audioContent: Buffer.alloc(640) });
    expect(await call.status).toMatchObject({ code: status.UNAUTHENTICATED });
  });

  it('never reach the log', () => {
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => /S3CR3T|wrong-token|token-of-seven/.test(line))).toEqual([]);
  });
});

describe('the registry of projects', () => {
  it('does not keep the tokens themselves', () => {
    const registry = new ProjectRegistry([{ cid: 1, apiKey: secret }]);
    expect(registry.accepts('1', secret)).toBe(true);
    expect(registry.accepts('1', `${secret} `)).toBe(false);
    expect(registry.accepts('2', secret)).toBe(false);
    // The digest for unknown projects is that of the empty text, which no project may have.
    expect(registry.accepts('2', '')).toBe(false);
  });

  it.each([
    [[{ cid: 'one', apiKey: 'a' }], 'projects[0].cid'],
    [[{ cid: 0, apiKey: 'a' }], 'projects[0].cid'],
    [[{ cid: 1, apiKey: '' }], 'projects[0].apiKey'],
    [
      [
        { cid: 1, apiKey: 'a' },
        { cid: '1', apiKey: 'b' },
      ],
      'projects[1].cid',
    ],
  ])('refuses %j', (projects, option) => {
    expect(() => new ProjectRegistry(projects)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
  });
});

it('a service that is given no project makes one of its own, with a token nobody can guess', async () => {
  await using first = await startLocalService({ engine: levelMeter().engine });
  await using second = await startLocalService({ engine: levelMeter().engine });
  expect(first.connection.apiKey).toMatch(/^[\w-]{32}$/);
  expect(second.connection.apiKey).not.toBe(first.connection.apiKey);
  await using own = new WireClient(first);
  expect(await own.call().configure().finish()).toMatchObject({ code: status.OK });
});
