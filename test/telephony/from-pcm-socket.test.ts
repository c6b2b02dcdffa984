import fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { type FromPcmSocketOptions, fromPcmSocket, type PcmSocketFormat, type WebSocketLike } from '../../src/telephony/index.js';
import { FakeWebSocket } from '../support/fake-web-socket.js';
import { ofType, packetBytes, placed, type SocketPair, socketPair, spans } from '../support/web-sockets.js';

const L16: PcmSocketFormat = { encoding: 's16le', sampleRate: 8000 };
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

function receive(socket: WebSocketLike, format?: PcmSocketFormat, options: FromPcmSocketOptions = {}) {
  const events: StreamEvent[] = [];
  const call = fromPcmSocket(socket, format, { events: { next: (event) => events.push(event) }, ...options });
  return { ...call, call, events, chunks: lastValueFrom(call.source.pipe(toArray())) };
}

describe('fromPcmSocket(): the peers', () => {
  let pair: SocketPair;
  beforeEach(async () => {
    pair = await socketPair();
  });
  afterEach(() => pair.close());

  it('FreeSWITCH: metadata, then linear audio of two channels', async () => {
    const { start, chunks, events, call } = receive(pair.ours, { encoding: 's16le', sampleRate: 16_000, channels: 2 });
    await pair.send({ callId: 'abc', agent: 7 }, packetBytes(0, 1280), packetBytes(1, 1280), 'a text that was sent later');
    pair.peer.close(1000);
    const heard = await chunks;
    expect(placed(heard)).toEqual(range(2).map((i) => [i * 320, 320, 'audio']));
    expect(heard[0]!.data).toHaveLength(2);
    expect(heard[0]!.format).toEqual({ encoding: 'float32', channels: 2, sampleRate: 16_000 });
    await expect(start).resolves.toEqual({
      metadata: { callId: 'abc', agent: 7 },
      format: { encoding: 's16le', sampleRate: 16_000, channels: 2 },
    });
    expect(call.statistics).toMatchObject({ messages: 4, audioMessages: 2, unknown: 1 });
    expect(ofType(events, 'socket').at(-1)).toMatchObject({ state: 'ended', reason: 'closed' });
  });

  it.each([
    [
      'plain',
      'MEDIA_START connection_id:m1 channel:WebSocket/m1/0x5140001a0040 format:ulaw optimal_frame_size:160 ptime:20',
      'DTMF_END digit:5 duration_ms:120',
      'MEDIA_XOFF',
      'MEDIA_BUFFERING_COMPLETED greeting',
    ],
    [
      'JSON',
      {
        event: 'MEDIA_START',
        connection_id: 'm1',
        channel: 'WebSocket/m1/0x5140001a0040',
        format: 'ulaw',
        optimal_frame_size: 160,
        ptime: 20,
      },
      { event: 'DTMF_END', digit: '5', duration_ms: 120 },
      { event: 'MEDIA_XOFF' },
      { event: 'MEDIA_BUFFERING_COMPLETED', correlation_id: 'greeting' },
    ],
  ])('Asterisk: MEDIA_START in %s, codec frames, keys', async (_, mediaStart, key, status, completed) => {
    const { start, chunks, events, call } = receive(pair.ours);
    await pair.send(mediaStart, packetBytes(0), packetBytes(1), key, status, completed);
    pair.peer.close();
    expect(placed(await chunks)).toEqual(range(2).map((i) => [i * 160, 160, 'audio']));
    const { metadata, format } = await start;
    expect(metadata).toMatchObject({ connection_id: 'm1', format: 'ulaw' });
    expect(format).toEqual({ encoding: 'mulaw', sampleRate: 8000, channels: 1 });
    expect(ofType(events, 'dtmf')).toMatchObject([{ digit: '5', startMs: 40, durationMs: 120 }]);
    expect(ofType(events, 'mark')).toMatchObject([{ state: 'played', name: 'greeting', atMs: 40 }]);
    expect(call.statistics).toMatchObject({ unknown: 0, malformed: 0 });
  });

  it.each([
    ['slin', 8000],
    ['slin12', 12_000],
    ['slin16', 16_000],
    ['slin44', 44_100],
    ['slin48', 48_000],
    ['slin192', 192_000],
  ])('Asterisk: %s is linear audio at %i Hz', async (name, sampleRate) => {
    const { start } = receive(pair.ours);
    await pair.send(`MEDIA_START connection_id:m1 channel:c format:${name} optimal_frame_size:640`);
    await expect(start).resolves.toMatchObject({ format: { encoding: 's16le', sampleRate, channels: 1 } });
  });

  it('jambonz: the call is described, then audio of the rate that it says', async () => {
    const { start, chunks, events } = receive(pair.ours);
    await pair.send({ callSid: 'j1', sampleRate: 8000, mixType: 'stereo', direction: 'inbound' }, packetBytes(0, 640));
    await pair.send({ event: 'dtmf', dtmf: '2', duration: '1600' });
    pair.peer.close();
    expect(placed(await chunks)).toEqual([[0, 160, 'audio']]);
    await expect(start).resolves.toMatchObject({ metadata: { callSid: 'j1' }, format: { channels: 2, sampleRate: 8000 } });
    expect(ofType(events, 'dtmf')).toMatchObject([{ digit: '2', durationMs: 1600 }]);
  });

  it("a browser's AudioWorklet: floats, of which none that is no number comes through", async () => {
    const { start, chunks, events } = receive(pair.ours, { encoding: 'float32le', sampleRate: 48_000 });
    const samples = Float32Array.of(0.5, Number.NaN, -0.25, Number.POSITIVE_INFINITY);
    await pair.send(new Uint8Array(samples.buffer));
    pair.peer.close();
    const heard = await chunks;
    expect([...heard[0]!.data[0]!]).toEqual([0.5, 0, -0.25, 0]);
    await expect(start).resolves.toMatchObject({ metadata: undefined });
    expect(ofType(events, 'diagnostic')).toMatchObject([{ code: 'NON_FINITE_SAMPLES' }]);
  });
});

describe('fromPcmSocket(): time without times', () => {
  const TIMERS = ['setTimeout', 'clearTimeout', 'Date', 'performance'] as const;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: [...TIMERS] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function setUp(options: FromPcmSocketOptions = {}) {
    const socket = new FakeWebSocket();
    const events: StreamEvent[] = [];
    const call = fromPcmSocket(socket, L16, { events: { next: (event) => events.push(event) }, ...options });
    const chunks: Parameters<typeof spans>[0][number][] = [];
    call.source.subscribe((chunk) => chunks.push(chunk));
    const packet = () => socket.binary(packetBytes(1, 320));
    /** Packets of 20 ms, in real time. */
    const play = (count: number) => {
      for (let i = 0; i < count; i += 1) {
        vi.advanceTimersByTime(20);
        packet();
      }
    };
    return { socket, call, events, chunks, packet, play };
  }
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

  it('takes a delay that a burst makes up for as none', async () => {
    const { chunks, events, packet, play } = setUp();
    await turn();
    play(50);
    vi.advanceTimersByTime(500);
    for (let i = 0; i < 25; i += 1) packet();
    play(10);
    vi.advanceTimersByTime(1000);
    expect(spans(chunks)).toEqual([[0, 85 * 160, 'audio']]);
    expect(ofType(events, 'source-gap')).toEqual([]);
  });

  it('declares a gap, inferred and filled, when none comes, and never twice', async () => {
    const { chunks, events, play } = setUp();
    await turn();
    play(50);
    vi.advanceTimersByTime(3000);
    play(50);
    expect(spans(chunks)).toEqual([
      [0, 8000, 'audio'],
      [8000, 32_000, 'silence'],
      [32_000, 40_000, 'audio'],
    ]);
    expect(ofType(events, 'source-gap')).toEqual([
      { type: 'source-gap', reason: 'not-sent', startMs: 1000, endMs: 4000, filledMs: 3000, inferred: true, stream: 'socket' },
    ]);
  });

  it('declares the gap when nothing follows, and fills up to the limit only', async () => {
    const { chunks, play } = setUp({ maxSilenceMs: 1000 });
    await turn();
    play(1);
    vi.advanceTimersByTime(60_000);
    play(1);
    expect(chunks).toHaveLength(1);
    vi.advanceTimersByTime(200);
    expect(spans(chunks)).toEqual([
      [0, 160, 'audio'],
      [160, 8160, 'silence'],
      [480_160, 480_320, 'audio'],
    ]);
  });

  it('infers nothing from a clock that is a little slow, nor when it is told not to', async () => {
    const slow = setUp();
    const told = setUp({ inferGaps: false });
    await turn();
    for (let i = 0; i < 5000; i += 1) {
      vi.advanceTimersByTime(i % 20 === 0 ? 21 : 20);
      slow.packet();
    }
    expect(ofType(slow.events, 'source-gap')).toEqual([]);
    told.play(5);
    vi.advanceTimersByTime(10_000);
    told.play(5);
    expect(spans(told.chunks)).toEqual([[0, 1600, 'audio']]);
  });

  it('leaves no timer', async () => {
    const { socket, play } = setUp();
    await turn();
    play(5);
    vi.advanceTimersByTime(1000);
    play(1);
    socket.emit('close', { code: 1000 });
    expect(vi.getTimerCount()).toBe(0);
    expect(socket).toMatchObject({ listeners: 0, sent: [], closed: 0 });
  });
});

describe('fromPcmSocket(): the contract', () => {
  it('property: samples come whole and in order, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(fc.nat(40), { maxLength: 30 }),
        fc.constantFrom('s16le', 's16be', 'float32le', 'mulaw', 's24le'),
        fc.integer({ min: 1, max: 3 }),
        async (bytes, cuts, encoding, channels) => {
          const receiveCut = async (sizes: number[]) => {
            const socket = new FakeWebSocket();
            const { chunks } = receive(socket, { encoding, sampleRate: 8000, channels });
            let at = 0;
            for (const size of sizes) {
              socket.binary(bytes.subarray(at, at + size));
              at += size;
            }
            socket.binary(bytes.subarray(at));
            socket.emit('close');
            const heard = await chunks;
            return range(channels).map((channel) => heard.flatMap(({ data }) => [...data[channel]!]));
          };
          expect(await receiveCut(cuts)).toEqual(await receiveCut([]));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('property: no text makes it throw', async () => {
    const words = fc.constantFrom(
      'MEDIA_START',
      'DTMF_END',
      'format:slin16',
      'format:opus',
      'digit:7',
      'event',
      'MEDIA_XON',
      ':',
      '__proto__:1',
    );
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(words).map((list) => list.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 20 }), fc.boolean(), async (texts, isGiven) => {
        const socket = new FakeWebSocket();
        const call = fromPcmSocket(socket, isGiven ? L16 : undefined, { events: { next: () => {} } });
        const settled = Promise.allSettled([lastValueFrom(call.source.pipe(toArray())), call.start]);
        for (const one of texts) {
          socket.text(one);
          socket.binary(packetBytes(1, 33));
        }
        socket.emit('close');
        await settled;
        expect(socket.listeners).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('reads audio that came before the message that says what it is', async () => {
    const socket = new FakeWebSocket();
    const { chunks } = receive(socket);
    socket.binary(packetBytes(0));
    socket.text('MEDIA_START connection_id:m1 channel:c format:alaw');
    socket.emit('close');
    expect(placed(await chunks)).toEqual([[0, 160, 'audio']]);
  });

  it.each([
    [
      'nobody says what the audio is',
      (socket: FakeWebSocket) => {
        socket.binary(packetBytes(0));
        socket.text('{"hello":1}');
      },
      'SOURCE_UNUSABLE',
    ],
    [
      'nothing but audio comes',
      (socket: FakeWebSocket) => {
        for (let i = 0; i < 300; i += 1) socket.binary(packetBytes(i));
      },
      'SOURCE_UNUSABLE',
    ],
    [
      'the codec can not be decoded',
      (socket: FakeWebSocket) => socket.text('MEDIA_START connection_id:m1 format:opus'),
      'UNSUPPORTED_FORMAT',
    ],
  ])('fails when %s', async (_, act, code) => {
    const socket = new FakeWebSocket();
    const { chunks, start } = receive(socket);
    act(socket);
    await expect(chunks).rejects.toMatchObject({ code });
    await expect(start).rejects.toMatchObject({ code });
    socket.emit('close');
    expect(socket.listeners).toBe(0);
  });

  it('counts what it does not take: too large, no message, cut at the end', async () => {
    const socket = new FakeWebSocket();
    const { chunks, call } = receive(socket, L16, { maxMessageBytes: 1024 });
    socket.binary(new Uint8Array(2000));
    socket.text('x'.repeat(2000));
    socket.emit('message', { data: 7 });
    socket.binary(new Uint8Array(3));
    socket.emit('close', { code: 1006 });
    expect(placed(await chunks)).toEqual([[0, 1, 'audio']]);
    expect(call.statistics).toMatchObject({ oversize: 2, malformed: 1, undecodable: 1 });
  });

  it('stops listening when it is unsubscribed', () => {
    const socket = new FakeWebSocket();
    const { source } = fromPcmSocket(socket, L16);
    source.subscribe().unsubscribe();
    expect(socket.listeners).toBe(2);
    socket.emit('close');
    expect(socket).toMatchObject({ listeners: 0, sent: [], closed: 0 });
  });

  it.each([
    [{ encoding: 'mp3', sampleRate: 8000 }, {}, 'fromPcmSocket(format).encoding'],
    [{ encoding: 's16le', sampleRate: 10 }, {}, 'fromPcmSocket(format).sampleRate'],
    [{ encoding: 's16le', sampleRate: 8000, channels: 0 }, {}, 'fromPcmSocket(format).channels'],
    [L16, { lagMs: 1 }, 'fromPcmSocket({ lagMs })'],
    [L16, { burstMs: -1 }, 'fromPcmSocket({ burstMs })'],
  ])('refuses %j with %j', (format, options, option) => {
    expect(() => fromPcmSocket(new FakeWebSocket(), format as PcmSocketFormat, options)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
  });
});
