import crypto from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LocalService, ProjectStore, startLocalService } from '../../../src/service/index.js';
import { ProjectRegistry } from '../../../src/service/project-registry.js';
import { createRoutes } from '../../../src/service/rest/routes.js';
import { levelMeter } from '../level-meter.js';
import { form, RestClient, recording, SPEECH } from '../rest/rest-client.js';
import { WireClient } from '../wire-client.js';

let dataDir: string;
let projects: ProjectStore;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'projects-'));
  projects = await ProjectStore.open(dataDir);
});
afterEach(async () => {
  projects.close();
  await rm(dataDir, { recursive: true });
});

describe('projects', () => {
  it('are created with IDs that count up, or with one of their own, and listed without tokens', () => {
    const first = projects.create({ name: 'support calls' });
    const second = projects.create();
    const own = projects.create({ cid: 77, apiVersion: '4.1' });
    expect([first.cid, second.cid, own.cid]).toEqual(['10000001', '10000002', '77']);
    expect(first.apiKey).toMatch(/^[\w-]{32}$/);
    expect(projects.list()).toEqual([
      { cid: '77', name: '', apiVersion: '4.1', createdAt: expect.any(Date) },
      { cid: '10000001', name: 'support calls', apiVersion: '5.0.0', createdAt: expect.any(Date) },
      { cid: '10000002', name: '', apiVersion: '5.0.0', createdAt: expect.any(Date) },
    ]);
  });

  it('keep no token on disk, in files that only their owner reads', async () => {
    const { apiKey, cid } = projects.create();
    const rotated = projects.rotate(cid).apiKey;
    for (const file of (await readdir(dataDir)).filter((name) => name.startsWith('projects.db'))) {
      const bytes = await readFile(path.join(dataDir, file));
      expect(bytes.includes(apiKey) || bytes.includes(rotated), file).toBe(false);
      expect((await stat(path.join(dataDir, file))).mode & 0o777).toBe(0o600);
    }
  });

  it.each([
    [{ cid: 0 }, 'cid'],
    [{ cid: 1.5 }, 'cid'],
    [{ apiVersion: 'five' }, 'apiVersion'],
    [{ name: 'n'.repeat(201) }, 'name'],
    [{ name: 'one\0two' }, 'name'],
  ])('are refused with %j', (options, option) => {
    expect(() => projects.create(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
  });

  it('that are taken or missing are named', () => {
    projects.create({ cid: 5 });
    expect(() => projects.create({ cid: 5 })).toThrow(/cid: is taken/);
    for (const act of [() => projects.rotate(6), () => projects.revoke(6), () => projects.get(6)]) {
      expect(act).toThrow(/there is no project 6/);
    }
  });
});

describe('a running service', () => {
  const open = async (service: LocalService, cid: string, token: string) => {
    const rest = await new RestClient(service, { cid, token }).send('GET', 'auth', { headers: { 'x-auth-client': cid } });
    await using wire = new WireClient(service);
    const call = wire.call();
    call.send({ cid, xAuthToken: token, config: { encoding: 'LINEAR_PCM', sampleRateHertz: 16_000 } });
    const { code } = await call.finish();
    return [rest.status, code];
  };

  it('sees at once who was created, rotated and revoked, over REST and gRPC', async () => {
    await using service = await startLocalService({ engine: levelMeter().engine, rest: { dataDir } });
    const { cid, apiKey } = projects.create();
    expect(await open(service, cid, apiKey)).toEqual([200, status.OK]);
    const { apiKey: rotated } = projects.rotate(cid);
    expect(await open(service, cid, apiKey)).toEqual([401, status.UNAUTHENTICATED]);
    expect(await open(service, cid, rotated)).toEqual([200, status.OK]);
    projects.revoke(cid);
    expect(await open(service, cid, rotated)).toEqual([401, status.UNAUTHENTICATED]);
    expect(await open(service, cid, '')).toEqual([401, status.UNAUTHENTICATED]);
    const { apiKey: again } = projects.rotate(cid);
    expect(await open(service, cid, again)).toEqual([200, status.OK]);
    const other = projects.create();
    expect(await open(service, cid, other.apiKey)).toEqual([401, status.UNAUTHENTICATED]);
  });

  it('lets a revoked or replaced token in nowhere, on no path and no RPC', async () => {
    await using service = await startLocalService({ engine: levelMeter().engine, rest: { dataDir } });
    const { cid, apiKey: replaced } = projects.create();
    const { apiKey } = projects.rotate(cid);
    const { pid } = await new RestClient(service, { cid, token: apiKey }).submit(recording(SPEECH));
    projects.revoke(cid);
    for (const token of [replaced, apiKey]) {
      const client = new RestClient(service, { cid, token });
      for (const { method, path: route, isPublic } of createRoutes(() => ({}))) {
        if (isPublic) continue;
        const target = route.slice(1).replace('{pid}', String(pid));
        const { status: answered } = await client.send(method, target, { headers: { 'x-auth-client': cid } });
        expect(answered, `${method} ${route}`).toBe(401);
      }
      await using wire = new WireClient(service);
      for (const rpc of ['StreamAudio', 'DeepfakeDetection'] as const) {
        const call = wire.call(rpc);
        call.send({ cid, xAuthToken: token, config: { encoding: 'LINEAR_PCM', sampleRateHertz: 16_000 } });
        expect(await call.status, rpc).toMatchObject({ code: status.UNAUTHENTICATED });
      }
    }
  });

  it('compares tokens in constant time, also where there is nothing to compare with', async () => {
    const compare = vi.spyOn(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();
    try {
      const { cid, apiKey } = projects.create();
      const { cid: revoked } = projects.create();
      projects.revoke(revoked);
      const registry = new ProjectRegistry([{ cid: 5, apiKey: 'token-of-five' }], projects);
      const tries: [string, string, boolean][] = [
        ['5', 'token-of-five', true],
        ['5', 'wrong', false],
        [cid, apiKey, true],
        [cid, '', false],
        [revoked, apiKey, false],
        ['999', apiKey, false],
        ['no number', apiKey, false],
      ];
      for (const [of, token, isRight] of tries) {
        compare.mockClear();
        expect(registry.accepts(of, token), `${of} ${token}`).toBe(isRight);
        expect(compare).toHaveBeenCalledTimes(1);
      }
    } finally {
      compare.mockRestore();
      syncBuiltinESMExports();
    }
  });

  it('refuses new audio of projects from before version 5, with the reason', async () => {
    await using service = await startLocalService({ engine: levelMeter().engine, rest: { dataDir } });
    const { cid, apiKey } = projects.create({ apiVersion: '4.9.9' });
    const client = new RestClient(service, { cid, token: apiKey });
    expect((await client.send('GET', 'clients/{cid}/processes')).status).toBe(200);
    const { status: refused, json } = await client.send('POST', 'clients/{cid}/processes/audio', {
      body: form(recording(SPEECH)),
    });
    expect([refused, (json as { message: string }).message]).toEqual([403, expect.stringContaining('before 5.0.0')]);
    await using wire = new WireClient(service);
    const call = wire.call();
    call.send({ cid, xAuthToken: apiKey, config: { encoding: 'LINEAR_PCM', sampleRateHertz: 16_000 } });
    expect(await call.status).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: expect.stringContaining('before 5.0.0'),
    });
  });
});
