import { lastValueFrom, type Observable, Subject, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { GapEvent, StreamEvent } from '../../src/events/index.js';
import type { StreamingOptions } from '../../src/grpc/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import type { Prediction } from '../../src/predictions/index.js';
import type { PcmChunk } from '../support/audio.js';
import {
  type EchoCall,
  type EchoOptions,
  heardRuns,
  liesWhereHeard,
  MODULUS,
  markedChunk,
  startEchoServer,
} from '../support/echo-server.js';
import { endWith } from '../support/scripted-server.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const RATE = 16_000;
const CHUNK = 1600;
const source = { label: 'microphone' };

async function serve(options: EchoOptions) {
  const server = await startEchoServer(options);
  cleanups.push(server.stop);
  return server;
}

function listen(audio$: Observable<PcmChunk>, options: StreamingOptions) {
  const events: StreamEvent[] = [];
  let noted = () => {};
  const reconnecting = new Promise<void>((resolve) => {
    noted = resolve;
  });
  const next = (event: StreamEvent) => {
    events.push(event);
    if (event.type === 'session' && event.state === 'reconnecting') noted();
  };
  const predictions = lastValueFrom(audio$.pipe(behavioralSignals({ ...options, events: { next } }), toArray()));
  const gaps = () => events.filter((event) => event.type === 'gap');
  return { predictions, events, gaps, reconnecting };
}

/** A source that goes on whatever is held. */
function microphone() {
  const audio$ = new Subject<PcmChunk>();
  let position = 0;
  const speak = (chunks: number, length = CHUNK) => {
    for (let i = 0; i < chunks; i += 1) {
      audio$.next(markedChunk(length, RATE, position, source, unboundedFlow));
      position += length;
    }
  };
  return { audio$, speak, spoken: () => position };
}

/** A call heard what was not reported missing, from a position of the source to its end. */
function expectWhole(echo: EchoCall, gaps: readonly GapEvent[], from: number, end: number) {
  const samples = (ms: number) => Math.round((ms * RATE) / 1000);
  const heard: { from: number; length: number }[] = [];
  let position = from;
  for (const { startMs, endMs } of [...gaps, { startMs: (end / RATE) * 1000, endMs: 0 }]) {
    const length = samples(startMs) - position;
    expect(length).toBeGreaterThanOrEqual(0);
    if (length > 0) heard.push({ from: position % MODULUS, length });
    position = samples(endMs);
  }
  expect(heardRuns(echo)).toEqual(heard);
}

function expectExact(predictions: readonly Prediction[], calls: readonly EchoCall[]) {
  expect(predictions.length).toBeGreaterThan(0);
  for (const prediction of predictions) expect(liesWhereHeard(prediction, calls)).toBe(true);
}

describe('a source that can not pause', () => {
  it('loses its oldest unsent audio against a server that reads too slowly, and is told so', async () => {
    const { connection, calls } = await serve({ onCall: ({ call }) => call.pause() });
    const { audio$, speak, spoken } = microphone();
    const { predictions, events, gaps } = listen(audio$, {
      ...connection,
      reconnect: { bufferMs: 3000, initialDelayMs: 1 },
    });
    speak(5);
    await expect.poll(() => calls.length).toBe(1);
    // The transport takes some seconds unread; far more than it and the session take together is dropped.
    speak(1200);
    const dropped = gaps();
    expect(dropped.length).toBeGreaterThan(10);
    for (const { reason, startMs, endMs } of dropped) {
      expect(reason).toBe('dropped');
      // A long loss is told of while it lasts.
      expect(endMs - startMs).toBeLessThanOrEqual(1000);
    }
    calls[0]!.call.resume();
    audio$.complete();
    expectExact(await predictions, calls);
    expectWhole(calls[0]!, gaps(), 0, spoken());
    const lostMs = gaps().reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    const statistics = events.find((event) => event.type === 'statistics')!;
    expect(statistics.droppedMs).toBeCloseTo(lostMs, 6);
    expect(statistics.sentMs + statistics.droppedMs).toBeCloseTo((spoken() / RATE) * 1000, 6);
  });

  it.each([
    ['within the bounds by time', { bufferMs: 2000 }, 2000],
    ['within the bounds by bytes', { bufferBytes: 96_000 }, 3000],
  ])('keeps the newest %s while a call is made, and places what comes after exactly', async (_, bounds, keptMs) => {
    const { connection, calls } = await serve({
      utterance: 8000,
      onAudio: ({ number, received, call }) => {
        if (number === 0 && received === 10 * CHUNK) endWith(call, { code: 14, details: 'restarting' });
      },
    });
    const { audio$, speak, spoken } = microphone();
    const { predictions, gaps, reconnecting } = listen(audio$, {
      ...connection,
      reconnect: { initialDelayMs: 50, maxDelayMs: 50, ...bounds },
    });
    speak(10);
    await reconnecting;
    speak(500);
    audio$.complete();
    const all = await predictions;
    expectExact(all, calls);
    const lostMs = gaps().reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    expect(lostMs).toBe(50_000 - keptMs);
    expect(gaps()[0]!.startMs).toBe(1000);
    expect(all.at(-1)!.endMs).toBe((spoken() / RATE) * 1000);
    expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
  });

  it('always keeps the newest chunk, however small the bounds are beside it', async () => {
    const { connection, calls } = await serve({
      onAudio: ({ number, call }) => {
        if (number === 0) endWith(call, { code: 14, details: 'restarting' });
      },
    });
    const { audio$, speak } = microphone();
    const { predictions, gaps, reconnecting } = listen(audio$, {
      ...connection,
      reconnect: { bufferMs: 1000, bufferBytes: 65_536, initialDelayMs: 50, maxDelayMs: 50 },
    });
    speak(1);
    await reconnecting;
    // Five seconds each: more than the bounds allow.
    speak(3, 80_000);
    audio$.complete();
    expectExact(await predictions, calls);
    expect(gaps()).toMatchObject([
      { reason: 'dropped', startMs: 100, endMs: 5100 },
      { reason: 'dropped', startMs: 5100, endMs: 10_100 },
    ]);
    expectWhole(calls[1]!, gaps(), 0, 1600 + 240_000);
  });

  it('has 45 seconds wait without reconnects', async () => {
    const { connection, calls } = await serve({ onCall: ({ call }) => call.pause() });
    const { audio$, speak, spoken } = microphone();
    const { predictions, gaps } = listen(audio$, { ...connection, reconnect: false });
    speak(450);
    expect(gaps()).toEqual([]);
    speak(100);
    expect(gaps().length).toBeGreaterThan(0);
    await expect.poll(() => calls.length).toBe(1);
    calls[0]!.call.resume();
    audio$.complete();
    expectExact(await predictions, calls);
    expectWhole(calls[0]!, gaps(), 0, spoken());
  });
});
