import net from 'node:net';
import { inspect } from 'node:util';
import { status } from '@grpc/grpc-js';
import { firstValueFrom, from, lastValueFrom, materialize, NEVER, Subject, take, takeUntil, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { SourceId } from '../../src/audio/index.js';
import type { StreamEvent } from '../../src/events/index.js';
import { FlowGate } from '../../src/flow/index.js';
import type { AudioStream__Output } from '../../src/grpc/proto/types/behavioral_api/grpc/v1/AudioStream.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { chunk } from '../../src/operators/chunk.js';
import { detectDeepfakes } from '../../src/operators/detect-deepfakes.js';
import { rawResults } from '../../src/operators/raw-results.js';
import type { Prediction } from '../../src/predictions/index.js';
import { type PcmChunk, pcmChunk, pcmSource } from '../support/audio.js';
import { endWith, genderRow, type ScriptedCall, startScriptedServer } from '../support/scripted-server.js';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(handle: (call: ScriptedCall, method: string) => void) {
  const server = await startScriptedServer(handle);
  cleanups.push(server.stop);
  return server;
}

/** Reads everything, then answers and ends as a good server does. */
function readAll(call: ScriptedCall, atEnd: (messages: AudioStream__Output[]) => void = () => {}) {
  const messages: AudioStream__Output[] = [];
  call.on('data', (message: AudioStream__Output) => messages.push(message));
  call.on('end', () => {
    atEnd(messages);
    call.end();
  });
  call.on('error', () => {});
}

describe('behavioralSignals()', () => {
  it('sends the configuration first, then the audio, with credentials in every message', async () => {
    let received: AudioStream__Output[] = [];
    const server = await serve((call) => readAll(call, (messages) => (received = messages)));
    const { source$ } = pcmSource(1000, 250);
    const done = lastValueFrom(source$.pipe(behavioralSignals({ ...server.connection, level: 'utterance', logits: true })), {
      defaultValue: undefined,
    });
    await expect(done).resolves.toBeUndefined();
    expect(received).toHaveLength(5);
    expect(received[0]).toMatchObject({
      cid: '10000119',
      xAuthToken: 'test-token',
      config: { encoding: 'LINEAR_PCM', sampleRateHertz: 16_000, level: 'utterance', logits: true },
    });
    expect(received[0]?.audioContent).toHaveLength(0);
    expect(received[0]?.config).not.toHaveProperty('featureEmbedding');
    for (const message of received.slice(1)) {
      expect(message).toMatchObject({ cid: '10000119', xAuthToken: 'test-token', config: null });
      expect(message.audioContent).toHaveLength(8000);
    }
  });

  it('leaves the level unset to get both', async () => {
    let config: AudioStream__Output['config'] = null;
    const server = await serve((call) => readAll(call, ([first]) => (config = first?.config ?? null)));
    await lastValueFrom(pcmSource(100, 100).source$.pipe(behavioralSignals(server.connection)), { defaultValue: undefined });
    expect(config).not.toBeNull();
    expect(config).not.toHaveProperty('level');
  });

  it('half-closes when the audio is complete and delivers every result the server still sends', async () => {
    const server = await serve((call) => {
      readAll(call, () => {
        call.write({ cid: 1, pid: 7, messageId: 0, result: [genderRow('segment', '0', '0.10', '2.10')] });
        call.write({ cid: 1, pid: 7, messageId: 1, result: [genderRow('utterance', '0', '0.10', '3.487')] });
      });
    });
    const predictions = await lastValueFrom(pcmSource(4000, 250).source$.pipe(behavioralSignals(server.connection), toArray()));
    expect(predictions.map(({ level, startMs, endMs }) => [level, startMs, endMs])).toEqual([
      ['segment', 100, 2100],
      ['utterance', 100, 3487],
    ]);
    expect(predictions[0]).toMatchObject({ engine: 'remote', pid: '7', tasks: { gender: { label: 'female' } } });
    expect(predictions[0]?.latencyMs).toBeUndefined();
  });

  it('places results on the source timeline when the source began later and jumped', async () => {
    const server = await serve((call) =>
      readAll(call, () => call.write({ pid: 1, result: [genderRow('utterance', '0', '0.5', '2.0')] })),
    );
    const audio$ = new Subject<PcmChunk>();
    const gate = new FlowGate();
    const source = { label: 'live' };
    const events: StreamEvent[] = [];
    const result = firstValueFrom(
      audio$.pipe(behavioralSignals({ ...server.connection, events: { next: (event) => events.push(event) } })),
    );
    // One second from source time 10 s, then one second from source time 60 s.
    audio$.next(pcmChunk(new Int16Array(16_000), 16_000, 160_000, source, gate));
    audio$.next(pcmChunk(new Int16Array(16_000), 16_000, 960_000, source, gate));
    audio$.complete();
    expect(await result).toMatchObject({ startMs: 10_500, endMs: 61_000, startTime: 0.5, endTime: 2 });
    expect(events.filter(({ type }) => type === 'gap')).toEqual([
      { type: 'gap', reason: 'skipped', sessionId: expect.any(String), startMs: 11_000, endMs: 60_000, stream: 'live' },
    ]);
  });

  it('refuses merged sources, after the results of what came before', async () => {
    const server = await serve((call) =>
      readAll(call, ({ length }) => call.write({ pid: 1, result: [genderRow('utterance', '0', '0.0', `${(length - 1) / 2}`)] })),
    );
    const [agent, customer] = [{ label: 'agent' }, { label: 'customer' }];
    const gate = new FlowGate();
    const half = (source: SourceId, index: number) => pcmChunk(new Int16Array(8000), 16_000, index * 8000, source, gate);
    const outcome = await lastValueFrom(
      // Emitted within subscribe(), when there is no subscription to end yet.
      from([half(agent, 0), half(customer, 0), half(agent, 1), half(customer, 1)]).pipe(
        behavioralSignals(server.connection),
        materialize(),
        toArray(),
      ),
    );
    expect(outcome).toMatchObject([
      { kind: 'N', value: { startTime: 0, endTime: 1 } },
      { kind: 'E', error: { code: 'INTERLEAVED_SOURCES', message: expect.stringContaining('"agent"') } },
    ]);
    expect(gate.holds).toBe(0);
  });

  it('gives paced audio its latency', async () => {
    const server = await serve((call) =>
      readAll(call, () => call.write({ pid: 1, result: [genderRow('utterance', '0', '0', '1')] })),
    );
    const audio$ = new Subject<PcmChunk>();
    const result = firstValueFrom(audio$.pipe(behavioralSignals(server.connection)));
    const chunk = pcmChunk(new Int16Array(16_000), 16_000, 0, { label: 'live' }, new FlowGate());
    const capturedAtMs = Date.now();
    audio$.next({ ...chunk, timing: { ...chunk.timing, capturedAtMs } });
    audio$.complete();
    const { latencyMs, wallMs } = await result;
    expect(wallMs).toBeCloseTo(capturedAtMs - 1000, 3);
    expect(latencyMs).toBeGreaterThanOrEqual(0);
    expect(latencyMs).toBeLessThanOrEqual(Date.now() - capturedAtMs);
  });

  it('keeps at most 2 s ahead of the write-callbacks when the server stops reading', async () => {
    let call: ScriptedCall | undefined;
    const server = await serve((incoming) => {
      call = incoming;
      incoming.pause();
      incoming.on('error', () => {});
    });
    const events: StreamEvent[] = [];
    const { source$, probe } = pcmSource(7_200_000, 250);
    const subscription = source$
      .pipe(chunk(250), behavioralSignals({ ...server.connection, events: { next: (event) => events.push(event) } }))
      .subscribe();
    await expect.poll(() => probe.holds).toBeGreaterThan(0);
    // The transport's windows take a bounded amount; let them fill until nothing moves any more.
    let before = -1;
    while (before !== probe.emitted) {
      before = probe.emitted;
      for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    }
    expect(call).toBeDefined();
    subscription.unsubscribe();
    const statistics = events.find((event) => event.type === 'statistics');
    expect(statistics).toMatchObject({ peakInFlightMs: expect.any(Number) });
    expect(statistics?.peakInFlightMs).toBeLessThanOrEqual(750);
    // What the kernel and HTTP/2 took is behind the write-callbacks: a few seconds, not two hours.
    expect(probe.emitted * 250).toBeLessThan(120_000);
    expect(probe.holds).toBe(0);
  });

  it('delivers the results of what was sent before it passes on an error of the audio', async () => {
    const server = await serve((call) =>
      readAll(call, () => call.write({ pid: 1, result: [genderRow('utterance', '0', '0', '1')] })),
    );
    const seen: Prediction[] = [];
    const { source$ } = pcmSource(1000, 250, 16_000, new Error('the file broke off'));
    const done = new Promise((resolve) => {
      source$.pipe(behavioralSignals(server.connection)).subscribe({ next: (p) => seen.push(p), error: resolve });
    });
    expect(await done).toMatchObject({ message: 'the file broke off' });
    expect(seen).toHaveLength(1);
  });

  it('completes without a connection when there is no audio', async () => {
    const events: StreamEvent[] = [];
    const { source$ } = pcmSource(0, 250);
    const options = { endpoint: 'http://127.0.0.1:1', cid: 1, apiKey: 'x', events: { next: (e: StreamEvent) => events.push(e) } };
    await lastValueFrom(source$.pipe(behavioralSignals(options)), { defaultValue: undefined });
    expect(events).toEqual([]);
  });

  it('opens another call when the sample rate changes, and maps both', async () => {
    const rates: (number | undefined)[] = [];
    const server = await serve((call) =>
      readAll(call, ([first]) => {
        rates.push(first?.config?.sampleRateHertz);
        call.write({ pid: rates.length, result: [genderRow('utterance', '0', '0', '0.5')] });
      }),
    );
    const audio$ = new Subject<PcmChunk>();
    const gate = new FlowGate();
    const all = lastValueFrom(audio$.pipe(behavioralSignals(server.connection), toArray()));
    audio$.next(pcmChunk(new Int16Array(8000), 8000, 0, { label: 'narrow' }, gate));
    audio$.next(pcmChunk(new Int16Array(16_000), 16_000, 16_000, { label: 'wide' }, gate));
    audio$.complete();
    const predictions = await all;
    expect(rates.sort()).toEqual([16_000, 8000]);
    expect(predictions.map(({ epoch, startMs }) => [epoch, startMs]).sort()).toEqual([
      [0, 0],
      [1, 1000],
    ]);
    expect(new Set(predictions.map(({ key }) => key)).size).toBe(2);
  });

  it('cancels the call when unsubscribed, and holds nothing any more', async () => {
    const cancelled = new Promise<void>((resolve) => {
      serveCancel = resolve;
    });
    const server = await serve((call) => {
      call.on('cancelled', () => serveCancel());
      call.on('error', () => {});
      call.on('data', () => {});
    });
    const { source$, probe } = pcmSource(3_600_000, 250);
    const subscription = source$.pipe(behavioralSignals(server.connection)).subscribe();
    await expect.poll(() => probe.emitted).toBeGreaterThan(10);
    subscription.unsubscribe();
    await cancelled;
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });
  let serveCancel = () => {};

  it('drains when takeUntil stands above it', async () => {
    const server = await serve((call) =>
      readAll(call, (messages) => {
        const audio = messages.slice(1).reduce((sum, { audioContent }) => sum + audioContent.length, 0);
        call.write({ pid: 1, result: [genderRow('utterance', '0', '0', String(audio / 32_000))] });
      }),
    );
    const stop$ = new Subject<void>();
    const { source$, probe } = pcmSource(3_600_000, 100);
    const result = firstValueFrom(source$.pipe(takeUntil(stop$), behavioralSignals(server.connection)));
    await expect.poll(() => probe.emitted).toBeGreaterThanOrEqual(10);
    stop$.next();
    const { endMs } = await result;
    expect(endMs).toBeCloseTo(probe.emitted * 100, 3);
  });

  it.each([
    ['UNAUTHENTICATED', { code: status.UNAUTHENTICATED, details: 'bad token' }, { code: 'UNAUTHENTICATED', retryable: false }],
    ['PERMISSION_DENIED', { code: status.PERMISSION_DENIED, details: 'no' }, { code: 'UNAUTHENTICATED', retryable: false }],
    ['UNAVAILABLE', { code: status.UNAVAILABLE, details: 'going away' }, { code: 'STREAM_FAILED', status: 14, retryable: true }],
    [
      'INVALID_ARGUMENT',
      { code: status.INVALID_ARGUMENT, details: 'odd bytes' },
      { code: 'STREAM_FAILED', status: 3, retryable: false },
    ],
    [
      'no credits',
      { code: status.FAILED_PRECONDITION, details: 'out of credits' },
      { code: 'INSUFFICIENT_CREDITS', retryable: false },
    ],
  ])('turns %s into a typed error', async (_, ended, expected) => {
    const server = await serve((call) => endWith(call, ended));
    const { source$, probe } = pcmSource(3_600_000, 250);
    const error = await lastValueFrom(source$.pipe(behavioralSignals({ ...server.connection, reconnect: false }))).catch(
      (e) => e,
    );
    expect(error).toMatchObject(expected);
    expect(error.message).toContain(ended.details);
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });

  it('does not take an OK before the end of the audio for completion', async () => {
    const server = await serve((call) => call.end());
    const options = { ...server.connection, reconnect: false };
    const error = await lastValueFrom(pcmSource(3_600_000, 250).source$.pipe(behavioralSignals(options))).catch((e) => e);
    expect(error).toMatchObject({ code: 'ENDED_EARLY', retryable: true });
  });

  it('fails when nothing listens at the endpoint', async () => {
    const options = { endpoint: 'http://127.0.0.1:1', cid: 1, apiKey: 'x' };
    const error = await lastValueFrom(pcmSource(1000, 250).source$.pipe(behavioralSignals(options))).catch((e) => e);
    expect(error).toMatchObject({ code: 'STREAM_FAILED', status: status.UNAVAILABLE, retryable: true });
  });

  it('gives up connecting to a host that accepts and says nothing', async () => {
    const silent = net.createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => void silent.close());
    const { port } = silent.address() as net.AddressInfo;
    const options = { endpoint: `http://127.0.0.1:${port}`, cid: 1, apiKey: 'x', connectTimeoutMs: 50 };
    const { source$, probe } = pcmSource(3_600_000, 250);
    const error = await lastValueFrom(source$.pipe(behavioralSignals(options))).catch((e) => e);
    expect(error).toMatchObject({ code: 'CONNECT_TIMEOUT', retryable: true });
    expect(probe.holds).toBe(0);
  });

  it('bounds the wait for a server that never ends the stream, after what it did answer', async () => {
    const server = await serve((call) => {
      call.on('data', () => {});
      call.on('end', () => call.write({ pid: 1, result: [genderRow('utterance', '0', '0', '1')] }));
      call.on('error', () => {});
    });
    const seen: Prediction[] = [];
    const error = await new Promise((resolve) => {
      pcmSource(1000, 250)
        .source$.pipe(behavioralSignals({ ...server.connection, drainTimeoutMs: 50 }))
        .subscribe({ next: (p) => seen.push(p), error: resolve });
    });
    expect(error).toMatchObject({ code: 'DRAIN_TIMEOUT' });
    expect(seen).toHaveLength(1);
  });

  it('ends at once when its signal fires, and when it had fired before', async () => {
    const server = await serve((call) => readAll(call));
    const abort = new AbortController();
    const { source$, probe } = pcmSource(3_600_000, 250);
    const options = { ...server.connection, signal: abort.signal };
    const failed = lastValueFrom(source$.pipe(behavioralSignals(options))).catch((e) => e);
    await expect.poll(() => probe.emitted).toBeGreaterThan(3);
    abort.abort('user hung up');
    expect(await failed).toMatchObject({ code: 'ABORTED', cause: 'user hung up' });
    expect(await lastValueFrom(NEVER.pipe(behavioralSignals(options))).catch((e) => e)).toMatchObject({ code: 'ABORTED' });
  });

  it('reports its life through the events observer', async () => {
    const server = await serve((call) => readAll(call));
    const states: string[] = [];
    const events = { next: (event: StreamEvent) => states.push(event.type === 'session' ? event.state : event.type) };
    await lastValueFrom(pcmSource(1000, 250).source$.pipe(behavioralSignals({ ...server.connection, events })), {
      defaultValue: undefined,
    });
    expect(states).toEqual(['connecting', 'open', 'draining', 'drained', 'statistics', 'closed']);
  });

  it('gives each subscription a session of its own', async () => {
    let calls = 0;
    const server = await serve((call) => {
      calls += 1;
      readAll(call);
    });
    const predictions$ = pcmSource(500, 250).source$.pipe(behavioralSignals(server.connection));
    await lastValueFrom(predictions$, { defaultValue: undefined });
    await lastValueFrom(predictions$, { defaultValue: undefined });
    expect(calls).toBe(2);
  });

  it('says what is missing when it gets something else than 16-bit mono chunks', async () => {
    const server = await serve((call) => readAll(call));
    const bytes$ = new Subject<Buffer>();
    const failed = lastValueFrom(bytes$.pipe(behavioralSignals(server.connection) as never)).catch((e) => e);
    bytes$.next(Buffer.alloc(10));
    expect(await failed).toMatchObject({ code: 'FORMAT_MISMATCH', message: expect.stringContaining('put decode() before it') });
  });

  it('never shows the token', async () => {
    const server = await serve((call) => endWith(call, { code: status.UNAUTHENTICATED, details: 'bad token' }));
    const operator = behavioralSignals({ ...server.connection, apiKey: 's3cr3t-token' });
    const predictions$ = pcmSource(500, 250).source$.pipe(operator);
    const subscription = predictions$.pipe(take(1)).subscribe({ error: () => {} });
    const error = await lastValueFrom(predictions$).catch((e) => e);
    for (const value of [operator, predictions$, subscription, error]) {
      expect(inspect(value, { depth: 10, showHidden: true })).not.toContain('s3cr3t-token');
    }
    expect(JSON.stringify(error)).not.toContain('s3cr3t-token');
  });
});

describe('rawResults()', () => {
  it('emits each message once, in the documented form, however many predictions it held', async () => {
    const server = await serve((call) =>
      readAll(call, () => {
        call.write({
          cid: 10_000_119,
          pid: 7,
          messageId: 0,
          result: [genderRow('segment', '0', '0.00', '2.00'), genderRow('utterance', '0', '0.00', '2.50')],
        });
        call.write({ cid: 10_000_119, pid: 7, messageId: 1, result: [genderRow('utterance', '1', '3.00', '3.50')] });
      }),
    );
    const messages = await lastValueFrom(
      pcmSource(4000, 250).source$.pipe(behavioralSignals(server.connection), rawResults(), toArray()),
    );
    expect(messages.map(({ pid, cid, message_id, results }) => ({ pid, cid, message_id, rows: results.length }))).toEqual([
      { pid: 7, cid: 10_000_119, message_id: 0, rows: 2 },
      { pid: 7, cid: 10_000_119, message_id: 1, rows: 1 },
    ]);
    expect(messages[0]?.results[0]).toMatchObject({ startTime: '0.00', st: 0, finalLabel: 'female', embedding: '' });
  });
});

describe('detectDeepfakes()', () => {
  it('calls the other method', async () => {
    let called = '';
    const server = await serve((call, method) => {
      called = method;
      readAll(call);
    });
    await lastValueFrom(pcmSource(500, 250).source$.pipe(detectDeepfakes(server.connection)), { defaultValue: undefined });
    expect(called).toBe('DeepfakeDetection');
  });
});
