import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AudioSocketFrames, audioSocketFrame } from '../../../src/telephony/sockets/audio-socket-frames.js';

const frames = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 400 })), { maxLength: 12 });

it('gives every frame once and whole, however the connection cuts its bytes', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 9 })), fc.integer({ min: 1, max: 500 }), (sent, sizes, rest) => {
      const bytes = Buffer.concat(sent.map(([kind, payload]) => audioSocketFrame(kind, payload)));
      const received: [number, Uint8Array][] = [];
      const cutter = new AudioSocketFrames((kind, payload) => received.push([kind, Uint8Array.from(payload)]));
      for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
        const size = sizes[piece] ?? rest;
        cutter.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(received).toEqual(sent);
      expect(cutter.isAmidFrame).toBe(false);
      cutter.push(Uint8Array.of(0x10, 0, 1));
      expect(cutter.isAmidFrame).toBe(true);
    }),
  );
});

it('copies each byte of a frame once, even when it comes byte by byte', () => {
  const received: number[] = [];
  const cutter = new AudioSocketFrames((_, payload) => received.push(payload.length));
  const frame = audioSocketFrame(0x10, new Uint8Array(65_535));
  // Copied anew at each byte, these would be 10 GB.
  for (let i = 0; i < 5; i += 1) for (const byte of frame) cutter.push(Uint8Array.of(byte));
  expect(received).toEqual(Array.from({ length: 5 }, () => 65_535));
});
