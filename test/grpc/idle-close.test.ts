import { lastValueFrom, type Observable, Subject, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { FlowGate } from '../../src/flow/index.js';
import type { StreamingOptions } from '../../src/grpc/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import type { PcmChunk } from '../support/audio.js';
import { type EchoOptions, heardRuns, liesWhereHeard, MODULUS, markedChunk, startEchoServer } from '../support/echo-server.js';
import { endWith } from '../support/scripted-server.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const RATE = 16_000;

async function serve(options: EchoOptions = {}) {
  const server = await startEchoServer(options);
  cleanups.push(server.stop);
  return server;
}

function listen(audio$: Observable<PcmChunk>, options: StreamingOptions) {
  const events: StreamEvent[] = [];
  const predictions = lastValueFrom(
    audio$.pipe(behavioralSignals({ ...options, events: { next: (event) => events.push(event) } }), toArray()),
  );
  const states = () => events.filter((event) => event.type === 'session').map(({ state, epoch }) => `${state} ${epoch}`);
  return { predictions, events, states };
}

function speaker() {
  const audio$ = new Subject<PcmChunk>();
  const source = { label: 'live' };
  const flow = new FlowGate();
  let position = 0;
  return {
    audio$,
    flow,
    speak: (ms: number) => {
      for (let spokenMs = 0; spokenMs < ms; spokenMs += 100) {
        audio$.next(markedChunk(1600, RATE, position, source, flow));
        position += 1600;
      }
    },
    jump: (ms: number) => {
      position += (ms * RATE) / 1000;
    },
  };
}

describe('a session that closes idle calls', () => {
  it('ends a call when no audio comes, takes its results, and opens another for the next audio', async () => {
    const { connection, calls } = await serve();
    const { audio$, speak } = speaker();
    const { predictions, states } = listen(audio$, { ...connection, closeAfterIdleMs: 100 });
    speak(1000);
    await expect.poll(states).toContain('drained 0');
    expect(states()).toEqual(['connecting 0', 'open 0', 'draining 0', 'drained 0']);
    speak(500);
    await expect.poll(states).toContain('drained 1');
    speak(300);
    audio$.complete();
    const all = await predictions;
    expect(all.map(({ epoch, startMs, endMs }) => [epoch, startMs, endMs])).toEqual([
      [0, 0, 1000],
      [1, 1000, 1500],
      [2, 1500, 1800],
    ]);
    expect(new Set(all.map(({ key }) => key)).size).toBe(3);
    expect(calls.map(heardRuns)).toEqual([
      [{ from: 0, length: 16_000 }],
      [{ from: 16_000, length: 8000 }],
      [{ from: 24_000, length: 4800 }],
    ]);
    expect(states().at(-1)).toBe('closed 2');
  });

  it('ends a call before audio that comes after a gap of as much, however soon it comes', async () => {
    const { connection, calls } = await serve();
    const { audio$, speak, jump } = speaker();
    const { predictions } = listen(audio$, { ...connection, closeAfterIdleMs: 5000 });
    speak(1000);
    jump(4900);
    speak(1000);
    jump(5000);
    speak(700);
    audio$.complete();
    // The two calls may answer in any order.
    const all = (await predictions).sort((a, b) => a.epoch - b.epoch);
    expect(all.map(({ epoch, startMs, endMs }) => [epoch, startMs, endMs])).toEqual([
      [0, 0, 6900],
      [1, 11_900, 12_600],
    ]);
    expect(all.every((prediction) => liesWhereHeard(prediction, calls))).toBe(true);
    expect(heardRuns(calls[1]!)).toEqual([{ from: (119 * 1600) % MODULUS, length: 11_200 }]);
  });

  it('does not take the silence of a source for idleness that it holds itself', async () => {
    const { connection } = await serve({ onCall: ({ number, call }) => number === 0 && call.pause() });
    const { audio$, speak, flow } = speaker();
    const { predictions, states } = listen(audio$, {
      ...connection,
      closeAfterIdleMs: 100,
      stallTimeoutMs: 400,
      reconnect: { initialDelayMs: 1, maxDelayMs: 2 },
    });
    speak(10_000);
    expect(flow.isHeld).toBe(true);
    await expect.poll(states).toContain('reconnecting 0');
    expect(states()).not.toContain('draining 0');
    await expect.poll(states).toContain('drained 1');
    audio$.complete();
    expect(await predictions).toMatchObject([{ epoch: 1, startMs: 0, endMs: 10_000 }]);
  });

  it('has another call hear what one did not answer that was closed and never ends', async () => {
    const { connection, calls } = await serve({
      onCall: ({ number, call }) => {
        if (number === 0) call.removeAllListeners('end');
      },
    });
    const { audio$, speak } = speaker();
    const { predictions, states, events } = listen(audio$, {
      ...connection,
      closeAfterIdleMs: 100,
      drainTimeoutMs: 200,
      reconnect: { initialDelayMs: 1, maxDelayMs: 2 },
    });
    speak(1000);
    await expect.poll(states).toContain('reconnecting 0');
    expect(events).toContainEqual(expect.objectContaining({ state: 'reconnecting', cause: 'DRAIN_TIMEOUT' }));
    await expect.poll(states).toContain('drained 1');
    audio$.complete();
    expect(await predictions).toMatchObject([{ epoch: 1, startMs: 0, endMs: 1000 }]);
    expect(calls).toHaveLength(2);
  });

  it('has another call hear what one did not answer that fails after its successor has answered', async () => {
    let fail = () => {};
    const { connection } = await serve({
      utterance: 8000,
      onCall: ({ number, call }) => {
        if (number !== 0) return;
        call.removeAllListeners('end').removeAllListeners('data').resume();
        fail = () => endWith(call, { code: 14, details: 'restarting' });
      },
    });
    const { audio$, speak, jump } = speaker();
    const reconnect = { initialDelayMs: 1, maxDelayMs: 2 };
    const { predictions, states } = listen(audio$, { ...connection, closeAfterIdleMs: 5000, reconnect });
    speak(1000);
    jump(10_000);
    speak(1000);
    await expect.poll(states).toContain('open 1');
    audio$.complete();
    await expect.poll(states).toContain('drained 1');
    fail();
    const all = await predictions;
    expect(all.map(({ epoch, startMs, endMs }) => [epoch, startMs, endMs])).toEqual([
      [1, 11_000, 11_500],
      [1, 11_500, 12_000],
      [2, 0, 500],
      [2, 500, 1000],
    ]);
  });

  it('leaves no timer behind', async () => {
    const { connection } = await serve();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const { audio$, speak } = speaker();
    const subscription = audio$.pipe(behavioralSignals({ ...connection, closeAfterIdleMs: 60_000 })).subscribe();
    speak(1000);
    subscription.unsubscribe();
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
