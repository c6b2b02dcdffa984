import fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MULAW_SAMPLES } from '../../src/audio/g711.js';
import type { StreamEvent } from '../../src/events/index.js';
import {
  type FromTelephonySocketOptions,
  fromTelephonySocket,
  type TelephonyChunk,
  type TelephonySocket,
  type WebSocketLike,
} from '../../src/telephony/index.js';
import { FakeWebSocket } from '../support/fake-web-socket.js';
import { ofType, packetBytes, placed, type SocketPair, shuffled, socketPair, spans } from '../support/web-sockets.js';

const TIMERS = ['setTimeout', 'clearTimeout', 'Date', 'performance'] as const;
let pair: SocketPair;

beforeEach(async () => {
  pair = await socketPair();
});
afterEach(async () => {
  vi.useRealTimers();
  await pair.close();
});

const twilioStart = {
  event: 'start',
  sequenceNumber: '1',
  streamSid: 'MZ1',
  start: {
    accountSid: 'AC1',
    streamSid: 'MZ1',
    callSid: 'CA1',
    tracks: ['inbound', 'outbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    customParameters: { FirstName: 'Jane', __proto__polluted: 'no' },
  },
};

/** Twilio's message with the packet that begins `index` packets into the stream. */
function media(index: number, { track = 'inbound', sequence = index + 2, bytes = packetBytes(index), ms = index * 20 } = {}) {
  return {
    event: 'media',
    sequenceNumber: String(sequence),
    streamSid: 'MZ1',
    media: { track, chunk: String(index + 1), timestamp: String(ms), payload: bytes.toString('base64') },
  };
}
const stop = (sequence: number) => ({ event: 'stop', sequenceNumber: String(sequence), streamSid: 'MZ1', stop: {} });

/** Listens to everything. */
function receive(options: FromTelephonySocketOptions = {}, socket: WebSocketLike = pair.ours) {
  const events: StreamEvent[] = [];
  const call = fromTelephonySocket(socket, { events: { next: (event) => events.push(event) }, ...options });
  return { call, events, ...collected(call) };
}

function collected({ legs }: TelephonySocket) {
  return {
    inbound: lastValueFrom(legs.inbound.pipe(toArray())),
    outbound: lastValueFrom(legs.outbound.pipe(toArray())),
  };
}

function samplesOf(chunks: readonly TelephonyChunk[]): number[] {
  return chunks.flatMap(({ data }) => [...data[0]!]);
}

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => i + from);

describe('fromTelephonySocket(): the dialects', () => {
  it('Twilio: two tracks, each a leg of its own on one timeline, with keys and marks', async () => {
    const { call, events, inbound, outbound } = receive();
    await pair.send({ event: 'connected', protocol: 'Call', version: '1.0.0' }, twilioStart);
    await expect(call.start).resolves.toEqual({
      dialect: 'twilio',
      callId: 'CA1',
      streamId: 'MZ1',
      format: { encoding: 'mulaw', sampleRate: 8000, channels: 1 },
      tracks: ['inbound', 'outbound'],
      parameters: { FirstName: 'Jane', __proto__polluted: 'no' },
    });
    let sequence = 2;
    for (const index of range(5)) {
      await pair.send(
        media(index, { sequence: sequence++ }),
        media(index, { track: 'outbound', sequence: sequence++, ms: index * 20 + 5 }),
      );
    }
    await pair.send(
      { event: 'dtmf', sequenceNumber: String(sequence++), streamSid: 'MZ1', dtmf: { track: 'inbound_track', digit: '#' } },
      { event: 'mark', sequenceNumber: String(sequence++), streamSid: 'MZ1', mark: { name: 'greeting' } },
      stop(sequence),
    );
    const [heard, spoken] = await Promise.all([inbound, outbound]);
    expect(placed(heard)).toEqual(range(5).map((i) => [i * 160, 160, 'audio']));
    expect(placed(spoken)).toEqual(range(5).map((i) => [i * 160 + 40, 160, 'audio']));
    expect(samplesOf(heard)).toEqual(range(5).flatMap((i) => Array.from(packetBytes(i), (byte) => MULAW_SAMPLES[byte]!)));
    expect(heard[0]!.timing.source).not.toBe(spoken[0]!.timing.source);
    expect(heard[0]!.format).toEqual({ encoding: 'float32', channels: 1, sampleRate: 8000 });
    expect(heard.every(({ timing }) => timing.capturedAtMs !== undefined)).toBe(true);
    expect(ofType(events, 'dtmf')).toEqual([{ type: 'dtmf', digit: '#', startMs: 105, durationMs: 0, stream: 'call' }]);
    expect(ofType(events, 'mark')).toEqual([{ type: 'mark', state: 'played', name: 'greeting', atMs: 105, stream: 'call' }]);
    expect(ofType(events, 'format')).toMatchObject([{ container: 'twilio', codec: 'mulaw', sampleRate: 8000 }]);
    expect(ofType(events, 'socket').map(({ state, reason }) => [state, reason])).toEqual([
      ['started', undefined],
      ['ended', 'stop'],
    ]);
    expect(ofType(events, 'diagnostic')).toEqual([]);
    expect(call.statistics).toMatchObject({ messages: 15, audioMessages: 10, audioMs: 200, silenceMs: 0, malformed: 0 });
    expect(await lastValueFrom(call.events.pipe(toArray()))).toEqual(events);
  });

  it.each([
    ['PCMU', 'mulaw', 8000],
    ['PCMA', 'alaw', 8000],
    ['L16', 's16le', 16_000],
  ])('Telnyx: %s, and messages in any order', async (encoding, stored, sampleRate) => {
    const { call, inbound } = receive();
    const length = stored === 's16le' ? 640 : 160;
    await pair.send({ event: 'connected', version: '1.0.0' });
    await pair.send({
      event: 'start',
      sequence_number: '1',
      stream_id: '32DE',
      start: {
        call_control_id: 'v2:T02',
        custom_parameters: { customer_id: 'c1' },
        media_format: { encoding, sample_rate: sampleRate, channels: 1 },
      },
    });
    const messages = range(20).map((i) => ({
      event: 'media',
      sequence_number: String(i + 2),
      stream_id: '32DE',
      media: {
        track: 'inbound',
        chunk: String(i),
        timestamp: String(i * 20),
        payload: packetBytes(i, length).toString('base64'),
      },
    }));
    for (const message of shuffled(messages, 4)) await pair.send(message);
    await pair.send({ event: 'dtmf', sequence_number: '22', stream_id: '32DE', dtmf: { digit: '5' } });
    await pair.send({ event: 'error', stream_id: '32DE', payload: { code: 100_004, title: 'malformed_frame' } });
    await pair.send({ event: 'stop', sequence_number: '23', stream_id: '32DE', stop: { reason: 'hangup' } });
    const chunks = await inbound;
    const samples = sampleRate / 50;
    expect(placed(chunks)).toEqual(range(20).map((i) => [i * samples, samples, 'audio']));
    await expect(call.start).resolves.toMatchObject({
      dialect: 'telnyx',
      callId: 'v2:T02',
      streamId: '32DE',
      format: { encoding: stored, sampleRate },
      parameters: { customer_id: 'c1' },
    });
    expect(call.statistics).toMatchObject({ late: 0, duplicate: 0, audioMessages: 20 });
    expect(call.statistics.reordered).toBeGreaterThan(0);
  });

  it('Plivo: linear audio where it says so or says nothing, and times of a clock that vary', async () => {
    const { call, inbound } = receive();
    const epoch = 1_709_105_417_434;
    await pair.send({
      event: 'start',
      sequenceNumber: 0,
      start: { callId: 'c-1', streamId: 's-1', accountId: 'MA', tracks: ['inbound'] },
      extra_headers: 'userId=12345;sessionId=abc-xyz',
    });
    for (const i of range(10)) {
      const ms = epoch + i * 20 + (i % 3) * 9 + (i >= 5 ? 2000 : 0);
      await pair.send({
        event: 'media',
        sequenceNumber: i + 1,
        streamId: 's-1',
        media: { track: 'inbound', timestamp: String(ms), chunk: i + 1, payload: packetBytes(i, 320).toString('base64') },
      });
    }
    await pair.send({ event: 'playedStream', sequenceNumber: 11, streamId: 's-1', name: 'hello' });
    await pair.send({ event: 'stop', sequenceNumber: 12, streamId: 's-1' });
    const found = spans(await inbound);
    expect(found.map(([, , kind]) => kind)).toEqual(['audio', 'silence', 'audio']);
    expect(found[0]).toEqual([0, 800, 'audio']);
    expect(Math.abs(found[1]![1] - found[1]![0] - 16_000)).toBeLessThan(200);
    await expect(call.start).resolves.toMatchObject({
      dialect: 'plivo',
      callId: 'c-1',
      streamId: 's-1',
      format: { encoding: 's16le', sampleRate: 8000 },
      parameters: { userId: '12345', sessionId: 'abc-xyz' },
    });
  });

  it('SignalWire: as Twilio, with UUIDs and other rates', async () => {
    const { call, inbound } = receive();
    await pair.send({
      event: 'start',
      sequenceNumber: '1',
      start: {
        streamSid: 'd7f1a9a4-9f5d-4f0f-a5c1-0000aaaa0000',
        callSid: '0b1c9d7e-9f5d-4f0f-a5c1-0000aaaa0001',
        tracks: ['inbound_track'],
        mediaFormat: { encoding: 'L16@24000h', channels: 1 },
      },
    });
    const bytes = packetBytes(0, 960);
    await pair.send({
      event: 'media',
      sequenceNumber: '2',
      media: { track: 'inbound_track', chunk: '1', timestamp: '0', payload: bytes.toString('base64') },
    });
    pair.peer.close();
    const chunks = await inbound;
    expect(placed(chunks)).toEqual([[0, 480, 'audio']]);
    await expect(call.start).resolves.toMatchObject({ dialect: 'signalwire', format: { encoding: 's16le', sampleRate: 24_000 } });
  });

  it('Vonage: a JSON greeting, then bare linear audio', async () => {
    const { call, events, inbound } = receive();
    await pair.send({ event: 'websocket:connected', 'content-type': 'audio/l16;rate=16000', uuid: 'u-1', customer: 7 });
    for (const i of range(3)) await pair.send(packetBytes(i, 640));
    await pair.send({ event: 'websocket:dtmf', digit: '1', duration: 260 });
    pair.peer.close(1000);
    expect(placed(await inbound)).toEqual(range(3).map((i) => [i * 320, 320, 'audio']));
    await expect(call.start).resolves.toMatchObject({
      dialect: 'vonage',
      callId: 'u-1',
      format: { encoding: 's16le', sampleRate: 16_000 },
      parameters: { uuid: 'u-1', customer: '7' },
    });
    expect(ofType(events, 'dtmf')).toMatchObject([{ digit: '1', durationMs: 260, startMs: 60 }]);
    expect(ofType(events, 'socket').at(-1)).toMatchObject({ state: 'ended', reason: 'closed', code: 1000 });
  });
});

describe('fromTelephonySocket(): time', () => {
  it('makes silence of what was not sent, up to a limit, then jumps', async () => {
    const { events, inbound } = receive({ maxSilenceMs: 1500 });
    await pair.send(twilioStart, media(0, { sequence: 2 }), media(50, { sequence: 3 }), media(200, { sequence: 4 }), stop(5));
    expect(spans(await inbound)).toEqual([
      [0, 160, 'audio'],
      [160, 8000, 'silence'],
      [8000, 8160, 'audio'],
      [8160, 20_160, 'silence'],
      [32_000, 32_160, 'audio'],
    ]);
    expect(ofType(events, 'source-gap')).toEqual([
      {
        type: 'source-gap',
        reason: 'not-sent',
        startMs: 20,
        endMs: 1000,
        filledMs: 980,
        inferred: false,
        stream: 'call:inbound',
      },
      {
        type: 'source-gap',
        reason: 'not-sent',
        startMs: 1020,
        endMs: 4000,
        filledMs: 1500,
        inferred: false,
        stream: 'call:inbound',
      },
    ]);
  });

  it('says that what never came was lost, and what came again is left out', async () => {
    const { call, events, inbound } = receive({ reorderMs: 0 });
    const sent = [0, 1, 1, 2, 5, 5, 6, 2].map((index) => media(index));
    await pair.send(twilioStart, ...sent, stop(9));
    expect(spans(await inbound)).toEqual([
      [0, 480, 'audio'],
      [480, 800, 'concealed'],
      [800, 1120, 'audio'],
    ]);
    expect(ofType(events, 'source-gap')).toMatchObject([{ reason: 'lost', startMs: 60, endMs: 100, filledMs: 40 }]);
    expect(call.statistics).toMatchObject({ duplicate: 3, concealedMs: 40, silenceMs: 0 });
  });

  it('waits for what was sent before no longer than reorderMs, and never for audio in order', async () => {
    vi.useFakeTimers({ toFake: [...TIMERS] });
    const { legs } = fromTelephonySocket(pair.ours, { reorderMs: 100 });
    const chunks: TelephonyChunk[] = [];
    legs.inbound.subscribe((chunk) => chunks.push(chunk));
    await pair.send(twilioStart, media(0), media(2));
    expect(placed(chunks)).toEqual([[0, 160, 'audio']]);
    vi.advanceTimersByTime(99);
    expect(chunks).toHaveLength(1);
    await pair.send(media(1));
    expect(placed(chunks)).toEqual(range(3).map((i) => [i * 160, 160, 'audio']));
    await pair.send(media(4));
    vi.advanceTimersByTime(101);
    expect(spans(chunks)).toEqual([
      [0, 480, 'audio'],
      [480, 640, 'concealed'],
      [640, 800, 'audio'],
    ]);
    // Its place is over.
    await pair.send(media(3));
    expect(chunks).toHaveLength(5);
  });

  it('lets audio that was sent before the stop come after it', async () => {
    const { inbound } = receive();
    await pair.send(twilioStart, media(0), media(1), stop(5), media(2));
    expect(spans(await inbound)).toEqual([[0, 480, 'audio']]);
  });

  it('goes on when the times of a track go back for good', async () => {
    const { call, inbound } = receive();
    const again = range(60).map((i) => media(i, { sequence: i + 100 }));
    await pair.send(twilioStart, ...range(98).map((i) => media(i + 100, { sequence: i + 2 })), ...again, stop(160));
    const chunks = await inbound;
    // Half a second is needed to be sure; what came in it is late.
    expect(spans(chunks)).toEqual([[16_000, 16_000 + (98 + 36) * 160, 'audio']]);
    expect(call.statistics.late).toBe(24);
  });

  it('refuses times that nobody can mean', async () => {
    const { call, inbound } = receive();
    const wrong = media(1);
    const impossible = { ...wrong, media: { ...wrong.media, timestamp: '999999999999' } };
    const noTime = { ...media(2), media: { ...media(2).media, timestamp: '1e400' } };
    await pair.send(twilioStart, media(0), impossible, noTime, media(3), stop(6));
    expect(spans(await inbound).at(-1)![1]).toBe(640);
    expect(call.statistics.malformed).toBe(1);
  });

  it('counts chunks where there are no times', async () => {
    const { inbound } = receive();
    const bare = (chunk: number) => ({
      event: 'media',
      media: { track: 'inbound', chunk, payload: packetBytes(chunk).toString('base64') },
    });
    await pair.send(twilioStart, bare(1), bare(2), bare(2), bare(5));
    pair.peer.close();
    expect(spans(await inbound)).toEqual([
      [0, 320, 'audio'],
      [320, 640, 'concealed'],
      [640, 800, 'audio'],
    ]);
  });

  it('property: whatever is lost, comes twice or out of order, audio lies where it was said', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ skip: fc.nat(3), lost: fc.boolean(), twice: fc.boolean(), delay: fc.nat(3) }), { maxLength: 40 }),
        async (plan) => {
          const socket = new FakeWebSocket();
          const call = fromTelephonySocket(socket, { reorderMs: 10_000, maxSilenceMs: 600_000 });
          const chunks = lastValueFrom(call.legs.inbound.pipe(toArray()));
          socket.text(twilioStart);
          let index = 0;
          const sent = plan.map((step, i) => {
            index += step.skip;
            const message = media(index, { sequence: i + 2 });
            const at = i + step.delay;
            index += 1;
            return { message, at, start: (index - 1) * 160, ...step };
          });
          const arriving = sent
            .filter(({ lost }) => !lost)
            .flatMap((one) => (one.twice ? [one, { ...one, at: one.at + 1 }] : [one]));
          for (const { message } of arriving.toSorted((a, b) => a.at - b.at)) socket.text(message);
          socket.text(stop(plan.length + 2));
          socket.emit('close', { code: 1000 });
          const output = (await chunks).filter(({ timing }) => timing.kind === 'audio');
          const expected = sent.filter(({ lost }) => !lost);
          expect(output.map(({ timing }) => timing.position)).toEqual(expected.map(({ start }) => start));
          expect(samplesOf(output)).toEqual(expected.flatMap(({ message }) => decoded(message)));
          const everything = placed(await chunks);
          everything.slice(1).forEach(([position], i) => {
            expect(position).toBe(everything[i]![0] + everything[i]![1]);
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

const decoded = ({ media: { payload } }: ReturnType<typeof media>) =>
  Array.from(Buffer.from(payload, 'base64'), (byte) => MULAW_SAMPLES[byte]!);

describe('fromTelephonySocket(): hostile peers', () => {
  it('counts and reports whatever comes, and goes on', async () => {
    const { call, events, inbound } = receive({ maxMessageBytes: 4096 });
    const pollution =
      '{"event":"start","__proto__":{"polluted":1},"start":{"customParameters":{"__proto__":{"polluted":1},"constructor":"x"}}}';
    const rubbish: (string | object | Uint8Array)[] = [
      '',
      'null',
      '[]',
      '42',
      '"media"',
      '{"event":',
      '{"event":7}',
      '{"event":"media"}',
      '{"event":"media","media":[]}',
      '{"event":"media","media":{"payload":7}}',
      `${'['.repeat(2000)}`,
      `${'{"event":'.repeat(400)}`,
      { event: 'dtmf', dtmf: { digit: 'EVIL' } },
      { event: 'reticulate', splines: true },
      { event: 'media', streamSid: 'MZ-other', media: { payload: 'AAAA' } },
      { event: 'media', media: { track: 'sideways', payload: 'AAAA' } },
      { event: 'media', media: { track: 'inbound', payload: '!!!! not base64 !!!!' } },
      { event: 'media', media: { track: 'inbound', payload: 'A' } },
      { event: 'media', media: { track: 'inbound', payload: '' } },
      twilioStart,
      'x'.repeat(10_000),
      Buffer.alloc(10_000),
      Buffer.alloc(10),
      pollution,
    ];
    await pair.send(twilioStart, media(0), ...rubbish, media(1), stop(4));
    expect(spans(await inbound)).toEqual([[0, 320, 'audio']]);
    expect(call.statistics).toMatchObject({ oversize: 2, undecodable: 2, unknown: 3, duplicate: 1 });
    expect(call.statistics.malformed).toBeGreaterThanOrEqual(14);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    const said = ofType(events, 'diagnostic');
    expect(said.map(({ code }) => code)).toEqual(Array(4).fill('UNEXPECTED_MESSAGE'));
    expect(ofType(events, 'socket-statistics')).toMatchObject([{ oversize: 2, undecodable: 2 }]);
  });

  it('property: no message at all makes it throw or lose its bounds', async () => {
    const json = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({
          event: fc.constantFrom('start', 'media', 'dtmf', 'mark', 'stop!', 'error'),
          start: fc.jsonValue(),
          media: fc.jsonValue(),
          dtmf: fc.jsonValue(),
        })
        .map((value) => JSON.stringify(value)),
      fc
        .record({
          track: fc.constantFrom('inbound', 'outbound', 7),
          chunk: fc.oneof(fc.integer(), fc.string()),
          timestamp: fc.oneof(fc.double(), fc.integer(), fc.string()),
          payload: fc.base64String(),
        })
        .map((one) => JSON.stringify({ event: 'media', sequenceNumber: one.chunk, media: one })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(json, fc.uint8Array()), { maxLength: 60 }), async (messages) => {
        const socket = new FakeWebSocket();
        const call = fromTelephonySocket(socket, { events: { next: () => {} }, maxSilenceMs: 1000 });
        const all = Promise.all([call.legs.inbound, call.legs.outbound].map((leg) => lastValueFrom(leg.pipe(toArray()))));
        for (const [i, message] of messages.entries()) {
          if (i === Math.floor(messages.length / 2)) socket.text(twilioStart);
          socket.emit('message', { data: message });
        }
        socket.emit('close', { code: 1006 });
        for (const leg of await all) {
          const found = placed(leg);
          found.forEach(([position, length], i) => {
            expect(Number.isSafeInteger(position) && position >= 0).toBe(true);
            if (i > 0) expect(position).toBeGreaterThanOrEqual(found[i - 1]![0] + found[i - 1]![1]);
            expect(length).toBeGreaterThan(0);
          });
        }
        expect(socket.listeners).toBe(0);
        expect(socket.sent).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('completes when the connection breaks amid a frame', async () => {
    const { events, inbound } = receive();
    await pair.send(twilioStart, media(0));
    // A text frame that says 100 bytes, and the end after 3.
    const raw = (pair.peer as unknown as { _socket: { write(data: Uint8Array): void; destroy(): void } })._socket;
    raw.write(Buffer.from([0x81, 0x80 | 100, 1, 2, 3, 4, 0x61, 0x62, 0x63]));
    raw.destroy();
    expect(placed(await inbound)).toEqual([[0, 160, 'audio']]);
    expect(ofType(events, 'socket').at(-1)).toMatchObject({ state: 'ended', reason: 'failed', code: 1006 });
  });

  it('completes when the peer breaks the WebSocket protocol', async () => {
    const { inbound } = receive();
    await pair.send(twilioStart, media(0));
    (pair.peer as unknown as { _socket: { write(data: Uint8Array): void } })._socket.write(Buffer.from([0xff, 0xff, 0xff]));
    expect(placed(await inbound)).toEqual([[0, 160, 'audio']]);
  });

  it('notices a connection that is half open, and when it lives again', async () => {
    vi.useFakeTimers({ toFake: [...TIMERS] });
    const { events, inbound } = receive({ stall: { firstMs: 1000, laterMs: 500 } });
    vi.advanceTimersByTime(1001);
    await pair.send(twilioStart, media(0));
    vi.advanceTimersByTime(400);
    await pair.send(media(1));
    vi.advanceTimersByTime(400);
    expect(ofType(events, 'socket').map(({ state }) => state)).toEqual(['stalled', 'resumed', 'started']);
    vi.advanceTimersByTime(101);
    expect(ofType(events, 'socket').at(-1)).toMatchObject({ state: 'stalled', quietMs: expect.closeTo(501, -1) });
    await pair.send(stop(4));
    expect(
      ofType(events, 'socket')
        .map(({ state }) => state)
        .slice(-2),
    ).toEqual(['resumed', 'ended']);
    expect(placed(await inbound)).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails the legs, after saying what the call is, when its audio can not be decoded', async () => {
    const { call, inbound, outbound } = receive();
    const failures = Promise.allSettled([inbound, outbound]);
    await pair.send({
      event: 'start',
      stream_id: 's',
      start: { call_control_id: 'c', media_format: { encoding: 'AMR-WB', sample_rate: 16_000 } },
    });
    await expect(call.start).resolves.toMatchObject({ dialect: 'telnyx', format: undefined });
    expect(await failures).toMatchObject([
      { reason: { code: 'UNSUPPORTED_FORMAT' } },
      { reason: { code: 'UNSUPPORTED_FORMAT' } },
    ]);
  });
});

describe('fromTelephonySocket(): the contract', () => {
  it('loses nothing before it is subscribed, even when the call is over by then', async () => {
    const call = fromTelephonySocket(pair.ours);
    // Audio may even come before the message that says what it is.
    await pair.send(media(0), twilioStart, media(1), stop(4));
    const { inbound, outbound } = collected(call);
    expect(placed(await inbound)).toEqual(range(2).map((i) => [i * 160, 160, 'audio']));
    expect(await outbound).toEqual([]);
    await expect(lastValueFrom(call.legs.inbound)).rejects.toMatchObject({ code: 'SOURCE_CONSUMED' });
  });

  it('keeps what waits within bounds, drops the oldest, and says so', async () => {
    const socket = new FakeWebSocket();
    const events: StreamEvent[] = [];
    const call = fromTelephonySocket(socket, { maxMs: 1000, events: { next: (event) => events.push(event) } });
    socket.text(twilioStart);
    for (const i of range(500)) socket.text(media(i));
    const inbound = lastValueFrom(call.legs.inbound.pipe(toArray()));
    socket.text(stop(502));
    const chunks = await inbound;
    expect(spans(chunks)).toEqual([[450 * 160, 500 * 160, 'audio']]);
    expect(chunks[0]!.timing.skipped).toBe('dropped');
    expect(ofType(events, 'diagnostic')).toMatchObject([{ code: 'AUDIO_DROPPED', stream: 'call:inbound' }]);
  });

  it('holds no more than 20 s for what was sent before, however long it may wait', () => {
    vi.useFakeTimers({ toFake: [...TIMERS] });
    const second = Buffer.alloc(8000, 1);
    // The message before them never comes.
    const large = (i: number) => media(50 * i, { sequence: i + 3, bytes: second });
    const other = new FakeWebSocket();
    const flooded = fromTelephonySocket(other, { reorderMs: 10_000, events: { next: () => {} } });
    other.text(twilioStart);
    for (const i of range(20)) other.text(large(i));
    expect(flooded.statistics.audioMs).toBe(0);
    other.text(large(20));
    expect(flooded.statistics.audioMs).toBe(21_000);
    flooded.stopListening();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('stops listening when every leg that was subscribed is left, and neither closes nor writes', async () => {
    const socket = new FakeWebSocket();
    const { legs, events } = fromTelephonySocket(socket);
    const said = lastValueFrom(events.pipe(toArray()));
    const subscriptions = [legs.inbound.subscribe(), legs.outbound.subscribe()];
    socket.text(twilioStart);
    expect(socket.binaryType).toBe('arraybuffer');
    subscriptions[0]!.unsubscribe();
    expect(socket.listeners).toBe(3);
    subscriptions[1]!.unsubscribe();
    // What is left keeps an error from ending the process, until the socket is closed.
    expect(socket.listeners).toBe(2);
    expect(socket.binaryType).toBe('blob');
    expect((await said).at(-2)).toMatchObject({ type: 'socket', state: 'ended', reason: 'left' });
    socket.emit('error');
    socket.emit('close');
    expect(socket).toMatchObject({ listeners: 0, sent: [], closed: 0 });
  });

  it('leaves no timer, whenever it ends', async () => {
    vi.useFakeTimers({ toFake: [...TIMERS] });
    for (const end of ['stop', 'close', 'unsubscribe', 'stopListening'] as const) {
      const socket = new FakeWebSocket();
      const call = fromTelephonySocket(socket);
      const subscription = call.legs.inbound.subscribe();
      socket.text(twilioStart);
      socket.text(media(0));
      socket.text(media(3));
      expect(vi.getTimerCount()).toBeGreaterThan(0);
      if (end === 'stop') socket.text({ event: 'stop' });
      else if (end === 'close') socket.emit('close', { code: 1000 });
      else if (end === 'unsubscribe') subscription.unsubscribe();
      else call.stopListening();
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  it('says when the connection ends before the call was described, and is quiet about it when nobody asks', async () => {
    const call = fromTelephonySocket(pair.ours);
    pair.peer.close();
    await expect(call.start).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    expect(await collected(call).inbound).toEqual([]);
    const over = fromTelephonySocket(pair.ours);
    expect(await collected(over).inbound).toEqual([]);
  });

  it('takes bytes in every form that sockets give them', async () => {
    const socket = new FakeWebSocket();
    const call = fromTelephonySocket(socket, { events: { next: () => {} } });
    const inbound = lastValueFrom(call.legs.inbound.pipe(toArray()));
    socket.text({ event: 'websocket:connected', 'content-type': 'audio/l16;rate=8000' });
    const bytes = packetBytes(1, 320);
    for (const data of [
      bytes,
      new Uint8Array(bytes).buffer,
      [bytes.subarray(0, 100), bytes.subarray(100)],
      new Blob([bytes]),
      7,
    ]) {
      socket.emit('message', { data });
    }
    socket.emit('close');
    expect(placed(await inbound)).toEqual(range(3).map((i) => [i * 160, 160, 'audio']));
    expect(call.statistics.malformed).toBe(2);
  });

  it.each([
    [{ reorderMs: -1 }, 'fromTelephonySocket({ reorderMs })'],
    [{ maxSilenceMs: Number.NaN }, 'fromTelephonySocket({ maxSilenceMs })'],
    [{ maxMessageBytes: 10 }, 'fromTelephonySocket({ maxMessageBytes })'],
    [{ byteOrder: 'middle' }, 'fromTelephonySocket({ byteOrder })'],
    [{ format: { encoding: 'mp3', sampleRate: 8000, channels: 1 } }, 'fromTelephonySocket({ format }).encoding'],
    [{ stall: { firstMs: 0 } }, 'fromTelephonySocket({ stall: { firstMs } })'],
    [{ maxMs: 0 }, 'fromTelephonySocket({ maxMs })'],
  ])('refuses %j', (options, option) => {
    const socket = new FakeWebSocket();
    expect(() => fromTelephonySocket(socket, options as FromTelephonySocketOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
    expect(socket.listeners).toBe(0);
  });

  it('refuses what is no WebSocket', () => {
    expect(() => fromTelephonySocket({} as WebSocketLike)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
