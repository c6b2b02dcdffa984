import path from 'node:path';
import { lastValueFrom, type Observable, Subject, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionEvent, StreamEvent } from '../../src/events/index.js';
import type { StreamingOptions } from '../../src/grpc/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { channel } from '../../src/operators/channel.js';
import { chunk } from '../../src/operators/chunk.js';
import { decode } from '../../src/operators/decode.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import type { Prediction } from '../../src/predictions/index.js';
import { type LocalService, startLocalService } from '../../src/service/index.js';
import { fromFile } from '../../src/sources/from-file.js';
import { startFaultyService } from '../../src/testing/index.js';
import { type PcmChunk, pausableSource, pcmChunk } from '../support/audio.js';
import { type EchoOptions, heardRuns, liesWhereHeard, markedChunk, startEchoServer } from '../support/echo-server.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function listen(audio$: Observable<PcmChunk>, options: StreamingOptions) {
  const events: StreamEvent[] = [];
  const predictions = lastValueFrom(
    audio$.pipe(behavioralSignals({ ...options, events: { next: (event) => events.push(event) } }), toArray()),
  );
  const states = () => events.filter((event) => event.type === 'session').map(({ state, epoch }) => `${state} ${epoch}`);
  return { predictions, events, states };
}

describe('a call whose server says GOAWAY', () => {
  const RATE = 8000;
  let service: LocalService;
  /** One party of a call of two real people: 25 s. */
  let samples: Int16Array;
  let expected: Prediction[];

  const source$ = () =>
    pausableSource<PcmChunk>((index, flow, source) => {
      const from = index * 800;
      return from < samples.length ? pcmChunk(samples.subarray(from, from + 800), RATE, from, source, flow) : undefined;
    }).source$.pipe(chunk(100));
  const utterances = (predictions: readonly Prediction[]) => predictions.filter(({ level }) => level === 'utterance');

  beforeAll(async () => {
    service = await startLocalService({ vad: 'silero' });
    const file = path.join(import.meta.dirname, '../fixtures/call/humans_mulaw_8k.wav');
    const chunks = await lastValueFrom(fromFile(file).pipe(decode(), channel(0), toPcm16le(), toArray()));
    const bytes = Buffer.concat(chunks.map(({ data }) => data));
    samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    expected = utterances(await listen(source$(), service.connection).predictions);
  });
  afterAll(() => service?.close());

  it.each([
    ['and lets it end', [2000, 9000, 17_500], undefined],
    ['and ends it soon', [5000, 14_000], 20],
    ['and ends it at once', [3000, 6000, 12_000, 20_000], 0],
  ])('%s gives the same utterances', async (_, positions, graceMs) => {
    const faults = positions.map(
      (sourceMs) => ({ kind: 'goaway', at: { sourceMs }, ...(graceMs !== undefined && { graceMs }) }) as const,
    );
    const faulty = await startFaultyService({
      plan: { faults },
      target: service.connection,
      recording: { samples, sampleRate: RATE },
    });
    cleanups.push(() => faulty.close());
    const { predictions, events, states } = listen(source$(), {
      ...faulty.connection,
      reconnect: { initialDelayMs: 1, maxDelayMs: 5 },
    });
    const found = utterances(await predictions);
    expect(faulty.pending).toEqual([]);
    expect(found).toHaveLength(expected.length);
    for (const [i, { startMs, endMs }] of expected.entries()) {
      // A frame of the detector.
      expect(Math.abs(found[i]!.startMs - startMs)).toBeLessThanOrEqual(32);
      expect(Math.abs(found[i]!.endMs - endMs)).toBeLessThanOrEqual(32);
    }
    expect(events.filter(({ type }) => type === 'gap')).toEqual([]);
    expect(events.findLast((event) => event.type === 'statistics')).toMatchObject({ sentMs: (samples.length / RATE) * 1000 });
    if (graceMs === undefined) {
      expect(states().filter((state) => state.startsWith('rotated')).length).toBeGreaterThan(0);
      expect(states().filter((state) => state.startsWith('reconnecting'))).toEqual([]);
    }
  });
});

describe('a session that moves on', () => {
  const RATE = 16_000;
  const source = { label: 'live' };

  async function serve(options: EchoOptions = {}) {
    const server = await startEchoServer(options);
    cleanups.push(server.stop);
    return server;
  }

  /** Speaks a second at a time, and waits until it was heard. */
  function speaker(heard: () => number) {
    const audio$ = new Subject<PcmChunk>();
    let position = 0;
    const speak = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        for (let i = 0; i < 10; i += 1) {
          audio$.next(markedChunk(1600, RATE, position, source, unboundedFlow));
          position += 1600;
        }
        await expect.poll(heard, { interval: 2 }).toBeGreaterThanOrEqual(position);
      }
    };
    return { audio$, speak, spoken: () => position };
  }

  /** A proxy, which never says GOAWAY. */
  async function proxyTo(port: number) {
    const proxy = await startTcpProxy(port);
    cleanups.push(proxy.close);
    return proxy;
  }

  it('goes on with the old call while the new one is made, then replays a monologue from its start', async () => {
    const { connection, port, calls } = await serve();
    const proxy = await proxyTo(port);
    const { endpoint, shut, open } = proxy;
    const { audio$, speak, spoken } = speaker(() => Math.max(...calls.map(({ received }) => received), 0));
    const { predictions, states, events } = listen(audio$, { ...connection, endpoint, maxStreamDurationMs: 1000 });
    await speak(1);
    shut();
    await speak(30);
    expect(proxy.waiting).toBe(1);
    expect(calls).toHaveLength(1);
    expect(states()).toEqual(['connecting 0', 'open 0', 'connecting 1']);
    open();
    await expect.poll(() => states()).toContain('rotated 0');
    expect(states().slice(3, 6)).toEqual(['open 1', 'rotated 0', 'draining 0']);
    await speak(1);
    audio$.complete();
    const all = await predictions;
    expect(all.map(({ epoch, startMs, endMs }) => [epoch, startMs, endMs])).toEqual([[1, 0, (spoken() / RATE) * 1000]]);
    expect(heardRuns(calls[1]!)).toEqual([{ from: 0, length: spoken() }]);
    expect(all.every((prediction) => liesWhereHeard(prediction, calls))).toBe(true);
    expect(events.filter(({ type }) => type === 'gap')).toEqual([]);
  });

  it('waits no longer than five seconds of audio for a pause after GOAWAY', async () => {
    const { connection, port, calls } = await serve();
    const first = await serve();
    const proxy = await proxyTo(first.port);
    const { endpoint } = proxy;
    const heard = () => Math.max(...[...first.calls, ...calls].map(({ received }) => received), 0);
    const { audio$, speak, spoken } = speaker(heard);
    const { predictions, states } = listen(audio$, { ...connection, endpoint });
    await speak(2);
    proxy.target = port;
    first.leave();
    await expect.poll(() => states()).toContain('open 1');
    await speak(4);
    expect(states()).not.toContain('rotated 0');
    await speak(2);
    expect(states()).toContain('rotated 0');
    audio$.complete();
    expect((await predictions).map(({ epoch, startMs, endMs }) => [epoch, startMs, endMs])).toEqual([
      [1, 0, (spoken() / RATE) * 1000],
    ]);
    expect(states()).not.toContain('reconnecting 0');
  });

  it('moves on in a pause, when an utterance was answered', async () => {
    const { connection, port, calls } = await serve();
    const first = await serve({ utterance: 3 * RATE });
    const proxy = await proxyTo(first.port);
    const { endpoint } = proxy;
    const heard = () => first.calls.concat(calls).reduce((sum, { received }) => sum + received, 0);
    const { audio$, speak, spoken } = speaker(heard);
    const { predictions, states } = listen(audio$, { ...connection, endpoint });
    await speak(1);
    proxy.target = port;
    first.leave();
    await expect.poll(() => states()).toContain('open 1');
    await speak(2);
    await expect.poll(() => states()).toContain('rotated 0');
    await speak(5);
    audio$.complete();
    const all = await predictions;
    expect(all[0]).toMatchObject({ epoch: 0, startMs: 0, endMs: 3000 });
    expect(all.at(-1)).toMatchObject({ epoch: 1, endMs: (spoken() / RATE) * 1000 });
    expect(all).toHaveLength(2);
  });

  it('keeps its call to the end when no new one can be opened', async () => {
    const { connection, calls, leave } = await serve({ utterance: 2 * RATE });
    const { audio$, speak, spoken } = speaker(() => calls[0]?.received ?? 0);
    const { predictions, events, states } = listen(audio$, { ...connection, reconnect: { initialDelayMs: 1, maxDelayMs: 5 } });
    await speak(1);
    leave();
    await expect.poll(() => states()).toContain('unused 1');
    await speak(20);
    audio$.complete();
    const all = await predictions;
    expect(calls).toHaveLength(1);
    expect(all.at(-1)).toMatchObject({ epoch: 0, endMs: (spoken() / RATE) * 1000 });
    const unused = events.filter((event): event is SessionEvent => event.type === 'session' && event.state === 'unused');
    expect(unused[0]).toMatchObject({ epoch: 1, cause: 'STREAM_FAILED' });
    expect(states().filter((state) => /rotated|reconnecting/.test(state))).toEqual([]);
  });

  it.each(['unsubscribing', 'the end of the audio'])('leaves no call behind that it did not need: %s', async (how) => {
    const { connection, port, calls } = await serve({ utterance: RATE });
    const proxy = await proxyTo(port);
    const { endpoint, shut } = proxy;
    const { audio$, speak } = speaker(() => calls[0]?.received ?? 0);
    const states: string[] = [];
    const next = (event: StreamEvent) => event.type === 'session' && states.push(`${event.state} ${event.epoch}`);
    let isOver = false;
    const subscription = audio$
      .pipe(behavioralSignals({ ...connection, endpoint, maxStreamDurationMs: 1000, events: { next } }))
      .subscribe({
        complete: () => {
          isOver = true;
        },
      });
    await speak(1);
    shut();
    await speak(2);
    expect(proxy.waiting).toBe(1);
    if (how === 'unsubscribing') subscription.unsubscribe();
    else {
      audio$.complete();
      await expect.poll(() => isOver).toBe(true);
    }
    expect(states).toContain('unused 1');
    expect(states.at(-1)).toMatch(/^closed/);
    expect(states.filter((state) => state.startsWith('closed'))).toHaveLength(1);
  });
});
