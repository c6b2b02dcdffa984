import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { type LocalService, startLocalService } from '../../src/service/index.js';
import { ownTmpdir } from '../support/own-tmpdir.js';
import { levelMeter } from './level-meter.js';
import { settled } from './settled.js';
import { WireClient } from './wire-client.js';

/** Sockets and timers that would keep the process alive. */
function handles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name));
}

async function refuses(service: LocalService): Promise<void> {
  const late = new WireClient(service);
  const { code } = await late.call().configure().status;
  await late[Symbol.asyncDispose]();
  expect(code).toBe(status.UNAVAILABLE);
}

it('closing waits for open streams to end of themselves', async () => {
  const service = await startLocalService({ engine: levelMeter().engine });
  await using client = new WireClient(service);
  const call = client.call().configure().sendAudio(new Int16Array(8_000), 320);
  await call.received(1);
  const closing = service.close({ graceMs: 20_000 });
  await refuses(service);
  call.sendAudio(new Int16Array(8_000), 320);
  expect(await call.finish()).toMatchObject({ code: status.OK });
  await closing;
  expect(call.results).toHaveLength(2);
});

it('after the grace it ends them with UNAVAILABLE, which says that another service may do', async () => {
  const meter = levelMeter();
  const service = await startLocalService({ engine: meter.engine });
  await using client = new WireClient(service);
  const call = client.call().configure().sendAudio(new Int16Array(8_000), 320);
  await call.received(1);
  await service.close({ graceMs: 0 });
  expect(await call.status).toMatchObject({ code: status.UNAVAILABLE, details: 'The service is shutting down.' });
  expect(meter.streams[0]?.cancelled).toBe(true);
});

it('a client that neither reads nor ends cannot keep the service from closing', async () => {
  const meter = levelMeter({ segmentLength: 10 });
  const service = await startLocalService({ engine: meter.engine });
  await using client = new WireClient(service);
  const call = client.call().configure().sendAudio(new Int16Array(320), 320);
  await call.received(1);
  call.stream.pause();
  call.sendAudio(new Int16Array(319_680), 320);
  await settled(() => meter.streams[0]?.consumed ?? 0);
  await service.close({ graceMs: 0 });
  call.stream.cancel();
});

it('nothing stays open: no socket, no timer, no stream', async () => {
  const before = handles();
  const service = await startLocalService({ vad: 'light' });
  const client = new WireClient(service);
  const calls = [client.call().configure(), client.call('DeepfakeDetection').configure()];
  for (const call of calls) call.sendAudio(new Int16Array(32_000).fill(1000), 320);
  await calls[0]?.finish();
  await client[Symbol.asyncDispose]();
  calls[1]?.stream.cancel();
  await service.close();
  // The client's socket closes a few turns of the event loop after the service.
  for (let turn = 0; turn < 1000 && handles().length > before.length; turn += 1) await new Promise(setImmediate);
  expect(handles().length).toBeLessThanOrEqual(before.length);
});

it('closing twice is closing once', async () => {
  const service = await startLocalService({ engine: levelMeter().engine });
  const first = service.close();
  expect(service.close()).toBe(first);
  await first;
  await service[Symbol.asyncDispose]();
});

it('an engine that was passed in is left to its owner', async () => {
  const meter = levelMeter();
  await (await startLocalService({ engine: meter.engine })).close();
  expect(meter.closed).toBe(false);
});

it('a signal closes it at once', async () => {
  const stop = new AbortController();
  const service = await startLocalService({ engine: levelMeter().engine, signal: stop.signal });
  await using client = new WireClient(service);
  const call = client.call().configure();
  await call.metadata;
  stop.abort();
  expect(await call.status).toMatchObject({ code: status.UNAVAILABLE });
  await service.close();
  await refuses(service);
});

it('a signal that has fired already starts nothing', async () => {
  await expect(
    startLocalService({ engine: levelMeter().engine, signal: AbortSignal.abort(new Error('no more')) }),
  ).rejects.toThrow('no more');
});

it('a signal that fires while a service with the batch API starts is the reason why there is none', async () => {
  await using temporary = await ownTmpdir();
  const stop = new AbortController();
  const starting = startLocalService({ engine: levelMeter().engine, rest: {}, signal: stop.signal });
  stop.abort(new Error('no more'));
  await expect(starting).rejects.toThrow('no more');
  expect(await temporary.names()).toEqual([]);
});
