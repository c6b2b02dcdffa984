import { status } from '@grpc/grpc-js';
import { expect, it, vi } from 'vitest';
import { streamingService } from '../../src/grpc/package-definition.js';
import { startLocalService } from '../../src/service/index.js';
import { levelMeter, type MeterStream } from './level-meter.js';
import { WireClient } from './wire-client.js';

/** Waits until the engine's stream is freed. Cancelled, or ended: Node's clients end a stream just before they reset it. */
function letGo([stream]: MeterStream[]): Promise<void> {
  return vi.waitFor(() => expect(stream?.cancelled || stream?.ended).toBe(true));
}

it('a cancelled call lets go of the engine', async () => {
  const meter = levelMeter();
  await using service = await startLocalService({ engine: meter.engine });
  await using client = new WireClient(service);
  const call = client.call().configure().sendAudio(new Int16Array(8_000), 320);
  await call.received(1);
  call.stream.cancel();
  expect(await call.status).toMatchObject({ code: status.CANCELLED });
  await letGo(meter.streams);
});

it('so does a client whose connection is gone', async () => {
  const meter = levelMeter();
  await using service = await startLocalService({ engine: meter.engine });
  const client = new WireClient(service);
  const call = client.call().configure().sendAudio(new Int16Array(8_000), 320);
  await call.received(1);
  await client[Symbol.asyncDispose]();
  call.stream.cancel();
  await letGo(meter.streams);
});

it('a call that is cancelled while the engine is at work ends quietly', async () => {
  let release = () => {};
  const meter = levelMeter({
    segmentLength: 320,
    consume: () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  });
  await using service = await startLocalService({ engine: meter.engine });
  await using client = new WireClient(service);
  const call = client.call().configure().sendAudio(new Int16Array(640), 320);
  await vi.waitFor(() => expect(meter.streams[0]?.pushed).toBe(320));
  call.stream.cancel();
  await vi.waitFor(() => expect(meter.streams[0]?.cancelled).toBe(true));
  // What the engine still finds goes nowhere, and nothing more is pushed.
  release();
  await new Promise((resolve) => setImmediate(resolve));
  expect(meter.streams[0]?.pushed).toBe(320);
  expect(call.results).toEqual([]);
});

it("a client's deadline ends its call", async () => {
  const meter = levelMeter();
  await using service = await startLocalService({ engine: meter.engine });
  await using client = new WireClient(service);
  const { path, requestSerialize, responseDeserialize } = streamingService.StreamAudio;
  const stream = client.grpc.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, { deadline: Date.now() + 50 });
  stream.on('error', () => {});
  stream.on('data', () => {});
  const ended = new Promise((resolve) => stream.once('status', resolve));
  stream.write({
    cid: service.connection.cid,
    xAuthToken: service.connection.apiKey,
    config: { encoding: 'LINEAR_PCM', sampleRateHertz: 16_000 },
  });
  expect(await ended).toMatchObject({ code: status.DEADLINE_EXCEEDED });
  await letGo(meter.streams);
});
