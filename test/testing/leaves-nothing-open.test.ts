import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { type Fault, recordSession, startScriptedService } from '../../src/testing/index.js';
import { WireClient } from '../service/wire-client.js';
import { faultyLevelMeter, noise } from './support/faulty-level-meter.js';

const second = noise(16_000);

/** Sockets, servers and timers that keep a process alive; the runner's own pipes are left out. */
function openResources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS|HTTP2|Timeout|Immediate/.test(name));
}

it.each<Fault>([
  { kind: 'stall-connection', at: { sourceMs: 300 } },
  { kind: 'stall-reads', at: { sourceMs: 300 }, forMs: 60_000 },
  { kind: 'stall-writes', at: { sourceMs: 300 } },
  { kind: 'delay', at: { call: 0 }, delayMs: 60_000 },
  { kind: 'goaway', at: { sourceMs: 300 }, graceMs: 60_000 },
  { kind: 'hang-connection', at: { connection: 0 } },
  { kind: 'max-streams', at: { connection: 0 } },
  { kind: 'reset-connection', at: { sourceMs: 300 } },
  { kind: 'status', at: { sourceMs: 300 }, status: 'ABORTED' },
])('a faulty service closes in the middle of $kind', async (fault) => {
  const before = openResources();
  const service = await faultyLevelMeter([fault], { tls: false });
  const client = new WireClient(service);
  const call = client.call().configure().sendAudio(second, 1600);
  await expect.poll(() => service.fired.length).toBe(1);
  const closed = service.close();
  expect(service.close()).toBe(closed);
  await closed;
  call.stream.cancel();
  client.grpc.close();
  await expect.poll(openResources).toEqual(before);
});

it('a scripted service and a recorder close in the middle of a call', async () => {
  const before = openResources();
  const service = await startScriptedService(async (call) => call.closed());
  const recorder = await recordSession({ target: service.connection, to: () => {} });
  const client = new WireClient({ connection: { ...service.connection, endpoint: recorder.endpoint } });
  const call = client.call().configure().sendAudio(second, 1600);
  await call.metadata;
  await recorder.close();
  await service.close();
  expect((await call.status).code).toBe(status.UNAVAILABLE);
  client.grpc.close();
  await expect.poll(openResources).toEqual(before);
});
