import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { startLocalService } from '../../src/service/index.js';
import { levelMeter } from './level-meter.js';
import { settled } from './settled.js';
import { WireClient } from './wire-client.js';

/** Lets the test decide when each push is consumed. */
function turnstile() {
  const waiting: (() => void)[] = [];
  let isOpen = false;
  return {
    wait: () => (isOpen ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve))),
    get waiting() {
      return waiting.length;
    },
    letOne: () => waiting.shift()?.(),
    open: () => {
      isOpen = true;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

it('a client that sends faster than the engine consumes is held back, and loses nothing', async () => {
  const gate = turnstile();
  const meter = levelMeter({ consume: gate.wait });
  await using service = await startLocalService({ engine: meter.engine });
  await using client = new WireClient(service);
  const call = client.call().configure();
  // 60 s in chunks of 250 ms, written as fast as the transport takes them.
  const chunk = Buffer.alloc(8_000);
  let written = 0;
  let sent = 0;
  const sending = (async () => {
    for (; sent < 240; sent += 1) {
      await new Promise<void>((resolve) => {
        call.stream.write({ cid: service.connection.cid, xAuthToken: service.connection.apiKey, audioContent: chunk }, () => {
          written += 1;
          resolve();
        });
      });
    }
  })();
  // Nothing more moves once windows and buffers are full.
  await settled(() => written);
  expect(gate.waiting).toBe(1);
  expect(meter.streams[0]?.pushed).toBe(4_000);
  // 64 KiB of HTTP/2 window at each end and 16 messages of the stream: far from the 240 there are.
  expect(written).toBeLessThan(60);
  gate.letOne();
  gate.open();
  await sending;
  expect(await call.finish()).toMatchObject({ code: status.OK });
  expect(meter.streams[0]).toMatchObject({ pushed: 960_000, consumed: 960_000, ended: true });
  expect(call.results).toHaveLength(120);
});

it('one push is with the engine at a time', async () => {
  let inside = 0;
  let most = 0;
  const meter = levelMeter({
    consume: async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    },
  });
  await using service = await startLocalService({ engine: meter.engine });
  await using client = new WireClient(service);
  expect(await client.call().configure().sendAudio(new Int16Array(64_000), 320).finish()).toMatchObject({ code: status.OK });
  expect(most).toBe(1);
  expect(meter.streams[0]?.consumed).toBe(64_000);
});
