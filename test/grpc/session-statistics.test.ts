import { status } from '@grpc/grpc-js';
import { lastValueFrom, Subject, take } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StatisticsEvent, StreamEvent } from '../../src/events/index.js';
import { FlowGate } from '../../src/flow/index.js';
import { resolveSettings } from '../../src/grpc/index.js';
import { SessionReporter } from '../../src/grpc/session-reporter.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import type { PcmChunk } from '../support/audio.js';
import { pcmChunk, pcmSource } from '../support/audio.js';
import { startEchoServer } from '../support/echo-server.js';
import { eventually } from '../support/eventually.js';
import { listen, speaker } from '../support/live-session.js';
import { endWith, genderRow, type ScriptedCall, startScriptedServer } from '../support/scripted-server.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

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
  return server.connection;
}

/** Reads everything; answers with the rows once the audio is over. */
function answerAtEnd(...rows: ReturnType<typeof genderRow>[]) {
  return (call: ScriptedCall) => {
    call.on('data', () => {});
    call.on('end', () => {
      if (rows.length > 0) call.write({ pid: 1, cid: 1, messageId: 1, result: rows });
      call.end();
    });
  };
}

const isStatistics = (event: StreamEvent): event is StatisticsEvent => event.type === 'statistics';
const outcome = (predictions$: ReturnType<ReturnType<typeof behavioralSignals>>) =>
  lastValueFrom(predictions$, { defaultValue: undefined }).catch((error) => error);

describe('the statistics of a session', () => {
  it('count nothing as sent while no call is connected', async () => {
    const unheard = await startEchoServer();
    unheard.stop();
    const { audio$, speak } = speaker(1000);
    const heard = listen(audio$, { ...unheard.connection, statisticsIntervalMs: 100 });
    speak(400);
    audio$.complete();
    await eventually(() => heard.ending).toMatchObject({ error: { status: status.UNAVAILABLE } });
    for (const statistics of heard.events.filter(isStatistics)) {
      expect(statistics).toMatchObject({ sentMs: 0, sentBytes: 0, messages: 0, replayedMs: 0 });
    }
    expect(heard.events.filter(isStatistics).at(-1)).toMatchObject({ final: true, peakInFlightMs: 400 });
  });

  it('count as sent what a call could not send that was never connected, once another has sent it', async () => {
    const server = await startEchoServer({
      onAudio: ({ number, received, call }) => {
        if (number > 0 || received < 1000) return;
        proxy.target = nobody.port;
        endWith(call, { code: status.UNAVAILABLE, details: 'restarting' });
      },
    });
    const nobody = await startEchoServer();
    nobody.stop();
    const proxy = await startTcpProxy(server.port);
    cleanups.push(server.stop, proxy.close);
    const { audio$, speak } = speaker(1000);
    const options = { ...server.connection, endpoint: proxy.endpoint, reconnect: { initialDelayMs: 1, maxDelayMs: 2 } };
    const heard = listen(audio$, options, (event) => {
      if (event.type !== 'session' || event.epoch !== 1) return;
      if (event.state === 'connecting') speak(400);
      if (event.state !== 'reconnecting') return;
      proxy.target = server.port;
      audio$.complete();
    });
    speak(1000);
    await eventually(() => heard.ending).toBe('complete');
    expect(heard.states()).toContain('reconnecting 1');
    expect(heard.states()).not.toContain('open 1');
    expect(server.calls[1]!.received).toBe(1400);
    expect(heard.events.findLast(isStatistics)).toMatchObject({ sentMs: 1400, sentBytes: 2800, messages: 14, replayedMs: 1000 });
  });

  it('count missing audio by its reason, and only what was sent as sent', async () => {
    const events: StreamEvent[] = [];
    const connection = await serve(answerAtEnd());
    const audio$ = new Subject<PcmChunk>();
    const done = outcome(audio$.pipe(behavioralSignals({ ...connection, events: { next: (event) => events.push(event) } })));
    const [source, gate] = [{ label: 'call' }, new FlowGate()];
    const at = (seconds: number, skipped?: 'gated' | 'dropped') => {
      const chunk = pcmChunk(new Int16Array(16_000), 16_000, seconds * 16_000, source, gate);
      audio$.next(skipped ? { ...chunk, timing: { ...chunk.timing, skipped } } : chunk);
    };
    at(0);
    at(4, 'gated');
    at(7, 'dropped');
    at(12);
    audio$.complete();
    await done;
    const statistics = events.filter(isStatistics);
    expect(statistics).toHaveLength(1);
    expect(statistics[0]).toMatchObject({
      final: true,
      stream: 'call',
      sentMs: 4000,
      sentBytes: 128_000,
      messages: 4,
      savedMs: 3000,
      droppedMs: 2000,
      skippedMs: 4000,
      unansweredMs: 0,
      replayedMs: 0,
      queuedMs: 0,
      results: { segment: 0, utterance: 0 },
      latency: {},
      responseTime: {},
    });
    const gaps = events.flatMap((event) => (event.type === 'gap' ? [[event.reason, event.startMs, event.endMs]] : []));
    expect(gaps).toEqual([
      ['gated', 1000, 4000],
      ['dropped', 5000, 7000],
      ['skipped', 8000, 12_000],
    ]);
  });

  it('count answers by level, each once, and time them from the write even without a clock on the source', async () => {
    const events: StreamEvent[] = [];
    const row = genderRow('utterance', '7', '0', '1.8');
    const connection = await serve((call) => {
      call.on('data', () => {});
      call.on('end', () => {
        call.write({ pid: 1, cid: 1, messageId: 1, result: [genderRow('segment', '7', '0', '1.5'), row] });
        call.write({ pid: 1, cid: 1, messageId: 2, result: [{ ...row, task: 'emotion' }] });
        call.end();
      });
    });
    await outcome(
      pcmSource(2000, 250).source$.pipe(behavioralSignals({ ...connection, events: { next: (event) => events.push(event) } })),
    );
    const results = events.filter((event) => event.type === 'result');
    expect(results).toMatchObject([
      { level: 'segment', revision: 0, startMs: 0, endMs: 1500, responseMs: expect.any(Number), latencyMs: undefined },
      { level: 'utterance', revision: 0, startMs: 0, endMs: 1800 },
      { level: 'utterance', revision: 1, startMs: 0, endMs: 1800 },
    ]);
    const { results: counts, latency, responseTime } = events.find(isStatistics)!;
    expect(counts).toEqual({ segment: 1, utterance: 1 });
    expect(latency).toEqual({});
    for (const { level, responseMs } of results.slice(0, 2)) {
      expect(responseTime[level]).toMatchObject({ count: 1, minMs: responseMs, p50Ms: responseMs, maxMs: responseMs });
    }
    // What an event tells of an answer is when, never what.
    expect(JSON.stringify(events)).not.toMatch(/female|test-token|10000119/);
  });

  it('time answers from the capture where the source has a clock', async () => {
    const events: StreamEvent[] = [];
    const connection = await serve(answerAtEnd(genderRow('utterance', '7', '0', '1')));
    const audio$ = new Subject<PcmChunk>();
    const done = outcome(audio$.pipe(behavioralSignals({ ...connection, events: { next: (event) => events.push(event) } })));
    const chunk = pcmChunk(new Int16Array(16_000), 16_000, 0, { label: 'live' }, new FlowGate());
    audio$.next({ ...chunk, timing: { ...chunk.timing, capturedAtMs: Date.now() - 500 } });
    audio$.complete();
    const prediction = await done;
    const { latency } = events.find(isStatistics)!;
    expect(prediction.latencyMs).toBeGreaterThanOrEqual(500);
    expect(latency).toEqual({ utterance: expect.objectContaining({ count: 1, maxMs: prediction.latencyMs }) });
  });

  it('show what waits while a call is made, and nothing once it was taken', async () => {
    const events: StreamEvent[] = [];
    const connection = await serve(answerAtEnd());
    await outcome(
      pcmSource(5000, 250).source$.pipe(behavioralSignals({ ...connection, events: { next: (event) => events.push(event) } })),
    );
    const { queuedMs, peakQueuedMs, peakInFlightMs, stalledMs } = events.find(isStatistics)!;
    expect(queuedMs).toBe(0);
    expect(peakQueuedMs).toBeGreaterThanOrEqual(peakInFlightMs);
    // 500 ms may be with the transport and one chunk more is what makes the source stop.
    expect(peakQueuedMs).toBeLessThanOrEqual(1000);
    expect(stalledMs).toBeGreaterThan(0);
  });

  it('include the answer after which the session was left', async () => {
    const events: StreamEvent[] = [];
    const connection = await serve(answerAtEnd(genderRow('utterance', '7', '0', '1')));
    const events$ = { next: (event: StreamEvent) => events.push(event) };
    await lastValueFrom(pcmSource(2000, 250).source$.pipe(behavioralSignals({ ...connection, events: events$ }), take(1)));
    expect(events.slice(-3)).toMatchObject([
      { type: 'result', level: 'utterance' },
      { type: 'statistics', final: true, results: { utterance: 1 } },
      { type: 'session', state: 'closed' },
    ]);
    expect(events.at(-1)).not.toHaveProperty('cause');
  });

  it('come with the code of what ended the session, and one id in all its events', async () => {
    const events: StreamEvent[] = [];
    const connection = await serve((call) => endWith(call, { code: status.PERMISSION_DENIED, details: 'no' }));
    const error = await outcome(
      pcmSource(2000, 250).source$.pipe(behavioralSignals({ ...connection, events: { next: (event) => events.push(event) } })),
    );
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(events.at(-1)).toMatchObject({ state: 'closed', cause: 'UNAUTHENTICATED' });
    expect(new Set(events.map((event) => ('sessionId' in event ? event.sessionId : undefined))).size).toBe(1);
  });

  it('name the class of an error that is not ours', async () => {
    const events: StreamEvent[] = [];
    const connection = await serve(answerAtEnd());
    const { source$ } = pcmSource(500, 250, 16_000, new RangeError('the caller is +49 151 2345'));
    await outcome(source$.pipe(behavioralSignals({ ...connection, events: { next: (event) => events.push(event) } })));
    expect(events.at(-1)).toMatchObject({ state: 'closed', cause: 'RangeError' });
    expect(JSON.stringify(events)).not.toContain('+49');
  });
});

describe('statisticsIntervalMs', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function report(statisticsIntervalMs: number | undefined, onEvent: (event: StreamEvent) => void = () => {}) {
    const events: StreamEvent[] = [];
    const next = (event: StreamEvent) => {
      events.push(event);
      onEvent(event);
    };
    const options = { endpoint: 'http://127.0.0.1:1', cid: 1, apiKey: 'x', statisticsIntervalMs, events: { next } };
    const reporter = new SessionReporter(resolveSettings('behavioralSignals', 'behavior', options));
    return { reporter, statistics: () => events.filter(isStatistics) };
  }

  it('reports totals again and again until the session closes, and leaves no timer', () => {
    const { reporter, statistics } = report(1000);
    vi.advanceTimersByTime(5000);
    expect(statistics()).toEqual([]);
    reporter.state('connecting', 0);
    reporter.statistics.sent(250, 8000);
    vi.advanceTimersByTime(1000);
    reporter.statistics.sent(250, 8000);
    vi.advanceTimersByTime(1000);
    // A later call of the same session starts no second clock.
    reporter.state('connecting', 1);
    vi.advanceTimersByTime(1000);
    reporter.closed(1);
    vi.advanceTimersByTime(10_000);
    expect(statistics().map(({ final, sentMs }) => [final, sentMs])).toEqual([
      [false, 250],
      [false, 500],
      [false, 500],
      [true, 500],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer when whoever hears of the first step ends the session', () => {
    const { reporter, statistics } = report(1000, (event) => {
      if (event.type === 'session' && event.state === 'connecting') reporter.closed(0);
    });
    reporter.state('connecting', 0);
    expect(vi.getTimerCount()).toBe(0);
    expect(statistics()).toHaveLength(1);
  });

  it('is off by default', () => {
    const { reporter, statistics } = report(undefined);
    reporter.state('connecting', 0);
    expect(vi.getTimerCount()).toBe(0);
    reporter.closed(0);
    expect(statistics()).toHaveLength(1);
  });

  it('shows a hold while it lasts, without ending it', () => {
    const { reporter, statistics } = report(1000);
    reporter.state('connecting', 0);
    reporter.statistics.held();
    vi.advanceTimersByTime(2500);
    reporter.statistics.resumed();
    reporter.closed(0);
    expect(statistics().map(({ stalledMs }) => stalledMs)).toEqual([1000, 2000, 2500]);
  });

  it('does not let turns pile up in a busy process, and does not keep it alive', async () => {
    vi.useRealTimers();
    const { reporter, statistics } = report(100);
    reporter.state('connecting', 0);
    const busyUntil = performance.now() + 450;
    while (performance.now() < busyUntil);
    await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(statistics().length).toBeLessThanOrEqual(1);
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toEqual([]);
    reporter.closed(0);
  });

  it.each([0, 50, Number.NaN, 2 ** 31, '1000'])('refuses %s', (value) => {
    expect(() => report(value as number)).toThrow(
      expect.objectContaining({ option: 'behavioralSignals({ statisticsIntervalMs })', code: 'INVALID_OPTION' }),
    );
  });

  it('and events that are no observer, a forgotten await among them, are refused at once', () => {
    const resolve = (events: unknown) => () =>
      resolveSettings('behavioralSignals', 'behavior', { cid: 1, apiKey: 'x', events: events as object });
    expect(resolve(Promise.resolve({ next: () => {} }))).toThrow(/behavioralSignals\(\{ events \}\): .*await/);
    for (const wrong of [null, 1, () => {}, { next: 1 }]) expect(resolve(wrong)).toThrow(/must be an observer/);
    for (const right of [undefined, {}, new Subject<StreamEvent>()]) expect(resolve(right)).not.toThrow();
  });
});
