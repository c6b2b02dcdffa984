import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { type FromAudioSocketOptions, fromAudioSocket, type TelephonyChunk } from '../../src/telephony/index.js';
import { AudioSocketFrames, audioSocketFrame } from '../../src/telephony/sockets/audio-socket-frames.js';
import { ofType, packetBytes, placed, spans } from '../support/web-sockets.js';

const UUID = '40325ec2-5efd-4bd3-805f-53576e581d13';
const uuidFrame = audioSocketFrame(0x01, Buffer.from(UUID.replaceAll('-', ''), 'hex'));
const audio = (index: number, kind = 0x10, bytes = 320) => audioSocketFrame(kind, packetBytes(index, bytes));
const hangup = audioSocketFrame(0x00, Buffer.alloc(0));

let server: Server;
let ours: Socket;
let asterisk: Socket;

beforeEach(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection');
  asterisk = connect((server.address() as AddressInfo).port, '127.0.0.1');
  [ours] = (await connected) as [Socket];
});
afterEach(async () => {
  vi.useRealTimers();
  ours.destroy();
  asterisk.destroy();
  await new Promise((resolve) => server.close(resolve));
});

function receive(options: FromAudioSocketOptions = {}) {
  const events: StreamEvent[] = [];
  const call = fromAudioSocket(ours, { events: { next: (event) => events.push(event) }, ...options });
  return { call, events, chunks: lastValueFrom(call.source.pipe(toArray())) };
}

/** Writes, in pieces of whatever size. */
async function send(...frames: Uint8Array[]): Promise<void> {
  for (const frame of frames) await new Promise((resolve) => asterisk.write(frame, resolve));
}

describe('fromAudioSocket()', () => {
  it('receives a call: its UUID, audio, keys, and its end', async () => {
    const { call, events, chunks } = receive();
    await send(uuidFrame, audio(0), audio(1), audioSocketFrame(0x03, Buffer.from('#')), audio(2), hangup);
    const heard = await chunks;
    expect(spans(heard)).toEqual([[0, 480, 'audio']]);
    expect(heard[0]!.data[0]![0]).toBe(packetBytes(0).readInt16LE() / 32_768);
    expect(heard[0]!.format).toEqual({ encoding: 'float32', channels: 1, sampleRate: 8000 });
    await expect(call.uuid).resolves.toBe(UUID);
    expect(ofType(events, 'dtmf')).toMatchObject([{ digit: '#', startMs: 40 }]);
    expect(ofType(events, 'socket').map(({ state, reason }) => [state, reason])).toEqual([
      ['started', undefined],
      ['ended', 'stop'],
    ]);
    expect(call.statistics).toMatchObject({ messages: 6, audioMessages: 3, audioMs: 60, malformed: 0, unknown: 0 });
    expect(ours.destroyed).toBe(false);
  });

  it.each([8000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000])('understands %i Hz', async (sampleRate) => {
    const kind = 0x10 + [8000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000].indexOf(sampleRate);
    const { chunks } = receive();
    await send(audio(0, kind, sampleRate / 25), hangup);
    expect((await chunks)[0]).toMatchObject({ length: sampleRate / 50, format: { sampleRate } });
  });

  it('goes on in time when the rate changes', async () => {
    const { chunks } = receive();
    await send(audio(0), audio(1, 0x12, 640), hangup);
    expect((await chunks).map(({ timing, format }) => (timing.position / format.sampleRate) * 1000)).toEqual([0, 20]);
  });

  it('sends silence back, of the kind that comes, and ends with it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'Date', 'performance'] });
    const { call, chunks } = receive({ keepaliveMs: 500 });
    const back: [number, number][] = [];
    const parser = new AudioSocketFrames((kind, payload) => {
      back.push([kind, payload.length]);
      expect(payload.every((byte) => byte === 0)).toBe(true);
    });
    asterisk.on('data', (bytes: Uint8Array) => parser.push(bytes));
    vi.advanceTimersByTime(500);
    await once(asterisk, 'data');
    await send(audio(0, 0x12, 640));
    while (call.statistics.audioMessages === 0) await new Promise(setImmediate);
    vi.advanceTimersByTime(1000);
    while (back.length < 3) await new Promise(setImmediate);
    expect(back).toEqual([
      [0x10, 320],
      [0x12, 640],
      [0x12, 640],
    ]);
    await send(hangup);
    await chunks;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('writes nothing when it is told so', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'Date', 'performance'] });
    const { chunks } = receive({ keepaliveMs: 0 });
    vi.advanceTimersByTime(10_000);
    await send(audio(0), hangup);
    await chunks;
    expect(ours.bytesWritten).toBe(0);
  });

  it('counts and reports what does not belong, and goes on', async () => {
    const { call, events, chunks } = receive();
    await send(
      audioSocketFrame(0x01, Buffer.alloc(3)),
      audioSocketFrame(0x03, Buffer.from('no key')),
      audioSocketFrame(0x42, Buffer.alloc(60_000)),
      audioSocketFrame(0x10, Buffer.alloc(0)),
      audioSocketFrame(0x10, Buffer.alloc(321)),
      audioSocketFrame(0xff, Buffer.from([0x02])),
      audio(1),
      hangup,
      audio(2),
    );
    expect(spans(await chunks)).toEqual([[0, 320, 'audio']]);
    expect(call.statistics).toMatchObject({ malformed: 2, unknown: 1, undecodable: 1 });
    expect(ofType(events, 'diagnostic').map(({ code }) => code)).toContain('PEER_ERROR');
  });

  it('completes when the connection ends amid a frame, or breaks', async () => {
    const { call, events, chunks } = receive();
    await send(audio(0), audio(1).subarray(0, 100));
    asterisk.end();
    expect(spans(await chunks)).toEqual([[0, 160, 'audio']]);
    expect(call.statistics.malformed).toBe(1);
    expect(ofType(events, 'socket').at(-1)).toMatchObject({ reason: 'closed' });
    await expect(call.uuid).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
  });

  it('completes when the connection breaks', async () => {
    const { call, chunks, events } = receive();
    await send(audio(0));
    while (call.statistics.audioMessages === 0) await new Promise(setImmediate);
    ours.destroy(new Error('read ETIMEDOUT'));
    expect(spans(await chunks)).toEqual([[0, 160, 'audio']]);
    expect(ofType(events, 'socket').at(-1)).toMatchObject({ state: 'ended', reason: 'failed' });
  });

  it('loses nothing before it is subscribed', async () => {
    const call = fromAudioSocket(ours);
    await send(uuidFrame, audio(0), hangup);
    await call.uuid;
    while (call.statistics.messages < 3) await new Promise(setImmediate);
    expect(placed(await lastValueFrom(call.source.pipe(toArray())))).toEqual([[0, 160, 'audio']]);
  });

  it('takes its listeners off when it is left, and closes nothing', async () => {
    const before = ['data', 'end', 'close', 'error'].map((name) => ours.listenerCount(name));
    const { source } = fromAudioSocket(ours);
    source.subscribe().unsubscribe();
    expect(ours.listenerCount('data')).toBe(0);
    expect(ours.destroyed).toBe(false);
    const closed = new Promise((resolve) => ours.once('close', resolve));
    ours.destroy(new Error('after we left'));
    await closed;
    expect(['data', 'end', 'close', 'error'].map((name) => ours.listenerCount(name))).toEqual(before);
  });

  it('property: frames come whole, however the bytes are cut; random bytes do no harm', async () => {
    const framesOf = (bytes: Uint8Array, cuts: readonly number[]) => {
      const output: [number, string][] = [];
      const frames = new AudioSocketFrames((kind, payload) => output.push([kind, Buffer.from(payload).toString('hex')]));
      let at = 0;
      for (const cut of cuts) {
        frames.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      frames.push(bytes.subarray(at));
      return output;
    };
    const frame = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), fc.array(fc.nat(9)), fc.uint8Array(), (frames, cuts, junk) => {
        const bytes = Buffer.concat(frames.map(([kind, payload]) => audioSocketFrame(kind, payload)));
        expect(framesOf(bytes, cuts)).toEqual(frames.map(([kind, payload]) => [kind, Buffer.from(payload).toString('hex')]));
        expect(framesOf(junk, cuts)).toEqual(framesOf(junk, []));
      }),
    );
    const { chunks } = receive();
    const random = fc.sample(fc.uint8Array({ minLength: 1000, maxLength: 4000 }), 20);
    await send(...random);
    asterisk.end();
    const heard: TelephonyChunk[] = await chunks;
    heard.slice(1).forEach(({ timing, format }, i) => {
      const before = heard[i]!;
      const end = (before.timing.position + before.length) / before.format.sampleRate;
      expect(timing.position / format.sampleRate).toBeGreaterThanOrEqual(end - 1 / 8000);
    });
  });

  it.each([
    [{ keepaliveMs: 5 }, 'fromAudioSocket({ keepaliveMs })'],
    [{ keepaliveMs: 2000 }, 'fromAudioSocket({ keepaliveMs })'],
    [{ maxBytes: 1 }, 'fromAudioSocket({ maxBytes })'],
  ])('refuses %j', (options, option) => {
    expect(() => fromAudioSocket(ours, options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
    expect(ours.listenerCount('data')).toBe(0);
  });
});
