import net from 'node:net';
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { lastValueFrom, type Observable, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import type { StreamingOptions } from '../../src/grpc/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { channel } from '../../src/operators/channel.js';
import { chunk } from '../../src/operators/chunk.js';
import { decode } from '../../src/operators/decode.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import type { Prediction } from '../../src/predictions/index.js';
import { type LocalService, startLocalService } from '../../src/service/index.js';
import { fromFile } from '../../src/sources/from-file.js';
import { type PcmChunk, pausableSource, pcmChunk, pcmSource } from '../support/audio.js';
import { endWith, genderRow, type ScriptedCall, startScriptedServer } from '../support/scripted-server.js';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

let service: LocalService;
/** One party of a call of two real people, three times over: 75 s with nine utterances. */
let speech: Int16Array;
let expected: Prediction[];

beforeAll(async () => {
  service = await startLocalService({ vad: 'silero' });
  const file = path.join(import.meta.dirname, '../fixtures/call/humans_mulaw_8k.wav');
  const chunks = await lastValueFrom(fromFile(file).pipe(decode(), channel(0), toPcm16le(), toArray()));
  const once = Buffer.concat(chunks.map(({ data }) => data));
  const bytes = Buffer.concat([once, once, once]);
  speech = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  expected = await predict({});
});
afterAll(() => service?.close());

const RATE = 8000;
const source$ = (): Observable<PcmChunk> =>
  pausableSource<PcmChunk>((index, flow, source) => {
    const from = index * 800;
    return from < speech.length ? pcmChunk(speech.subarray(from, from + 800), RATE, from, source, flow) : undefined;
  }).source$;

async function predict(options: StreamingOptions, events: StreamEvent[] = []): Promise<Prediction[]> {
  const settings = {
    ...service.connection,
    reconnect: { initialDelayMs: 1, maxDelayMs: 5, maxReplayMs: 1e9 },
    events: { next: (event: StreamEvent) => events.push(event) },
    ...options,
  };
  return lastValueFrom(source$().pipe(chunk(100), behavioralSignals(settings), toArray()));
}

/** A TCP proxy in front of the service that resets the n-th connection after so many bytes from the client. */
async function resettingProxy(limits: readonly number[]) {
  let connections = 0;
  const sockets = new Set<net.Socket>();
  const proxy = net.createServer((client) => {
    const limit = limits[connections++] ?? Number.POSITIVE_INFINITY;
    const server = net.connect(service.port, '127.0.0.1');
    let bytes = 0;
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (data) => {
      bytes += data.length;
      if (bytes > limit) client.resetAndDestroy();
      else server.write(data);
    });
    server.pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return { endpoint: `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`, connections: () => connections };
}

const spans = (predictions: readonly Prediction[], level: Prediction['level']) =>
  predictions.filter((prediction) => prediction.level === level).map(({ startMs, endMs }) => [startMs, endMs] as const);

/** The same utterances, each once and in order; times may differ by one frame of the VAD. */
function expectSameUtterances(actual: readonly Prediction[], toleranceMs = 32) {
  const [found, wanted] = [spans(actual, 'utterance'), spans(expected, 'utterance')];
  expect(found.map(([start]) => Math.round(start / 1000))).toEqual(wanted.map(([start]) => Math.round(start / 1000)));
  for (const [i, [start, end]] of wanted.entries()) {
    expect(Math.abs(found[i]![0] - start)).toBeLessThanOrEqual(toleranceMs);
    expect(Math.abs(found[i]![1] - end)).toBeLessThanOrEqual(toleranceMs);
  }
  expect(new Set(actual.map(({ key }) => key)).size).toBe(actual.length);
}

describe('a session whose connection is reset', () => {
  it('has its utterances to compare with', () => {
    expect(spans(expected, 'utterance').length).toBeGreaterThanOrEqual(8);
  });

  // 16,000 bytes are a second: resets in silence, in speech, right after an utterance, twice within one.
  it.each([[[40_000]], [[130_000]], [[200_000, 60_000, 300_000]], [[90_000, 90_000, 90_000, 90_000, 150_000, 200_000, 400_000]]])(
    'gives the same utterances after resets at %j bytes',
    async (limits) => {
      const events: StreamEvent[] = [];
      const { endpoint, connections } = await resettingProxy(limits);
      expectSameUtterances(await predict({ endpoint }, events));
      expect(connections()).toBe(limits.length + 1);
      const states = events.filter((event) => event.type === 'session').map(({ state }) => state);
      expect(states.filter((state) => state === 'reconnecting')).toHaveLength(limits.length);
      expect(states.at(-1)).toBe('closed');
      expect(events.filter(({ type }) => type === 'gap')).toEqual([]);
      expect(events.find((event) => event.type === 'statistics')).toMatchObject({
        reconnects: limits.length,
        sentMs: (speech.length / RATE) * 1000,
      });
    },
  );

  it('moves on to new calls without losing anything when streams may not last', async () => {
    const events: StreamEvent[] = [];
    expectSameUtterances(await predict({ maxStreamDurationMs: 5000 }, events));
    expect(events.filter((event) => event.type === 'session' && event.state === 'rotated').length).toBeGreaterThanOrEqual(3);
  });
});

describe('a session whose server misbehaves', () => {
  async function serve(handle: (call: ScriptedCall, number: number) => void) {
    let calls = 0;
    const server = await startScriptedServer((call) => handle(call, calls++));
    cleanups.push(server.stop);
    return server.connection;
  }
  const quick = { initialDelayMs: 1, maxDelayMs: 5 };
  const loud = (totalMs: number) =>
    pausableSource<PcmChunk>((index, flow, source) =>
      index * 100 < totalMs
        ? pcmChunk(new Int16Array(1600).fill(index % 2 ? 9000 : -9000), 16_000, index * 1600, source, flow)
        : undefined,
    );
  const answer = (call: ScriptedCall, seconds: string) =>
    call.write({ pid: 1, result: [genderRow('utterance', '0', '0.2', seconds)] });

  it.each([
    ['an OK before the end', (call: ScriptedCall) => call.end()],
    ['UNAVAILABLE', (call: ScriptedCall) => endWith(call, { code: status.UNAVAILABLE })],
    ['INTERNAL', (call: ScriptedCall) => endWith(call, { code: status.INTERNAL })],
    ['RESOURCE_EXHAUSTED', (call: ScriptedCall) => endWith(call, { code: status.RESOURCE_EXHAUSTED })],
    ['CANCELLED', (call: ScriptedCall) => endWith(call, { code: status.CANCELLED })],
  ])('replays everything unanswered after %s', async (_, fail) => {
    const samples: number[] = [];
    const connection = await serve((call, number) => {
      let received = 0;
      call.on('data', ({ audioContent }) => {
        received += audioContent.length / 2;
        if (number === 0 && received > 32_000) {
          call.removeAllListeners('data');
          call.resume();
          fail(call);
        }
      });
      call.on('error', () => {});
      call.on('end', () => {
        if (number === 0) return;
        samples.push(received);
        answer(call, String(received / 16_000));
        call.end();
      });
    });
    const predictions = await lastValueFrom(
      loud(10_000).source$.pipe(behavioralSignals({ ...connection, reconnect: quick }), toArray()),
    );
    expect(samples).toEqual([160_000]);
    expect(predictions.map(({ epoch, startMs, endMs }) => [epoch, startMs, endMs])).toEqual([[1, 200, 10_000]]);
  });

  it('does not retry final statuses', async () => {
    let calls = 0;
    const connection = await serve((call) => {
      calls += 1;
      endWith(call, { code: status.INVALID_ARGUMENT, details: 'odd bytes' });
    });
    await expect(
      lastValueFrom(loud(10_000).source$.pipe(behavioralSignals({ ...connection, reconnect: quick }))),
    ).rejects.toMatchObject({ code: 'STREAM_FAILED', status: status.INVALID_ARGUMENT });
    expect(calls).toBe(1);
  });

  it('gives up after so many attempts in a row, with the last failure', async () => {
    let calls = 0;
    const connection = await serve((call) => {
      calls += 1;
      endWith(call, { code: status.UNAVAILABLE, details: 'maintenance' });
    });
    const { source$, probe } = pcmSource(3_600_000, 100);
    await expect(
      lastValueFrom(source$.pipe(behavioralSignals({ ...connection, reconnect: { ...quick, maxAttempts: 3 } }))),
    ).rejects.toMatchObject({ code: 'STREAM_FAILED', message: expect.stringContaining('maintenance') });
    expect(calls).toBe(4);
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });

  it('replaces a call that takes no audio any more', async () => {
    const events: StreamEvent[] = [];
    const connection = await serve((call, number) => {
      call.on('error', () => {});
      if (number === 0) {
        call.pause();
        return;
      }
      let received = 0;
      call.on('data', ({ audioContent }) => {
        received += audioContent.length / 2;
      });
      call.on('end', () => {
        answer(call, String(received / 16_000));
        call.end();
      });
    });
    const predictions = await lastValueFrom(
      loud(40_000).source$.pipe(
        behavioralSignals({
          ...connection,
          reconnect: quick,
          stallTimeoutMs: 100,
          events: { next: (event) => events.push(event) },
        }),
        toArray(),
      ),
    );
    expect(events).toContainEqual(expect.objectContaining({ state: 'reconnecting', cause: 'STALLED' }));
    expect(predictions.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([[200, 40_000]]);
  });

  it('drops what a later call says again, and tells of sound it could not keep', async () => {
    const events: StreamEvent[] = [];
    const connection = await serve((call, number) => {
      let received = 0;
      let answered = false;
      call.on('error', () => {});
      call.on('data', ({ audioContent }) => {
        received += audioContent.length / 2;
        if (number > 0) return;
        if (received > 80_000 && !answered) {
          answered = true;
          answer(call, '4.0');
        }
        if (received > 320_000) {
          call.removeAllListeners('data');
          call.resume();
          endWith(call, { code: status.UNAVAILABLE });
        }
      });
      call.on('end', () => {
        if (number === 0) return;
        answer(call, String(received / 16_000));
        call.end();
      });
    });
    const options = {
      ...connection,
      reconnect: { ...quick, bufferMs: 2000 },
      events: { next: (e: StreamEvent) => events.push(e) },
    };
    const predictions = await lastValueFrom(loud(30_000).source$.pipe(behavioralSignals(options), toArray()));
    const [gap] = events.filter((event) => event.type === 'gap');
    expect(gap?.startMs).toBeCloseTo(4000, 3);
    expect(gap?.endMs).toBeGreaterThan(15_000);
    expect(predictions).toHaveLength(2);
    expect(predictions[1]?.startMs).toBeCloseTo((gap?.endMs ?? 0) + 200, 3);
    expect(predictions[1]?.endMs).toBe(30_000);
  });

  it('refuses to send more again within a minute than it may', async () => {
    const connection = await serve((call) => {
      call.on('error', () => {});
      let received = 0;
      call.on('data', ({ audioContent }) => {
        received += audioContent.length;
        if (received > 300_000) endWith(call, { code: status.UNAVAILABLE });
      });
    });
    const options = { ...connection, reconnect: { ...quick, maxReplayMs: 15_000 } };
    await expect(lastValueFrom(loud(3_600_000).source$.pipe(behavioralSignals(options)))).rejects.toMatchObject({
      code: 'REPLAY_LIMIT',
    });
  });

  it('does not send known silence again', async () => {
    const lengths: number[] = [];
    const connection = await serve((call, number) => {
      call.on('error', () => {});
      let received = 0;
      call.on('data', ({ audioContent }) => {
        received += audioContent.length / 2;
        if (number === 0 && received > 160_000) {
          call.removeAllListeners('data');
          call.resume();
          endWith(call, { code: status.UNAVAILABLE });
        }
      });
      call.on('end', () => {
        lengths.push(received / 16_000);
        call.end();
      });
    });
    const silence$ = pausableSource<PcmChunk>((index, flow, source) =>
      index < 200 ? pcmChunk(new Int16Array(1600), 16_000, index * 1600, source, flow) : undefined,
    ).source$;
    await lastValueFrom(silence$.pipe(behavioralSignals({ ...connection, reconnect: quick })), { defaultValue: undefined });
    expect(lengths).toHaveLength(1);
    // Half of it was known to be silent, and the pause before speech that might follow is two seconds and a frame.
    expect(lengths[0]).toBeLessThan(13);
  });
});
