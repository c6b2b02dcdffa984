import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterEach, expect, it, vi } from 'vitest';
import { ProjectStore, startLocalService } from '../../../src/service/index.js';
import { ownTmpdir } from '../../support/own-tmpdir.js';
import { levelMeter } from '../level-meter.js';
import { WireClient } from '../wire-client.js';

afterEach(() => {
  vi.doUnmock('libsql');
  vi.doUnmock('busboy');
});

const notInstalled = () => {
  throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
};

it.each(['libsql', 'busboy'])('without %s the batch API says what to install, and leaves nothing behind', async (packageName) => {
  vi.doMock(packageName, notInstalled);
  await using temporary = await ownTmpdir();
  await expect(startLocalService({ engine: levelMeter().engine, rest: {} })).rejects.toMatchObject({
    code: 'PACKAGE_MISSING',
    packageName,
    message: expect.stringContaining(`package ${packageName}, which could not be loaded. Install it: npm install libsql busboy`),
  });
  expect(await temporary.names()).toEqual([]);
});

it('without libsql there are no projects to keep', async () => {
  vi.doMock('libsql', notInstalled);
  const dataDir = await mkdtemp(path.join(tmpdir(), 'projects-'));
  await expect(ProjectStore.open(dataDir)).rejects.toMatchObject({ code: 'PACKAGE_MISSING' });
  await rm(dataDir, { recursive: true });
});

it('gRPC needs neither', async () => {
  vi.doMock('libsql', notInstalled);
  vi.doMock('busboy', notInstalled);
  await using service = await startLocalService({ engine: levelMeter().engine });
  expect(service.batchConnection).toBeUndefined();
  await using wire = new WireClient(service);
  expect(await wire.call().configure().finish()).toMatchObject({ code: status.OK });
});
