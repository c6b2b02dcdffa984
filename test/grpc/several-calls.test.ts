import { status } from '@grpc/grpc-js';
import { lastValueFrom, Subject, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import type { StreamingOptions } from '../../src/grpc/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import type { PcmChunk } from '../support/audio.js';
import { type EchoCall, type EchoOptions, heardRuns, markedChunk, startEchoServer } from '../support/echo-server.js';
import { endWith } from '../support/scripted-server.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A sample is a millisecond. */
const RATE = 1000;

/** A session that begins another call after every gap of half a second, whose first call is left without an answer. */
async function begin(options: StreamingOptions, echo: EchoOptions = {}) {
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
  const hasHeard = (number: number, ms: number) => expect.poll(() => server.calls[number]?.received ?? 0).toBe(ms);
  const fail = (number: number) => endWith(server.calls[number]!.call, { code: status.UNAVAILABLE });
  const results = () => events.filter((event) => event.type === 'result').length;
  return { audio$, predictions, calls: server.calls as readonly EchoCall[], events, speak, hasHeard, fail, results };
}

describe('a session of which several calls live', () => {
  it('leaves to a call what is its own, though another that follows a failure hears the end of it again', async () => {
    // Call 2 begins 3 s or more before the audio of call 1, in the middle of what call 0 has yet to answer.
    const leadInMs = 4800;
    const session = await begin({}, { onAudio: (call) => call.number === 2 && call.received === leadInMs && call.answer() });
    session.speak(0, 8000);
    session.speak(9000, 9500);
    await session.hasHeard(0, 8000);
    await session.hasHeard(1, 500);
    session.fail(1);
    await session.hasHeard(2, leadInMs + 500);
    session.calls[2]!.answer();
    await expect.poll(session.results).toBe(1);
    session.fail(0);
    await session.hasHeard(3, 8000);
    session.audio$.complete();
    const predictions = await session.predictions;
    expect(predictions.map(({ epoch, startMs, endMs }) => [epoch, startMs, endMs])).toEqual([
      [2, 9000, 9500],
      [3, 0, 8000],
    ]);
    expect(heardRuns(session.calls[3]!)).toEqual([{ from: 0, length: 8000 }]);
  });

  it('sends no more than a lead-in of what another call has yet to answer', async () => {
    const session = await begin({ reconnect: { maxReplayMs: 6000 } });
    session.speak(0, 20_000);
    session.speak(21_000, 21_500);
    await session.hasHeard(0, 20_000);
    await session.hasHeard(1, 500);
    session.fail(1);
    await expect.poll(() => session.calls[2]?.received ?? 0).toBeGreaterThan(500);
    session.calls[0]!.answered = 0;
    session.calls[0]!.answer();
    session.calls[0]!.call.end();
    session.audio$.complete();
    await session.predictions;
    expect(heardRuns(session.calls[2]!)[0]!.from).toBeGreaterThan(14_000);
  });

  it('reports what a call leaves unanswered when the replay buffer has lost it, whatever others were told', async () => {
    const session = await begin({ reconnect: { bufferMs: 1000 } }, { utterance: 500 });
    session.speak(0, 139);
    for (let said = 0; said < 6; said += 1) {
      session.speak(1139 + said * 500, 1639 + said * 500);
      await expect.poll(session.results).toBe(said + 1);
    }
    await session.hasHeard(0, 139);
    session.fail(0);
    await expect
      .poll(() => session.events)
      .toContainEqual(expect.objectContaining({ type: 'gap', reason: 'unanswered', startMs: 0, endMs: 139 }));
    session.audio$.complete();
    expect((await session.predictions).map(({ startMs }) => startMs)).toEqual([1139, 1639, 2139, 2639, 3139, 3639]);
  });
});
