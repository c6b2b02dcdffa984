import { readdir, writeFile } from 'node:fs/promises';
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
