import fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { type FromAudioHookOptions, fromAudioHook, type WebSocketLike } from '../../src/telephony/index.js';
import { FakeWebSocket } from '../support/fake-web-socket.js';
import { ofType, placed, type SocketPair, socketPair, spans } from '../support/web-sockets.js';

const ID = '30b0e395-84d3-4570-ac13-9a62d8f514c0';
const PCMU = { type: 'audio', format: 'PCMU', channels: ['external', 'internal'], rate: 8000 };

/** Genesys Cloud, as it numbers its messages. */
class Genesys {
  seq = 0;
  serverseq = 0;

  message(type: string, parameters: object = {}, position = 'PT0S') {
    this.seq += 1;
    return { version: '2', id: ID, type, seq: this.seq, serverseq: this.serverseq, position, parameters };
  }

  open(media: unknown = [PCMU, { ...PCMU, channels: ['external'] }]) {
    return this.message('open', {
      organizationId: 'd7934305-0972-4844-938e-9060eef73d05',
      conversationId: '090eaa2f-72fa-480a-83e0-8667ff89c0ec',
      participant: {
        id: '883efee8-3d6c-4537-b500-6d7ca4b92fa0',
        ani: '+1-555-555-1234',
        aniName: 'John Doe',
        dnis: '+1-800-555-6789',
      },
      language: 'en-US',
      media,
    });
  }
}

/** 20 ms of two channels, interleaved: one byte for the customer, another for the agent. */
function frame(external: number, internal: number, length = 160): Buffer {
  return Buffer.from(Array.from({ length: length * 2 }, (_, i) => (i % 2 === 0 ? external : internal)));
}

function receive(socket: WebSocketLike, options: FromAudioHookOptions = {}) {
  const events: StreamEvent[] = [];
  const call = fromAudioHook(socket, { events: { next: (event) => events.push(event) }, ...options });
  const external = lastValueFrom(call.legs.external.pipe(toArray()));
  const internal = lastValueFrom(call.legs.internal.pipe(toArray()));
  return { call, events, external, internal };
}

describe('fromAudioHook(): the protocol', () => {
  let pair: SocketPair;
  const answers: { type: string; seq: number; clientseq: number; parameters: Record<string, unknown> }[] = [];
  beforeEach(async () => {
    pair = await socketPair();
    answers.length = 0;
    pair.peer.on('message', (data) => answers.push(JSON.parse(String(data))));
  });
  afterEach(() => pair.close());

  it('a whole session: opened, answered, split into the customer and the agent, closed', async () => {
    const genesys = new Genesys();
    const { call, events, external, internal } = receive(pair.ours);
    await pair.send(genesys.open(), frame(10, 200), frame(11, 201), genesys.message('ping', { rtt: 'PT0.05S' }, 'PT0.04S'));
    await expect(call.start).resolves.toMatchObject({
      sessionId: ID,
      conversationId: '090eaa2f-72fa-480a-83e0-8667ff89c0ec',
      participant: { ani: '+1-555-555-1234' },
      language: 'en-US',
      media: { format: 'PCMU', rate: 8000, channels: ['external', 'internal'] },
    });
    await pair.send(
      frame(12, 202),
      genesys.message('update', { language: 'es-ES' }, 'PT0.06S'),
      genesys.message('close', { reason: 'end' }, 'PT0.06S'),
    );
    const [customer, agent] = await Promise.all([external, internal]);
    expect(spans(customer)).toEqual([[0, 480, 'audio']]);
    expect(spans(agent)).toEqual([[0, 480, 'audio']]);
    expect(customer[0]!.format).toEqual({ encoding: 'float32', channels: 1, sampleRate: 8000 });
    expect(new Set(customer[0]!.data[0])).not.toEqual(new Set(agent[0]!.data[0]));
    while (answers.length < 3) await new Promise(setImmediate);
    expect(answers.map(({ type, seq, clientseq }) => [type, seq, clientseq])).toEqual([
      ['opened', 1, 1],
      ['pong', 2, 2],
      ['closed', 3, 4],
    ]);
    expect(answers[0]).toMatchObject({ version: '2', id: ID, parameters: { startPaused: false, media: [PCMU] } });
    expect(ofType(events, 'socket').at(-1)).toMatchObject({ state: 'ended', reason: 'stop' });
    expect(ofType(events, 'diagnostic')).toEqual([]);
    expect(pair.ours.readyState).toBe(1);
  });

  it('pauses and discards on the timeline: positions are those of the stream', async () => {
    const genesys = new Genesys();
    const { call, events, external } = receive(pair.ours);
    await pair.send(
      genesys.open(),
      frame(1, 2),
      genesys.message('paused', {}, 'PT0.02S'),
      genesys.message('ping', {}, 'PT3.5S'),
      genesys.message('resumed', { start: 'PT0.02S', discarded: 'PT5S' }, 'PT5.02S'),
      frame(3, 4),
      genesys.message('discarded', { start: 'PT5.04S', discarded: 'PT1.96S' }, 'PT7S'),
      frame(5, 6),
      genesys.message('ping', {}, 'PT7.12S'),
      frame(7, 8),
      genesys.message('close', { reason: 'end' }, 'PT7.14S'),
    );
    const chunks = await external;
    expect(spans(chunks)).toEqual([
      [0, 160, 'audio'],
      [40_160, 40_320, 'audio'],
      [56_000, 56_160, 'audio'],
      [56_160, 56_960, 'concealed'],
      [56_960, 57_120, 'audio'],
    ]);
    expect(chunks.map(({ timing }) => timing.skipped)).toEqual([undefined, undefined, 'dropped', undefined, undefined]);
    expect(ofType(events, 'source-gap').filter(({ stream }) => stream === 'call:external')).toEqual(
      [
        { reason: 'paused', startMs: 20, endMs: 5020, filledMs: 0 },
        { reason: 'discarded', startMs: 5040, endMs: 7000, filledMs: 0 },
        { reason: 'lost', startMs: 7020, endMs: 7120, filledMs: 100 },
      ].map((gap) => ({ type: 'source-gap', inferred: false, stream: 'call:external', ...gap })),
    );
    expect(call.statistics.malformed).toBe(0);
  });

  it('takes linear audio, and one channel where there are no two', async () => {
    const genesys = new Genesys();
    const { external, internal } = receive(pair.ours);
    await pair.send(
      genesys.open([{ type: 'video' }, { ...PCMU, format: 'L16', channels: ['internal'] }]),
      Buffer.alloc(320, 1),
      genesys.message('close', {}),
    );
    expect(placed(await internal)).toEqual([[0, 160, 'audio']]);
    expect(await external).toEqual([]);
  });

  it('refuses a session whose request was not signed with the secrets', async () => {
    const genesys = new Genesys();
    const request = { url: '/', headers: { host: 'h' } };
    const { call, external, internal } = receive(pair.ours, { request, apiKey: 'key', clientSecret: 'c2VjcmV0' });
    const failures = Promise.allSettled([external, internal]);
    await pair.send(genesys.open(), frame(1, 2));
    await expect(call.start).rejects.toMatchObject({ code: 'SOURCE_UNUSABLE' });
    expect(await failures).toMatchObject([{ reason: { code: 'SOURCE_UNUSABLE' } }, { reason: { code: 'SOURCE_UNUSABLE' } }]);
    while (answers.length < 1) await new Promise(setImmediate);
    expect(answers).toMatchObject([{ type: 'disconnect', parameters: { reason: 'unauthorized' } }]);
    expect(pair.ours.readyState).toBe(1);
  });

  it('counts and reports what the protocol does not allow, and goes on', async () => {
    const genesys = new Genesys();
    const { call, external } = receive(pair.ours);
    await pair.send(frame(1, 2), 'no JSON', '[]', { version: '1', type: 'open' }, { ...genesys.open(), seq: 'one' });
    genesys.seq = 0;
    await pair.send(genesys.open(), genesys.open(), frame(1, 2));
    const again = genesys.message('ping', {}, 'PT0.02S');
    await pair.send(again, again, { ...genesys.message('ping'), id: 'another' });
    genesys.seq += 2;
    await pair.send(
      genesys.message('error', { code: 429, message: 'slow down' }, 'PT0.02S'),
      genesys.message('sing', {}, 'PT0.02S'),
      genesys.message('discarded', { start: 'yesterday' }, 'PT0.02S'),
      genesys.message('discarded', { start: 'PT0S', discarded: 'PT-1S' }, 'PT0.02S'),
      Buffer.alloc(3),
      Buffer.alloc(0),
      genesys.message('paused', {}, 'PT0.02S'),
      frame(3, 4),
      genesys.message('close', {}, 'PT0.02S'),
    );
    expect(spans(await external)).toEqual([[0, 161, 'audio']]);
    expect(call.statistics).toMatchObject({ duplicate: 1, unknown: 2, undecodable: 2 });
    expect(call.statistics.malformed).toBeGreaterThanOrEqual(9);
  });

  it('completes when the connection ends without a word, open or not', async () => {
    const { call, external, events } = receive(pair.ours);
    pair.peer.terminate();
    expect(await external).toEqual([]);
    await expect(call.start).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    expect(ofType(events, 'socket')).toMatchObject([{ state: 'ended', reason: 'failed' }]);
  });
});

describe('fromAudioHook(): the contract', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells Genesys Cloud to disconnect when everybody left, and stops listening', () => {
    vi.useFakeTimers();
    const socket = new FakeWebSocket();
    const genesys = new Genesys();
    const { legs } = fromAudioHook(socket);
    const subscriptions = [legs.external.subscribe(), legs.internal.subscribe()];
    socket.text(genesys.open());
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(socket.sent.map((text) => JSON.parse(text))).toMatchObject([
      { type: 'opened' },
      { type: 'disconnect', parameters: { reason: 'completed' } },
    ]);
    socket.emit('close');
    expect(socket).toMatchObject({ listeners: 0, closed: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('loses nothing before it is subscribed', async () => {
    const socket = new FakeWebSocket();
    const genesys = new Genesys();
    const { legs } = fromAudioHook(socket);
    socket.text(genesys.open());
    socket.binary(frame(1, 2));
    socket.text(genesys.message('close', {}, 'PT0.02S'));
    expect(placed(await lastValueFrom(legs.external.pipe(toArray())))).toEqual([[0, 160, 'audio']]);
    await expect(lastValueFrom(legs.external)).rejects.toMatchObject({ code: 'SOURCE_CONSUMED' });
  });

  it('survives a socket that can not be sent to any more', async () => {
    const socket = new FakeWebSocket();
    socket.send = () => {
      throw new Error('not open');
    };
    const { external } = receive(socket);
    const genesys = new Genesys();
    socket.text(genesys.open());
    socket.text(genesys.message('close'));
    expect(await external).toEqual([]);
  });

  it('property: nothing that comes makes it throw, or a position go back', async () => {
    const duration = fc.oneof(
      fc.string(),
      fc.double({ min: 0, max: 1e9, noNaN: true }).map((seconds) => `PT${seconds}S`),
      fc.constant('PT0.5S'),
    );
    const message = fc.record({
      type: fc.constantFrom('open', 'ping', 'paused', 'resumed', 'discarded', 'update', 'error', 'dtmf', 'x'),
      position: duration,
      parameters: fc.oneof(fc.jsonValue(), fc.record({ start: duration, discarded: duration, media: fc.constant([PCMU]) })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(message, fc.uint8Array(), fc.string()), { maxLength: 40 }), async (messages) => {
        const socket = new FakeWebSocket();
        const { external, internal } = receive(socket, { maxSilenceMs: 500 });
        socket.text(new Genesys().open());
        for (const [i, one] of messages.entries()) {
          if (typeof one === 'string') socket.text(one);
          else if (one instanceof Uint8Array) socket.binary(one);
          else socket.text({ version: '2', id: ID, seq: i + 2, ...one });
        }
        socket.emit('close', { code: 1000 });
        for (const leg of [await external, await internal]) {
          const found = placed(leg);
          found.slice(1).forEach(([position], i) => {
            expect(position).toBeGreaterThanOrEqual(found[i]![0] + found[i]![1]);
          });
        }
        expect(socket.listeners).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('refuses secrets without a request, and what is no WebSocket', () => {
    expect(() => fromAudioHook(new FakeWebSocket(), { apiKey: 'a', clientSecret: 'Yg==' })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'fromAudioHook({ request })' }),
    );
    expect(() => fromAudioHook({} as WebSocketLike)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
