import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { budget } from '../../src/grpc/index.js';
import { type EchoCall, type EchoOptions, heardRuns, markedChunk, startEchoServer } from '../support/echo-server.js';
import { eventually } from '../support/eventually.js';
import { type Heard, listen, speaker } from '../support/live-session.js';
import { endWith, genderRow } from '../support/scripted-server.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A sample is a millisecond. */
const RATE = 1000;
const quick = { initialDelayMs: 1, maxDelayMs: 2 };
const UNAVAILABLE = { code: status.UNAVAILABLE, details: 'restarting' };
const spans = ({ predictions }: Heard) => predictions.map(({ epoch, startMs, endMs }) => [epoch, startMs, endMs]);

async function serve(options: EchoOptions = {}) {
  const server = await startEchoServer(options);
  cleanups.push(server.stop);
  return server;
}

async function proxyTo(port: number) {
  const proxy = await startTcpProxy(port);
  cleanups.push(proxy.close);
  return proxy;
}

/** Speaks a second at a time, and waits until a call has heard all of it. */
function talker(calls: readonly EchoCall[], rate = RATE) {
  const { audio$, speak } = speaker(rate);
  let spokenMs = 0;
  const talk = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      speak(1000);
      spokenMs += 1000;
      await eventually(() => calls.some(({ received }) => received * 1000 >= spokenMs * rate)).toBe(true);
    }
  };
  return { audio$, talk, speak };
}

describe('a call that grows old while nothing may be replayed', () => {
  it('goes on when more would be sent again than may be, and is left once that is less', async () => {
    const { connection, calls } = await serve();
    const { audio$, talk } = talker(calls);
    const heard = listen(audio$, {
      ...connection,
      maxStreamDurationMs: 1000,
      reconnect: { ...quick, maxReplayMs: 5000 },
    });
    await talk(25);
    await eventually(heard.states).toContain('open 1');
    expect(heard.states()).toEqual(['connecting 0', 'open 0', 'connecting 1', 'open 1']);
    calls[0]!.answer();
    await eventually(heard.states).toContain('rotated 0');
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(spans(heard)).toEqual([[0, 0, 25_000]]);
    const statistics = heard.events.find((event) => event.type === 'statistics')!;
    expect(statistics).toMatchObject({ rotations: 1, reconnects: 0, sentMs: 25_000 });
    expect(statistics.replayedMs).toBeLessThanOrEqual(5000);
    expect(heard.gaps()).toEqual([]);
  });

  it('fails with REPLAY_LIMIT when it breaks, though another call stands by', async () => {
    const { connection, calls } = await serve();
    const { audio$, talk } = talker(calls);
    const heard = listen(audio$, {
      ...connection,
      maxStreamDurationMs: 1000,
      reconnect: { ...quick, maxReplayMs: 5000 },
    });
    await talk(20);
    await eventually(heard.states).toContain('open 1');
    endWith(calls[0]!.call, UNAVAILABLE);
    await eventually(() => heard.ending).toMatchObject({ error: { code: 'REPLAY_LIMIT' } });
    expect(heard.states().slice(-2)).toEqual(['reconnecting 0', 'closed 1']);
    // Nothing of it was sent, so nothing is counted.
    expect(heard.events.find((event) => event.type === 'statistics')).toMatchObject({ sentMs: 20_000, replayedMs: 0 });
    await eventually(() => calls.every(({ call }) => call.cancelled || call.writableEnded)).toBe(true);
  });

  it('is kept to the end of a budget that has no room for a replay', async () => {
    const { connection, calls } = await serve();
    const { audio$, talk, speak } = talker(calls);
    const heard = listen(audio$, { ...connection, maxStreamDurationMs: 1000, reconnect: quick, budget: { maxAudioMs: 25_000 } });
    await talk(24);
    await eventually(heard.states).toContain('open 1');
    speak(5000);
    await eventually(() => heard.ending).toBe('complete');
    expect(audio$.observed).toBe(false);
    expect(spans(heard)).toEqual([[0, 0, 25_000]]);
    expect(heardRuns(calls[0]!)).toEqual([{ from: 0, length: 25_000 }]);
    expect(heard.spent()).toMatchObject([{ atMs: 25_000, usedMs: 25_000 }]);
    expect(heard.gaps()).toEqual([]);
    expect(heard.states()).toContain('unused 1');
    expect(heard.states()).not.toContain('rotated 0');
  });
});

describe('a budget that ends in the midst of a handover', () => {
  it('ends the session while the new call is still being made', async () => {
    const { connection, port, calls } = await serve();
    const proxy = await proxyTo(port);
    const { audio$, talk, speak } = talker(calls);
    const { endpoint } = proxy;
    const options = { ...connection, endpoint, maxStreamDurationMs: 1000, reconnect: quick };
    const heard = listen(audio$, { ...options, budget: { maxAudioMs: 3500 } });
    await talk(1);
    proxy.shut();
    await talk(2);
    await eventually(() => proxy.waiting).toBe(1);
    speak(1000);
    await eventually(() => heard.ending).toBe('complete');
    expect(spans(heard)).toEqual([[0, 0, 3500]]);
    expect(heard.spent()).toMatchObject([{ atMs: 3500 }]);
    expect(heard.states()).toContain('unused 1');
    proxy.open();
    await eventually(() => proxy.connections).toBe(0);
  });

  it('leaves a gap where another session takes what the replay needs', async () => {
    const { connection, calls } = await serve();
    const { audio$, talk, speak } = talker(calls);
    const shared = budget({ maxAudioMs: 60_000 });
    const options = { ...connection, maxStreamDurationMs: 1000, reconnect: quick, budget: shared };
    const heard = listen(audio$, options, (event) => {
      if (event.type === 'session' && event.state === 'replayed') shared.take(shared.remainingMs - 2500, RATE);
    });
    await talk(15);
    // Older than it may be by 15 s it is left, whatever is being said.
    speak(3000);
    await eventually(() => heard.ending).toBe('complete');
    const { sentMs } = heard.events.find((event) => event.type === 'statistics')!;
    expect(spans(heard)).toEqual([[1, 0, 2500]]);
    expect(heard.spent()).toMatchObject([{ atMs: 2500, usedMs: 60_000 }]);
    // Every moment that was sent is in a result or in a gap.
    const gaps = heard.gaps();
    expect(gaps.every(({ reason }) => reason === 'budget')).toBe(true);
    expect(gaps[0]!.startMs).toBe(2500);
    for (const [i, { startMs }] of gaps.slice(1).entries()) expect(startMs).toBe(gaps[i]!.endMs);
    expect(gaps.at(-1)!.endMs).toBe(sentMs);
  });

  it('is spent on a failure of the old call when it has room for that, and on nothing else', async () => {
    const { connection, calls } = await serve();
    const { audio$, talk, speak } = talker(calls);
    const heard = listen(audio$, { ...connection, maxStreamDurationMs: 1000, reconnect: quick, budget: { maxAudioMs: 10_000 } });
    await talk(4);
    await eventually(heard.states).toContain('open 1');
    endWith(calls[0]!.call, UNAVAILABLE);
    await eventually(() => calls[1]?.received).toBe(4000);
    speak(5000);
    await eventually(() => heard.ending).toBe('complete');
    expect(heardRuns(calls[1]!)).toEqual([{ from: 0, length: 6000 }]);
    expect(spans(heard)).toEqual([[1, 0, 6000]]);
    expect(heard.spent()).toMatchObject([{ atMs: 6000, usedMs: 10_000 }]);
    expect(heard.gaps()).toEqual([]);
    expect(heard.events.find((event) => event.type === 'statistics')).toMatchObject({ sentMs: 6000, replayedMs: 4000 });
  });
});

describe('a call that was left', () => {
  it('may still revise what it has answered', async () => {
    const { connection, calls } = await serve({
      onCall: ({ number, call }) => {
        if (number === 0) call.removeAllListeners('end');
      },
    });
    const { audio$, talk } = talker(calls);
    const heard = listen(audio$, { ...connection, maxStreamDurationMs: 1000, reconnect: quick });
    await talk(8);
    await eventually(heard.states).toContain('open 1');
    calls[0]!.answer();
    await eventually(heard.states).toContain('rotated 0');
    const late = { ...genderRow('utterance', '0', '0', '8'), task: 'emotion', finalLabel: 'happy' };
    calls[0]!.call.write({ pid: 1, result: [late] });
    calls[0]!.call.end();
    await eventually(() => heard.predictions.length).toBe(2);
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(heard.predictions).toMatchObject([
      { epoch: 0, startMs: 0, endMs: 8000, revision: 0, tasks: { gender: { label: 'female' } } },
      { epoch: 0, startMs: 0, endMs: 8000, revision: 1, tasks: { emotion: { label: 'happy' } } },
    ]);
  });

  it('is heard while its successor has failed and waits to be called again', async () => {
    const { connection, calls } = await serve({
      onCall: ({ number, call }) => {
        if (number === 0) call.removeAllListeners('end');
      },
    });
    const { audio$, talk, speak } = talker(calls);
    // The delay is drawn by lot; this is the longest.
    vi.spyOn(Math, 'random').mockReturnValue(0.99);
    const reconnect = { initialDelayMs: 1000, maxDelayMs: 1001 };
    const heard = listen(audio$, { ...connection, maxStreamDurationMs: 1000, reconnect }, (event) => {
      if (event.type !== 'session' || event.state !== 'reconnecting') return;
      calls[0]!.call.write({ pid: 1, result: [{ ...genderRow('utterance', '0', '0', '8'), task: 'emotion' }] });
      calls[0]!.call.end();
    });
    await talk(8);
    await eventually(heard.states).toContain('open 1');
    calls[0]!.answer();
    await eventually(heard.states).toContain('rotated 0');
    speak(500);
    await eventually(() => calls[1]?.received ?? 0).toBeGreaterThanOrEqual(500);
    endWith(calls[1]!.call, UNAVAILABLE);
    await eventually(heard.states).toContain('drained 0');
    expect(heard.states()).not.toContain('connecting 2');
    expect(heard.predictions).toMatchObject([
      { epoch: 0, startMs: 0, endMs: 8000, revision: 0, tasks: { gender: { label: 'female' } } },
      { epoch: 0, startMs: 0, endMs: 8000, revision: 1, tasks: { emotion: {} } },
    ]);
    // And the new call hears what it left.
    await eventually(() => calls[2]?.received ?? 0).toBeGreaterThanOrEqual(500);
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(heard.gaps()).toEqual([]);
  });

  it('does not keep the session from completing, though its server never ends it', async () => {
    const { connection, calls } = await serve({
      onCall: ({ number, call }) => {
        if (number === 0) call.removeAllListeners('end');
      },
    });
    const { audio$, talk } = talker(calls);
    const heard = listen(audio$, { ...connection, maxStreamDurationMs: 1000, reconnect: quick, drainTimeoutMs: 1000 });
    await talk(4);
    await eventually(heard.states).toContain('open 1');
    calls[0]!.answer();
    await eventually(heard.states).toContain('rotated 0');
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(spans(heard)).toEqual([[0, 0, 4000]]);
    await eventually(() => calls[0]!.call.cancelled).toBe(true);
  });
});

describe('a handover', () => {
  it('is made amid a replay when the server of that says GOAWAY', async () => {
    const rate = 16_000;
    const spare = await serve();
    const first = await serve({ onCall: ({ number, call }) => number === 1 && call.pause() });
    const proxy = await proxyTo(first.port);
    const { audio$, talk } = talker(first.calls, rate);
    const heard = listen(audio$, { ...first.connection, endpoint: proxy.endpoint, reconnect: quick });
    await talk(12);
    endWith(first.calls[0]!.call, UNAVAILABLE);
    await eventually(() => first.calls.length).toBe(2);
    await eventually(heard.states).toContain('replayed 1');
    proxy.target = spare.port;
    first.leave();
    await eventually(heard.states).toContain('open 2');
    expect(heard.states()).not.toContain('rotated 1');
    // Read on, the old call gets to five seconds of audio after GOAWAY.
    first.calls[1]!.call.resume();
    await eventually(heard.states).toContain('rotated 1');
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(spans(heard)).toEqual([[2, 0, 12_000]]);
    expect(heardRuns(spare.calls[0]!)).toEqual([{ from: 0, length: 12 * rate }]);
    expect(heard.events.find((event) => event.type === 'statistics')).toMatchObject({ sentMs: 12_000, rotations: 1 });
    expect(heard.gaps()).toEqual([]);
  });

  it('loses nothing when the old and the new call fail at once', async () => {
    const spare = await serve();
    const first = await serve();
    const proxy = await proxyTo(first.port);
    const { audio$, talk, speak } = talker(first.calls);
    const options = { ...first.connection, endpoint: proxy.endpoint, maxStreamDurationMs: 1000, reconnect: quick };
    const heard = listen(audio$, options);
    await talk(4);
    await eventually(heard.states).toContain('open 1');
    proxy.target = spare.port;
    first.stop();
    await eventually(heard.states).toContain('reconnecting 0');
    speak(1000);
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(heard.predictions.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([[0, 5000]]);
    expect(heard.gaps()).toEqual([]);
  });

  it.each([
    ['is being made', true],
    ['stands by', false],
  ])('leaves nothing behind when the session is aborted while its call %s', async (_, isShut) => {
    const { connection, port, calls } = await serve();
    const proxy = await proxyTo(port);
    const { audio$, talk } = talker(calls);
    const abort = new AbortController();
    const { endpoint } = proxy;
    const heard = listen(audio$, { ...connection, endpoint, maxStreamDurationMs: 1000, reconnect: quick, signal: abort.signal });
    await talk(1);
    if (isShut) proxy.shut();
    await talk(3);
    if (isShut) await eventually(() => proxy.waiting).toBe(1);
    else await eventually(heard.states).toContain('open 1');
    abort.abort();
    expect(heard.ending).toMatchObject({ error: { code: 'ABORTED' } });
    expect(heard.states().slice(-2)).toEqual(['unused 1', 'closed 1']);
    proxy.open();
    await eventually(() => proxy.connections).toBe(0);
    await eventually(() => calls.every(({ call }) => call.cancelled)).toBe(true);
  });
});

describe('a change of the sample rate', () => {
  /** A second of another source, at twice the rate. */
  function speakFaster(audio$: ReturnType<typeof speaker>['audio$']) {
    const source = { label: 'another' };
    for (let at = 0; at < 2000; at += 200) audio$.next(markedChunk(200, 2 * RATE, at, source, unboundedFlow));
  }

  it('while a reconnect is under way has both sources heard whole, each at its rate', async () => {
    const { connection, calls } = await serve({
      onAudio: ({ number, received, call }) => number === 0 && received === 1000 && endWith(call, UNAVAILABLE),
    });
    const { audio$, speak } = talker(calls);
    // The delay is drawn by lot; this is the longest.
    vi.spyOn(Math, 'random').mockReturnValue(0.99);
    const heard = listen(audio$, { ...connection, reconnect: { initialDelayMs: 200, maxDelayMs: 201 } });
    speak(1000);
    await eventually(heard.states).toContain('reconnecting 0');
    // Some of the old source, which waits, before the new one comes.
    speak(500);
    speakFaster(audio$);
    await eventually(heard.states).toContain('drained 2');
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    // The two calls may come in any order.
    expect(calls.map(({ sampleRate, received }) => [sampleRate, received]).sort()).toEqual([
      [1000, 1000],
      [1000, 1500],
      [2000, 2000],
    ]);
    expect(spans(heard).sort()).toEqual([
      [1, 0, 1000],
      [2, 0, 1500],
    ]);
    expect(heard.gaps()).toEqual([]);
  });

  it('in the midst of a handover leaves the call that was made for the old rate unused', async () => {
    const { connection, calls } = await serve();
    const { audio$, talk } = talker(calls);
    const heard = listen(audio$, { ...connection, maxStreamDurationMs: 1000, reconnect: quick });
    await talk(3);
    await eventually(heard.states).toContain('open 1');
    speakFaster(audio$);
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(heard.states()).toContain('unused 1');
    expect(spans(heard).sort()).toEqual([
      [0, 0, 3000],
      [2, 0, 1000],
    ]);
  });
});

describe('a session that becomes idle while it reconnects', () => {
  it('has the new call hear what is left, closes it, and opens another for the next audio', async () => {
    const { connection, calls } = await serve({
      onAudio: ({ number, received, call }) => number === 0 && received === 1000 && endWith(call, UNAVAILABLE),
    });
    const { audio$, speak } = talker(calls);
    // The delay is drawn by lot; this is the longest.
    vi.spyOn(Math, 'random').mockReturnValue(0.99);
    const heard = listen(audio$, { ...connection, closeAfterIdleMs: 100, reconnect: { initialDelayMs: 250, maxDelayMs: 251 } });
    speak(1000);
    await eventually(heard.states).toContain('drained 1');
    speak(500);
    await eventually(() => calls[2]?.received).toBe(500);
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(spans(heard)).toEqual([
      [1, 0, 1000],
      [2, 1000, 1500],
    ]);
    expect(heard.gaps()).toEqual([]);
  });
});
