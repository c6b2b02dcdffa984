import { status } from '@grpc/grpc-js';
import { of } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { budget } from '../../src/grpc/index.js';
import { type EchoOptions, heardRuns, markedChunk, startEchoServer } from '../support/echo-server.js';
import { eventually } from '../support/eventually.js';
import { type Heard, listen, speaker } from '../support/live-session.js';
import { endWith } from '../support/scripted-server.js';
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
const gaps = (heard: Heard) => heard.gaps().map(({ reason, startMs, endMs }) => [reason, startMs, endMs]);

async function serve(options: EchoOptions = {}) {
  const server = await startEchoServer(options);
  cleanups.push(server.stop);
  return server;
}

describe('a session whose audio is over when its budget has no room for what a failed call leaves', () => {
  /** A server whose first call fails once all its audio has come. */
  const failsAtEnd = () =>
    serve({
      onCall: ({ number, call }) => {
        if (number === 0) call.removeAllListeners('end').on('end', () => endWith(call, UNAVAILABLE));
      },
    });

  it('completes, with the gap and the budget event that say so', async () => {
    const { connection, calls } = await failsAtEnd();
    const { audio$, speak } = speaker(RATE);
    const heard = listen(audio$, { ...connection, reconnect: quick, budget: { maxAudioMs: 1500 } });
    speak(1000);
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(gaps(heard)).toEqual([['budget', 0, 1000]]);
    expect(heard.spent()).toMatchObject([{ atMs: 0, usedMs: 1000 }]);
    expect(heard.states()).toEqual(['connecting 0', 'open 0', 'draining 0', 'reconnecting 0', 'closed 0']);
    expect(calls).toHaveLength(1);
  });

  it('passes on the error of the audio', async () => {
    const { connection } = await failsAtEnd();
    const { audio$, speak } = speaker(RATE);
    const heard = listen(audio$, { ...connection, reconnect: quick, budget: { maxAudioMs: 1500 } });
    speak(1000);
    audio$.error(new Error('unplugged'));
    await eventually(() => heard.ending).toMatchObject({ error: { message: 'unplugged' } });
    expect(gaps(heard)).toEqual([['budget', 0, 1000]]);
  });
});

describe('a session whose budget is used up', () => {
  it('says so, though the source had ended and only the rest was still to be written', async () => {
    const { connection, calls } = await serve();
    const source = { label: 'read at once' };
    const chunks = Array.from({ length: 100 }, (_, i) => markedChunk(100, RATE, i * 100, source, unboundedFlow));
    const heard = listen(of(...chunks), { ...connection, budget: { maxAudioMs: 5000 } });
    await eventually(() => heard.ending).toBe('complete');
    expect(heardRuns(calls[0]!)).toEqual([{ from: 0, length: 5000 }]);
    expect(spans(heard)).toEqual([[0, 0, 5000]]);
    expect(heard.spent()).toMatchObject([{ atMs: 5000, usedMs: 5000 }]);
  });

  it('says nothing of it when the audio was just as long', async () => {
    const { connection } = await serve();
    const source = { label: 'read at once' };
    const chunks = Array.from({ length: 50 }, (_, i) => markedChunk(100, RATE, i * 100, source, unboundedFlow));
    const heard = listen(of(...chunks), { ...connection, budget: { maxAudioMs: 5000 } });
    await eventually(() => heard.ending).toBe('complete');
    expect(spans(heard)).toEqual([[0, 0, 5000]]);
    expect(heard.spent()).toEqual([]);
  });

  it('reports of each call what it did not hear, and nothing that another goes on to answer', async () => {
    // The first call says nothing, fails and is replayed, while the second, after a gap, has yet to answer.
    const { connection, calls } = await serve({
      onCall: ({ number, call }) => {
        if (number === 0) call.removeAllListeners('end');
      },
    });
    const shared = budget({ maxAudioMs: 7000 });
    const { audio$, speak, jump } = speaker(RATE);
    const heard = listen(audio$, { ...connection, reconnect: quick, closeAfterIdleMs: 5000, budget: shared }, (event) => {
      // Another session takes what the rest of the replay needs.
      if (event.type === 'session' && event.state === 'replayed') shared.take(2000, RATE);
    });
    speak(3000);
    await eventually(() => calls[0]?.received).toBe(3000);
    jump(5000);
    speak(1000);
    await eventually(() => calls[1]?.received).toBe(1000);
    endWith(calls[0]!.call, UNAVAILABLE);
    await eventually(() => heard.ending).toBe('complete');
    expect(spans(heard).sort()).toEqual([
      [1, 8000, 9000],
      [2, 0, 1000],
    ]);
    expect(gaps(heard)).toEqual([
      ['skipped', 3000, 8000],
      ['budget', 1000, 2000],
      ['budget', 2000, 3000],
    ]);
    expect(heard.spent()).toMatchObject([{ atMs: 1000, usedMs: 7000 }]);
  });
});

describe('a session whose audio is over while it waits to call again', () => {
  it('does not take that time for one in which the server says nothing', async () => {
    const { connection, calls } = await serve({
      onAudio: ({ number, received, call }) => {
        if (number === 0 && received === 1000) endWith(call, UNAVAILABLE);
      },
    });
    const { audio$, speak } = speaker(RATE);
    // The delay is drawn by lot; this is the longest.
    vi.spyOn(Math, 'random').mockReturnValue(0.99);
    const reconnect = { initialDelayMs: 1200, maxDelayMs: 1201 };
    const heard = listen(audio$, { ...connection, drainTimeoutMs: 1000, reconnect });
    speak(1000);
    await eventually(() => calls[0]?.received).toBe(1000);
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(spans(heard)).toEqual([[1, 0, 1000]]);
  });
});

describe('a replay', () => {
  it('is counted by what was sent of it', async () => {
    const { connection, calls } = await serve({
      onAudio: ({ number, received, call }) => {
        if (number < 2 && received === (number === 0 ? 3000 : 1000)) endWith(call, UNAVAILABLE);
      },
    });
    const { audio$, speak } = speaker(RATE);
    const heard = listen(audio$, { ...connection, reconnect: quick });
    speak(3000);
    await eventually(() => calls[2]?.received).toBe(3000);
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    const statistics = heard.events.find((event) => event.type === 'statistics')!;
    expect(statistics.sentMs).toBe(3000);
    expect(statistics.replayedMs).toBeGreaterThanOrEqual(4000);
    // The second call failed in the midst of its replay, with half a second on its way at most.
    expect(statistics.replayedMs).toBeLessThanOrEqual(3000 + 1000 + 700);
  });

  it('is charged for its own audio, not for what another call has sent after it', async () => {
    const { connection, calls } = await serve({
      utterance: 500,
      onCall: (echo) => {
        if (echo.number !== 0) return;
        echo.answered = Number.POSITIVE_INFINITY;
        echo.call.removeAllListeners('end');
      },
    });
    const { audio$, speak, jump } = speaker(RATE);
    const heard = listen(audio$, { ...connection, reconnect: { ...quick, maxReplayMs: 1000 }, closeAfterIdleMs: 5000 });
    speak(1000);
    await eventually(() => calls[0]?.received).toBe(1000);
    jump(5000);
    speak(10_000);
    await eventually(() => calls[1]?.received).toBe(10_000);
    endWith(calls[0]!.call, UNAVAILABLE);
    await eventually(heard.states).toContain('drained 2');
    audio$.complete();
    await eventually(() => heard.ending).toBe('complete');
    expect(heard.events).toContainEqual(
      expect.objectContaining({ type: 'session', state: 'replayed', epoch: 2, replayMs: 1000 }),
    );
    expect(heardRuns(calls[2]!)).toEqual([{ from: 0, length: 1000 }]);
  });
});
