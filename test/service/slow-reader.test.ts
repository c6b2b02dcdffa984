import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { startLocalService } from '../../src/service/index.js';
import { levelMeter } from './level-meter.js';
import { settled } from './settled.js';
import { WireClient } from './wire-client.js';

it('a client that does not read its results is no longer listened to, and gets all of them once it reads', async () => {
  // A result for each 10 samples: 32 in each message of 20 ms.
  const meter = levelMeter({ segmentLength: 10 });
  await using service = await startLocalService({ engine: meter.engine });
  await using client = new WireClient(service);
  const call = client.call().configure().sendAudio(new Int16Array(320), 320);
  // A grpc-js client holds back the server only once it has read something.
  await call.received(1);
  call.stream.pause();
  call.sendAudio(new Int16Array(319_680), 320);
  const consumed = await settled(() => meter.streams[0]?.consumed ?? 0);
  expect(consumed).toBeGreaterThan(0);
  expect(consumed).toBeLessThan(100_000);
  call.stream.resume();
  expect(await call.finish()).toMatchObject({ code: status.OK });
  expect(call.results).toHaveLength(32_000);
  expect(call.results.map(({ messageId }) => messageId)).toEqual(Array.from({ length: 32_000 }, (_, i) => i));
});

it('one message that yields more results than may wait ends the stream', async () => {
  const meter = levelMeter({ segmentLength: 1 });
  await using service = await startLocalService({ engine: meter.engine });
  await using client = new WireClient(service);
  const call = client.call().configure();
  call.sendAudio(new Int16Array(100_000), 100_000);
  expect(await call.status).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: expect.stringContaining('results wait') });
  expect(meter.streams[0]?.cancelled).toBe(true);
});
