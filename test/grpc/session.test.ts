import { getEventListeners, getMaxListeners } from 'node:events';
import net from 'node:net';
import { concat, connect, lastValueFrom, merge, NEVER, of, Subject, type Subscription, startWith, takeUntil, tap } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { FlowGate } from '../../src/flow/index.js';
import type { StreamingOptions } from '../../src/grpc/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { chunk } from '../../src/operators/chunk.js';
import { type PcmChunk, pcmChunk, pcmSource } from '../support/audio.js';
import { endWith, genderRow, type ScriptedCall, startScriptedServer } from '../support/scripted-server.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function serve(handle: (call: ScriptedCall) => void) {
  const server = await startScriptedServer((call) => {
    call.on('error', () => {});
    handle(call);
  });
  cleanups.push(server.stop);
  return server;
}

function answerAll(call: ScriptedCall): void {
  call.on('data', () => {});
  call.on('end', () => call.end());
}

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
const outcome = (predictions$: ReturnType<ReturnType<typeof behavioralSignals>>) =>
  lastValueFrom(predictions$, { defaultValue: 'complete' }).catch((error) => error);

describe('a session whose observer ends it on hearing of a step', () => {
  type Step = Extract<StreamEvent, { type: 'session' }>['state'];

  /** Unsubscribes, or aborts, at the first event of a step; everything that was reported then and later. */
  async function endAt(step: Step, how: 'unsubscribe' | 'abort', connection: StreamingOptions) {
    const abort = new AbortController();
    const states: string[] = [];
    let subscription: Subscription | undefined;
    await new Promise<void>((resolve) => {
      const next = (event: StreamEvent) => {
        if (event.type !== 'session') return;
        states.push(event.state);
        if (event.state !== step) return;
        if (how === 'abort') abort.abort();
        else subscription?.unsubscribe();
        resolve();
      };
      subscription = pcmSource(1000, 250)
        .source$.pipe(behavioralSignals({ ...connection, signal: abort.signal, events: { next } }))
        .subscribe({ error: () => {} });
    });
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    return states;
  }

  it.each<[Step, 'unsubscribe' | 'abort']>([
    ['connecting', 'unsubscribe'],
    ['connecting', 'abort'],
    ['open', 'unsubscribe'],
    ['draining', 'unsubscribe'],
    ['drained', 'unsubscribe'],
    ['drained', 'abort'],
  ])('is over at once: %s, %s', async (step, how) => {
    const before = timers();
    let calls = 0;
    const ended = new Subject<void>();
    const { connection } = await serve((call) => {
      calls += 1;
      answerAll(call);
      call.on('cancelled', () => ended.next());
    });
    const states = await endAt(step, how, connection);
    expect(states.filter((state) => state === 'closed')).toHaveLength(1);
    expect(states.at(-1)).toBe('closed');
    expect(timers()).toBeLessThanOrEqual(before);
    if (step === 'connecting') expect(calls).toBe(0);
  });

  it('makes no further call when it is ended on hearing that it will reconnect', async () => {
    const before = timers();
    let calls = 0;
    const { connection } = await serve((call) => {
      calls += 1;
      call.once('data', () => setImmediate(() => endWith(call, { code: 14, details: 'going away' })));
    });
    const states = await endAt('reconnecting', 'unsubscribe', { ...connection, reconnect: { initialDelayMs: 1 } });
    expect(states.at(-1)).toBe('closed');
    expect(calls).toBe(1);
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

describe('a session whose server fails at the same audio every time', () => {
  it('gives up after its attempts, though each call says again what the one before said', async () => {
    let calls = 0;
    const { connection } = await serve((call) => {
      calls += 1;
      let messages = 0;
      call.on('data', () => {
        messages += 1;
        if (messages !== 3) return;
        call.write({ pid: calls, result: [genderRow('segment', '0', '0', '0.5')] });
        setImmediate(() => endWith(call, { code: 14, details: 'crashed' }));
      });
    });
    const reconnect = { maxAttempts: 3, initialDelayMs: 1, maxDelayMs: 2 };
    const error = await outcome(pcmSource(1000, 250).source$.pipe(behavioralSignals({ ...connection, reconnect })));
    expect(error).toMatchObject({ code: 'STREAM_FAILED', details: 'crashed' });
    expect(calls).toBeLessThanOrEqual(5);
  });
});

describe('a session', () => {
  it('makes no connection when its signal has fired before', async () => {
    const events: StreamEvent[] = [];
    const chunk = pcmChunk(new Int16Array(1600), 16_000, 0, { label: 'live' }, new FlowGate());
    const next = (event: StreamEvent) => events.push(event);
    const options = { endpoint: 'http://127.0.0.1:1', cid: 1, apiKey: 'x', signal: AbortSignal.abort(), events: { next } };
    expect(await outcome(NEVER.pipe(startWith(chunk), behavioralSignals(options)))).toMatchObject({ code: 'ABORTED' });
    expect(events).toEqual([]);
  });

  it('shares its signal with any number of others, and leaves no listener', async () => {
    const { connection } = await serve(answerAll);
    const { signal } = new AbortController();
    const warned = vi.fn();
    process.on('warning', warned);
    cleanups.push(() => process.off('warning', warned));
    const before = getMaxListeners(signal);
    const sessions = Array.from({ length: 12 }, () =>
      outcome(pcmSource(250, 250).source$.pipe(behavioralSignals({ ...connection, signal }))),
    );
    expect(getEventListeners(signal, 'abort')).toHaveLength(12);
    expect(await Promise.all(sessions)).toEqual(new Array(12).fill('complete'));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(getMaxListeners(signal)).toBe(before);
    expect(warned).not.toHaveBeenCalled();
  });

  it('does not take an OK for the end when the server had not read the audio', async () => {
    const { connection } = await serve((call) => call.end());
    // All of it is written at once, but far more than the transport takes unread.
    const long = pcmChunk(new Int16Array(16_000 * 60), 16_000, 0, { label: 'minute' }, new FlowGate());
    expect(await outcome(of(long).pipe(behavioralSignals({ ...connection, reconnect: false })))).toMatchObject({
      code: 'ENDED_EARLY',
      retryable: true,
    });
  });

  it('lets its siblings have the source while it waits for results, however its own server is stuck', async () => {
    const { connection } = await serve((call) => call.pause());
    const stop$ = new Subject<void>();
    const { source$, probe } = pcmSource(600_000, 250);
    const subscription = source$
      .pipe(connect((audio$) => merge(audio$.pipe(takeUntil(stop$), behavioralSignals(connection)), audio$.pipe(chunk(250)))))
      .subscribe();
    await expect.poll(() => probe.holds).toBe(1);
    stop$.next();
    expect(probe.holds).toBe(0);
    const { emitted } = probe;
    await expect.poll(() => probe.emitted).toBeGreaterThan(emitted + 100);
    subscription.unsubscribe();
  });

  it('has nothing more made above it once it has failed in the middle of a hold', async () => {
    const { connection } = await serve((call) => call.once('data', () => endWith(call, { code: 16, details: 'no' })));
    const minute = pcmChunk(new Int16Array(16_000 * 60), 16_000, 0, { label: 'minute' }, new FlowGate());
    let made = 0;
    let sentMs = 0;
    const next = (event: StreamEvent) => {
      if (event.type === 'statistics') sentMs = event.sentMs;
    };
    const pieces$ = concat(of(minute), NEVER).pipe(
      chunk(100),
      tap(() => {
        made += 1;
      }),
    );
    expect(await outcome(pieces$.pipe(behavioralSignals({ ...connection, events: { next } })))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    expect(sentMs).toBeGreaterThan(0);
    expect(made * 100).toBeLessThan(sentMs + 1000);
  });

  it('does not count the time a server thinks as a stall, whatever fractions the audio comes in', async () => {
    const { connection } = await serve((call) => {
      call.on('data', () => {});
      call.on('end', () => setTimeout(() => call.end(), 200));
    });
    const audio$ = new Subject<PcmChunk>();
    const options = { ...connection, stallTimeoutMs: 50, reconnect: false };
    const done = outcome(audio$.pipe(behavioralSignals(options)));
    let position = 0;
    for (const length of [1101, 2203, 333, 777, 5]) {
      audio$.next(pcmChunk(new Int16Array(length), 11_025, position, { label: 'odd' }, new FlowGate()));
      position += length;
    }
    audio$.complete();
    expect(await done).toBe('complete');
  });

  it('waits for a connection as long as it may, not as long as for a stall', async () => {
    const mute = net.createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => mute.close());
    const { port } = mute.address() as net.AddressInfo;
    const options = { endpoint: `http://127.0.0.1:${port}`, cid: 1, apiKey: 'x', connectTimeoutMs: 100, stallTimeoutMs: 1 };
    expect(await outcome(pcmSource(250, 250).source$.pipe(behavioralSignals(options)))).toMatchObject({
      code: 'CONNECT_TIMEOUT',
    });
  });

  it('takes what the transport takes for a sign of life while it drains', async () => {
    const { connection } = await serve((call) => {
      // Reads a second of audio at a time, with pauses that add up to more than the deadline.
      let messages = 0;
      call.on('data', () => {
        messages += 1;
        if (messages % 8 !== 0) return;
        call.pause();
        setTimeout(() => call.resume(), 40);
      });
      call.on('end', () => {
        call.write({ pid: 1, result: [genderRow('utterance', '0', '0', '1')] });
        call.end();
      });
    });
    // A source that heeds no flow leaves much to write after its end.
    const source = { label: 'replayed' };
    const all = Array.from({ length: 120 }, (_, i) => pcmChunk(new Int16Array(4000), 16_000, i * 4000, source, new FlowGate()));
    expect(await outcome(of(...all).pipe(behavioralSignals({ ...connection, drainTimeoutMs: 300 })))).toMatchObject({
      level: 'utterance',
    });
  });
});
