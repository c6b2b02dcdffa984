import { status } from '@grpc/grpc-js';
import { lastValueFrom, Subject, toArray } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import type { StreamingOptions } from '../../src/grpc/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import type { PcmChunk } from '../support/audio.js';
import {
  type EchoCall,
  type EchoOptions,
  heardRuns,
  liesWhereHeard,
  markedChunk,
  startEchoServer,
} from '../support/echo-server.js';
import { eventually } from '../support/eventually.js';
import { listen } from '../support/live-session.js';
import { endWith } from '../support/scripted-server.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A sample is a millisecond. */
const RATE = 1000;

/** A session that begins another call after every gap of half a second, whose first call is left without an answer. */
async function begin(options: StreamingOptions = {}, echo: EchoOptions = {}) {
  const server = await startEchoServer({
    ends: false,
    ...echo,
    onCall: (call) => {
      if (call.number === 0) call.answered = Number.POSITIVE_INFINITY;
      else call.call.on('end', () => call.call.end());
    },
  });
  cleanups.push(server.stop);
  const events: StreamEvent[] = [];
  const audio$ = new Subject<PcmChunk>();
  const predictions = lastValueFrom(
    audio$.pipe(
      behavioralSignals({
        ...server.connection,
        closeAfterIdleMs: 500,
        ...options,
        reconnect: { initialDelayMs: 1, maxDelayMs: 2, ...(typeof options.reconnect === 'object' ? options.reconnect : {}) },
        events: { next: (event) => events.push(event) },
      }),
      toArray(),
    ),
  );
  const source = { label: 'marked' };
  const speak = (fromMs: number, toMs: number) => {
    for (let at = fromMs; at < toMs; at += 100)
      audio$.next(markedChunk(Math.min(100, toMs - at), RATE, at, source, unboundedFlow));
  };
  const hasHeard = (number: number, ms: number) => eventually(() => server.calls[number]?.received ?? 0).toBe(ms);
  const fail = (number: number) => endWith(server.calls[number]!.call, { code: status.UNAVAILABLE });
  const results = () => events.filter((event) => event.type === 'result').length;
  return { audio$, predictions, calls: server.calls as readonly EchoCall[], events, speak, hasHeard, fail, results };
}

describe('a session of which several calls live', () => {
  it('sends a call nothing of what another has yet to answer, and each has its own whole', async () => {
    const session = await begin();
    session.speak(0, 8000);
    await session.hasHeard(0, 8000);
    session.speak(9000, 9500);
    await session.hasHeard(1, 500);
    session.fail(1);
    await session.hasHeard(2, 500);
    session.calls[2]!.answer();
    await eventually(session.results).toBe(1);
    session.fail(0);
    await session.hasHeard(3, 8000);
    session.audio$.complete();
    const predictions = await session.predictions;
    expect(predictions.map(({ epoch, startMs, endMs }) => [epoch, startMs, endMs])).toEqual([
      [2, 9000, 9500],
      [3, 0, 8000],
    ]);
    expect(heardRuns(session.calls[2]!)).toEqual([{ from: 9000, length: 500 }]);
    expect(heardRuns(session.calls[3]!)).toEqual([{ from: 0, length: 8000 }]);
  });

  it('does not join what one call was told with what another has yet to answer', async () => {
    // Led in by the second before the gap, the answer would say again half of what was said, and be dropped for it.
    const session = await begin({}, { utterance: 1000 });
    session.speak(0, 139);
    await session.hasHeard(0, 139);
    session.speak(1139, 2139);
    await eventually(session.results).toBe(1);
    session.speak(3139, 4039);
    await session.hasHeard(2, 900);
    session.fail(2);
    await session.hasHeard(3, 900);
    session.calls[0]!.call.end();
    session.audio$.complete();
    expect((await session.predictions).map(({ epoch, startMs, endMs }) => [epoch, startMs, endMs])).toEqual([
      [1, 1139, 2139],
      [3, 3139, 4039],
    ]);
  });

  it('sends a call no audio of another rate, however short a time that lasted', async () => {
    const server = await startEchoServer();
    cleanups.push(server.stop);
    const { calls } = server;
    const audio$ = new Subject<PcmChunk>();
    const heard = listen(audio$, { ...server.connection, reconnect: { initialDelayMs: 1, maxDelayMs: 2 } });
    for (const [index, rate] of [1000, 2000, 1000].entries()) {
      const source = { label: `source ${index}` };
      for (let at = 0; at < rate; at += rate / 10) audio$.next(markedChunk(rate / 10, rate, at, source, unboundedFlow));
      await eventually(() => calls[index]?.received).toBe(rate);
    }
    endWith(calls[2]!.call, { code: status.UNAVAILABLE });
    await eventually(() => calls.length).toBe(4);
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(calls[3]).toMatchObject({ sampleRate: 1000, received: 1000 });
    expect(heard.predictions.map(({ startMs, endMs }) => [startMs, endMs])).toEqual(new Array(3).fill([0, 1000]));
    expect(heard.predictions.every((prediction) => liesWhereHeard(prediction, calls))).toBe(true);
  });

  it('waits for a call that it is about to make, however long one that lives says nothing', async () => {
    // The delay is drawn by lot; this is the longest.
    vi.spyOn(Math, 'random').mockReturnValue(0.99);
    const session = await begin({ drainTimeoutMs: 1000, reconnect: { initialDelayMs: 1200, maxDelayMs: 1201 } });
    session.speak(0, 1000);
    await session.hasHeard(0, 1000);
    session.speak(2000, 2500);
    await session.hasHeard(1, 500);
    session.audio$.complete();
    session.fail(1);
    await eventually(() => session.events).toContainEqual(
      expect.objectContaining({ type: 'session', state: 'drained', epoch: 2 }),
    );
    session.calls[0]!.call.end();
    expect((await session.predictions).map(({ epoch, startMs, endMs }) => [epoch, startMs, endMs])).toEqual([[2, 2000, 2500]]);
  });

  it('reports what a call leaves unanswered when the replay buffer has lost it, whatever others were told', async () => {
    const session = await begin({ reconnect: { bufferMs: 1000 } }, { utterance: 500 });
    session.speak(0, 139);
    for (let said = 0; said < 6; said += 1) {
      session.speak(1139 + said * 500, 1639 + said * 500);
      await eventually(session.results).toBe(said + 1);
    }
    await session.hasHeard(0, 139);
    session.fail(0);
    await eventually(() => session.events).toContainEqual(
      expect.objectContaining({ type: 'gap', reason: 'unanswered', startMs: 0, endMs: 139 }),
    );
    session.audio$.complete();
    expect((await session.predictions).map(({ startMs }) => startMs)).toEqual([1139, 1639, 2139, 2639, 3139, 3639]);
  });
});
