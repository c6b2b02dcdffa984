import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBatchClient } from '../../../src/batch/index.js';
import { startLocalService } from '../../../src/service/index.js';
import { storageFull } from '../../../src/service/rest/storage-full.js';
import { levelMeter } from '../level-meter.js';
import { form, RestClient, recording, SPEECH } from './rest-client.js';
import { smallDisk } from './small-disk.js';

const MIB = 1024 * 1024;

describe('a full disk', () => {
  it('refuses an upload with what to do, and keeps nothing of it; what fits is taken', async (context) => {
    await using disk = await smallDisk();
    if (!disk) return context.skip('this process may not mount a disk');
    const errors: unknown[] = [];
    const logger = { info: () => {}, warn: () => {}, error: (fields: object) => void errors.push(fields) };
    await using service = await startLocalService({ engine: levelMeter().engine, logger, rest: { dataDir: disk.folder } });
    const client = new RestClient(service);
    const { status, json } = await client.send('POST', 'clients/{cid}/processes/audio', { body: form(Buffer.alloc(8 * MIB)) });
    expect({ status, json }).toMatchObject({
      status: 507,
      json: { code: 507, message: expect.stringContaining('Free room'), details: { reason: 'STORAGE_FULL' } },
    });
    expect(JSON.stringify(json)).not.toContain(disk.folder);
    expect(errors).toMatchObject([{ err: { code: 'ENOSPC' } }]);
    expect(await readdir(path.join(disk.folder, 'uploads'))).toEqual([]);
    expect(await client.submit(recording(SPEECH))).toMatchObject({ pid: expect.any(Number) });
  });

  it('refuses what would be noted in the database only, too', async (context) => {
    await using disk = await smallDisk();
    if (!disk) return context.skip('this process may not mount a disk');
    await using service = await startLocalService({ engine: levelMeter().engine, rest: { dataDir: disk.folder } });
    await disk.fill();
    const body = JSON.stringify({ url: 'https://recordings.example/a.wav', meta: { text: 'x'.repeat(60_000) } });
    const headers = { 'content-type': 'application/json' };
    const reply = await new RestClient(service).send('POST', 'clients/{cid}/processes/s3-presigned-url', { headers, body });
    expect(reply).toMatchObject({ status: 507, json: { details: { reason: 'STORAGE_FULL' } } });
  });

  it('fails the job that fetches more than it has room for, says why, and keeps nothing of it', async (context) => {
    await using disk = await smallDisk();
    if (!disk) return context.skip('this process may not mount a disk');
    let body: Uint8Array = Buffer.alloc(8 * MIB);
    const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const errors: unknown[] = [];
    const logger = { info: () => {}, warn: () => {}, error: (fields: object) => void errors.push(fields) };
    const rest = { dataDir: disk.folder, allowedHosts: [host] };
    await using service = await startLocalService({ engine: levelMeter().engine, logger, rest });
    const client = new RestClient(service);
    const fetched = async () => {
      const headers = { 'content-type': 'application/json' };
      const request = { headers, body: JSON.stringify({ url: `http://${host}/a.wav` }) };
      const { json } = await client.send('POST', 'clients/{cid}/processes/s3-presigned-url', request);
      return client.ended((json as { pid: number }).pid);
    };
    expect(await fetched()).toMatchObject({ status: -1, statusmsg: expect.stringMatching(/disk is full.*submit again\.$/) });
    expect(await readdir(path.join(disk.folder, 'uploads'))).toEqual([]);
    expect(errors).toMatchObject([{ err: { code: 'ENOSPC' } }]);
    body = recording(SPEECH);
    expect(await fetched()).toMatchObject({ status: 2 });
    server.closeAllConnections();
    server.close();
  });

  it('is told to whoever submits, once, and as what it is', async (context) => {
    await using disk = await smallDisk();
    if (!disk) return context.skip('this process may not mount a disk');
    const requests: unknown[] = [];
    const logger = { info: (fields: object) => void requests.push(fields), warn: () => {}, error: () => {} };
    await using service = await startLocalService({ engine: levelMeter().engine, logger, rest: { dataDir: disk.folder } });
    const client = createBatchClient(service.batchConnection);
    await expect(client.behavior.submit(Buffer.alloc(8 * MIB))).rejects.toMatchObject({
      code: 'REQUEST_FAILED',
      statusCode: 507,
      retryable: false,
      details: { reason: 'STORAGE_FULL' },
      message: expect.stringMatching(/disk is full.*Free room.*submit again\.$/),
    });
    expect(requests.filter((line) => Object(line).method !== undefined)).toHaveLength(1);
  });

  // Only Linux has /dev/full.
  it.skipIf(process.platform !== 'linux')('is known by what a write to one says', async () => {
    const error = await writeFile('/dev/full', 'x').catch((reason) => reason);
    expect(storageFull(error)).toMatchObject({ status: 507, reason: 'STORAGE_FULL' });
    expect(storageFull(new Error('x'))).toBeUndefined();
    expect(storageFull(undefined)).toBeUndefined();
  });
});
