import { lastValueFrom, type Observable, Subject, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { BudgetEvent, GapEvent, StreamEvent } from '../../src/events/index.js';
import { budget, type StreamingOptions } from '../../src/grpc/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { detectDeepfakes } from '../../src/operators/detect-deepfakes.js';
import { type PcmChunk, pausableSource } from '../support/audio.js';
import { type EchoOptions, heardRuns, liesWhereHeard, markedChunk, startEchoServer } from '../support/echo-server.js';
import { eventually } from '../support/eventually.js';
import { listen as hear, speaker } from '../support/live-session.js';
import { endWith } from '../support/scripted-server.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const RATE = 16_000;
const credentials = { endpoint: 'http://127.0.0.1:1', cid: 1, apiKey: 'x' };

async function serve(options: EchoOptions = {}) {
  const server = await startEchoServer(options);
  cleanups.push(server.stop);
  return server;
}

/** An hour of audio, 100 ms at a time. */
const hour = () =>
  pausableSource<PcmChunk>((index, flow, source) =>
    index < 36_000 ? markedChunk(1600, RATE, index * 1600, source, flow) : undefined,
  );

function listen(audio$: Observable<PcmChunk>, options: StreamingOptions) {
  const events: StreamEvent[] = [];
  const predictions = lastValueFrom(
    audio$.pipe(behavioralSignals({ ...options, events: { next: (event) => events.push(event) } }), toArray()),
  );
  const spent = () => events.filter((event): event is BudgetEvent => event.type === 'budget');
  const gaps = () => events.filter((event): event is GapEvent => event.type === 'gap');
  return { predictions, events, spent, gaps };
}

describe('a budget', () => {
  it.each([0, -1, Number.NaN, '60000', undefined])('of %s is refused', (maxAudioMs) => {
    expect(() => budget({ maxAudioMs: maxAudioMs as number })).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'budget({ maxAudioMs })' }),
    );
    expect(() => behavioralSignals({ ...credentials, budget: { maxAudioMs: maxAudioMs as number } })).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'behavioralSignals({ budget: { maxAudioMs } })' }),
    );
  });

  it('counts in samples, whatever their rate', () => {
    const shared = budget({ maxAudioMs: 1000 });
    expect(shared.take(11_025, 22_050)).toBe(11_025);
    expect(shared.usedMs).toBe(500);
    for (let i = 0; i < 10; i += 1) expect(shared.take(333, 11_025)).toBe(333);
    expect(shared.take(100_000, 16_000)).toBe(8000 - Math.ceil((3330 / 11_025) * 16_000));
    expect(shared.take(1, 16_000)).toBe(0);
    expect(shared.usedMs).toBeLessThanOrEqual(1000);
    expect(shared.remainingMs).toBeLessThan(1000 / 16_000);
  });
});

describe('a session with a budget', () => {
  it.each([
    ['in the middle of a chunk', 1234.5],
    ['between two chunks', 2000],
    ['before the first chunk ends', 7],
  ])('sends no sample more than it allows, and awaits every result: %s', async (_, maxAudioMs) => {
    const { connection, calls } = await serve({ utterance: 8000 });
    const { source$, probe } = hour();
    const { predictions, events, spent } = listen(source$, { ...connection, budget: { maxAudioMs } });
    const all = await predictions;
    const samples = (maxAudioMs * RATE) / 1000;
    expect(calls).toHaveLength(1);
    expect(heardRuns(calls[0]!)).toEqual([{ from: 0, length: samples }]);
    expect(all.at(-1)!.endMs).toBe(maxAudioMs);
    expect(all.every((prediction) => liesWhereHeard(prediction, calls))).toBe(true);
    expect(spent()).toMatchObject([{ maxAudioMs, usedMs: maxAudioMs, atMs: maxAudioMs, stream: 'test' }]);
    expect(events.filter(({ type }) => type === 'gap')).toEqual([]);
    expect(events.findLast((event) => event.type === 'statistics')).toMatchObject({ sentMs: maxAudioMs });
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
    expect(probe.emitted).toBeLessThan(100);
  });

  it('lets a live source go at once, and completes when its results have come', async () => {
    const { connection, calls } = await serve();
    const audio$ = new Subject<PcmChunk>();
    const { predictions } = listen(audio$, { ...connection, budget: { maxAudioMs: 250 } });
    const source = { label: 'live' };
    for (let i = 0; i < 3; i += 1) audio$.next(markedChunk(1600, RATE, i * 1600, source, unboundedFlow));
    expect(audio$.observed).toBe(false);
    expect(await predictions).toMatchObject([{ startMs: 0, endMs: 250 }]);
    expect(calls[0]!.received).toBe(4000);
  });

  it('has a budget of its own in each subscription, unless it is given one to share', async () => {
    const { connection, calls } = await serve();
    const stream = detectDeepfakes({ ...connection, budget: { maxAudioMs: 500 } });
    for (let i = 0; i < 2; i += 1) await lastValueFrom(hour().source$.pipe(stream));
    expect(calls.map(({ received }) => received)).toEqual([8000, 8000]);
  });

  it('shares it with others, at once and later', async () => {
    const { connection, calls } = await serve();
    const shared = budget({ maxAudioMs: 3000 });
    const sessions = [1, 2, 3].map(() => listen(hour().source$, { ...connection, budget: shared }));
    await Promise.all(sessions.map(({ predictions }) => predictions));
    expect(calls.reduce((sum, { received }) => sum + received, 0)).toBe(48_000);
    expect(shared).toMatchObject({ maxAudioMs: 3000, usedMs: 3000, remainingMs: 0 });
    for (const { spent } of sessions) expect(spent()).toHaveLength(1);

    const made = calls.length;
    const late = listen(hour().source$, { ...connection, budget: shared });
    expect(await late.predictions).toEqual([]);
    expect(late.spent()).toMatchObject([{ usedMs: 3000, atMs: 0 }]);
    expect(calls).toHaveLength(made);
  });
});

describe('a session with a budget whose call fails', () => {
  const quick = { initialDelayMs: 1, maxDelayMs: 2 };
  const failing = (samples: number, options: EchoOptions = {}): EchoOptions => ({
    ...options,
    onAudio: ({ number, received, call }) => {
      if (number > 0 || received < samples) return;
      call.removeAllListeners('data');
      call.resume();
      endWith(call, { code: 14, details: 'restarting' });
    },
  });

  it('counts what it sends again', async () => {
    const { connection, calls } = await serve(failing(16_000));
    const shared = budget({ maxAudioMs: 10_000 });
    const { predictions, spent, gaps, events } = listen(hour().source$, { ...connection, reconnect: quick, budget: shared });
    const [prediction] = await predictions;
    const statistics = events.findLast((event) => event.type === 'statistics')!;
    expect(statistics.sentMs + statistics.replayedMs).toBeCloseTo(10_000, 6);
    expect(statistics.replayedMs).toBeGreaterThanOrEqual(1000);
    expect(spent()).toMatchObject([{ atMs: statistics.sentMs, usedMs: 10_000 }]);
    expect(prediction).toMatchObject({ startMs: 0, endMs: statistics.sentMs });
    expect(heardRuns(calls[1]!)).toEqual([{ from: 0, length: (statistics.sentMs * RATE) / 1000 }]);
    expect(gaps()).toEqual([]);
  });

  it('ends with a gap where what it would have to send again no longer fits', async () => {
    // Answered up to 1 s, heard up to some more, and 2.5 s in all: not enough to hear the rest again from two seconds before.
    const { connection, calls } = await serve(failing(32_000, { utterance: 16_000 }));
    const { predictions, spent, gaps } = listen(hour().source$, {
      ...connection,
      reconnect: quick,
      budget: { maxAudioMs: 2600 },
    });
    const all = await predictions;
    expect(calls).toHaveLength(1);
    expect(gaps().every(({ reason }) => reason === 'budget')).toBe(true);
    expect(gaps()[0]!.startMs).toBe(all.at(-1)!.endMs);
    expect(spent()).toMatchObject([{ atMs: gaps()[0]!.startMs }]);
  });

  it('is not charged for what was written to calls that never were connected', async () => {
    const unheard = await startEchoServer();
    unheard.stop();
    const shared = budget({ maxAudioMs: 1000 });
    for (const reconnect of [false, quick]) {
      const { audio$, speak } = speaker(1000);
      const heard = hear(audio$, { ...unheard.connection, reconnect, budget: shared });
      speak(400);
      expect(shared.usedMs).toBe(400);
      audio$.complete();
      await eventually(() => heard.ending).toMatchObject({ error: { code: 'STREAM_FAILED' } });
      expect(shared).toMatchObject({ usedMs: 0, remainingMs: 1000 });
    }
  });

  it('is charged for the call that sends at last what another could not, even where it was used up before', async () => {
    const server = await serve({
      onAudio: ({ number, received, call }) => {
        if (number > 0 || received < 1000) return;
        proxy.target = nobody.port;
        endWith(call, { code: 14, details: 'restarting' });
      },
    });
    const nobody = await startEchoServer();
    nobody.stop();
    const proxy = await startTcpProxy(server.port);
    cleanups.push(proxy.close);
    const { audio$, speak } = speaker(1000);
    // 1 s that was heard, the same again, and 300 of the last 400 ms.
    const shared = budget({ maxAudioMs: 2300 });
    const options = { ...server.connection, endpoint: proxy.endpoint, reconnect: quick, budget: shared };
    const heard = hear(audio$, options, (event) => {
      if (event.type !== 'session' || event.epoch !== 1) return;
      if (event.state === 'connecting') speak(400);
      if (event.state === 'reconnecting') proxy.target = server.port;
    });
    speak(1000);
    await eventually(() => heard.ending).toBe('complete');
    expect(heard.states()).toContain('reconnecting 1');
    expect(heard.states()).not.toContain('open 1');
    expect(server.calls[1]!.received).toBe(1300);
    expect(heard.spent()).toMatchObject([{ atMs: 1300, usedMs: 2300 }]);
    expect(heard.gaps()).toEqual([]);
    expect(shared.usedMs).toBe(2300);
  });
});
