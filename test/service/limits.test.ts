import { status } from '@grpc/grpc-js';
import { expect, it, vi } from 'vitest';
import { startLocalService } from '../../src/service/index.js';
import { levelMeter } from './level-meter.js';
import { WireClient } from './wire-client.js';

it('a stream beyond the limit is refused at once, not left hanging, and has its turn when another has ended', async () => {
  await using service = await startLocalService({ engine: levelMeter().engine, maxStreams: 2 });
  await using client = new WireClient(service);
  const open = [client.call().configure(), client.call().configure()];
  await Promise.all(open.map(({ metadata }) => metadata));
  expect(await client.call().status).toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    details: expect.stringContaining('already serves 2 streams'),
  });
  await open[0]?.finish();
  await vi.waitFor(async () => expect(await client.call().configure().finish()).toMatchObject({ code: status.OK }));
  await open[1]?.finish();
});

it('a message beyond the limit is refused, and its stream let go', async () => {
  const meter = levelMeter();
  await using service = await startLocalService({ engine: meter.engine, maxMessageBytes: 64 * 1024 });
  await using client = new WireClient(service);
  const call = client.call().configure().sendAudio(new Int16Array(40_000), 40_000);
  expect(await call.status).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  await vi.waitFor(() => expect(meter.streams[0]).toMatchObject({ pushed: 0, cancelled: true }));
});

it('fifty streams are served at once over one connection, each with its own results', async () => {
  await using service = await startLocalService({ engine: levelMeter().engine });
  await using client = new WireClient(service);
  const levels = Array.from({ length: 50 }, (_, i) => (i + 1) * 500);
  const calls = levels.map((level) => client.call().configure().sendAudio(new Int16Array(16_000).fill(level), 320));
  const statuses = await Promise.all(calls.map((call) => call.finish()));
  expect(statuses.every(({ code }) => code === status.OK)).toBe(true);
  const scores = calls.map(({ results }) => results.map(({ result }) => Number(result[0]?.prediction[0]?.score)));
  expect(scores).toEqual(levels.map((level) => [expect.closeTo(level / 32_768, 4), expect.closeTo(level / 32_768, 4)]));
  expect(new Set(calls.map(({ results }) => results[0]?.pid)).size).toBe(50);
});
