import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageClock } from '../../src/cli/message-clock.js';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

function frame(type: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt32BE(1, 5);
  return Buffer.concat([header, payload]);
}

function message(length: number): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, Buffer.alloc(length, 7)]);
}

/** Cuts bytes into pieces of the given lengths, cycling. */
function* pieces(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; at += lengths[i % lengths.length]!, i += 1) {
    yield bytes.subarray(at, at + lengths[i % lengths.length]!);
  }
}

test('every message is timed at its last byte, however frames and packets cut it', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(fc.nat(1500), { maxLength: 20 }), sizes, sizes, (messages, frameSizes, packetSizes) => {
      const body = Buffer.concat(messages.map(message));
      const headers = frame(1, Buffer.alloc(40));
      const ping = frame(6, Buffer.alloc(8));
      const frames = [...pieces(body, frameSizes)].flatMap((payload) => [frame(0, payload), ping]);
      const wire = Buffer.concat([PREFACE, frame(4, Buffer.alloc(0)), headers, ...frames]);
      let received = 0;
      const clock = new MessageClock(() => received);
      for (const packet of pieces(wire, packetSizes)) {
        received += packet.length;
        clock.push(packet);
      }
      expect(clock.completedAt).toHaveLength(messages.length);
      expect([...clock.completedAt]).toEqual([...clock.completedAt].sort((a, b) => a - b));
    }),
  );
});

test('the time is that of the packet which completes the message', () => {
  let now = 1;
  const clock = new MessageClock(() => now);
  const wire = Buffer.concat([PREFACE, frame(0, message(100)), frame(0, message(3))]);
  clock.push(wire.subarray(0, 60));
  now = 2;
  clock.push(wire.subarray(60, wire.length - 1));
  now = 3;
  clock.push(wire.subarray(wire.length - 1));
  expect(clock.completedAt).toEqual([2, 3]);
});
