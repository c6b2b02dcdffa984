import net from 'node:net';
import { NEVER, Subject, type Subscription, startWith } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import type { Prediction } from '../../src/predictions/index.js';
import { type FaultKind, startFaultyService } from '../../src/testing/index.js';
import { type PcmChunk, pcmChunk, pcmSource } from '../support/audio.js';
import { liesWhereHeard, markedChunk, startEchoServer } from '../support/echo-server.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

describe('a session that is torn down', () => {
  /** Uncaught exceptions and rejections while it lasts; vitest's own listeners would fail the run, not the test. */
  function watchProcess() {
    const uncaught: unknown[] = [];
    const note = (error: unknown) => uncaught.push(error);
    process.on('uncaughtExceptionMonitor', note);
    cleanups.push(() => void process.off('uncaughtExceptionMonitor', note));
    return uncaught;
  }

  const kinds = [
    'reset-connection',
    'reset-call',
    'goaway',
    'oversize-result',
    'garbled-result',
    'cut-message',
  ] as const satisfies FaultKind[];

  it.each(kinds)('hears no late error of a %s, whenever that was', async (kind) => {
    const uncaught = watchProcess();
    for (const after of [0, 1, 2, 3, 5, 8, 13, 21, 34]) {
      const at = kind.endsWith('result') || kind === 'cut-message' ? { result: 0 } : { sourceMs: 300 };
      const service = await startFaultyService({
        plan: { faults: [{ kind, at }] },
        script: async (call) => {
          for (let second = 1; await call.audio(second * 100); second += 1)
            call.send({ pid: 1, cid: 1, message_id: second, results: [] });
        },
      });
      const subscription = pcmSource(10_000, 100)
        .source$.pipe(behavioralSignals({ ...service.connection, reconnect: { initialDelayMs: 1, maxDelayMs: 1 } }))
        .subscribe({ error: () => {} });
      await turns(after);
      subscription.unsubscribe();
      await turns(5);
      await expect.poll(() => service.connections).toBe(0);
      await service.close();
    }
    expect(uncaught).toEqual([]);
  });

  it('hears no late error of a server that breaks off the connection being made', async () => {
    const uncaught = watchProcess();
    let subscription: Subscription | undefined;
    const rude = net.createServer((socket) => {
      socket.on('error', () => {}).on('close', () => {});
      subscription?.unsubscribe();
      socket.resetAndDestroy();
    });
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => void rude.close());
    const { port } = rude.address() as net.AddressInfo;
    for (const scheme of ['http', 'https']) {
      const chunk = pcmChunk(new Int16Array(1600), 16_000, 0, { label: 'live' }, unboundedFlow);
      subscription = NEVER.pipe(
        startWith(chunk),
        behavioralSignals({ endpoint: `${scheme}://127.0.0.1:${port}`, cid: 1, apiKey: 'x' }),
      ).subscribe({ error: () => {} });
      await expect.poll(() => subscription?.closed).toBe(true);
      await turns(50);
    }
    expect(uncaught).toEqual([]);
  });
});

describe('a session whose clock is set', () => {
  it.each([
    ['back', -3_600_000],
    ['forward', 86_400_000],
  ])('%s places everything as before, and takes nothing for late', async (_, jumpMs) => {
    const server = await startEchoServer({ utterance: 8000 });
    cleanups.push(server.stop);
    const events: StreamEvent[] = [];
    const predictions: Prediction[] = [];
    const audio$ = new Subject<PcmChunk>();
    let isOver = false;
    audio$
      .pipe(
        behavioralSignals({
          ...server.connection,
          connectTimeoutMs: 5000,
          stallTimeoutMs: 5000,
          drainTimeoutMs: 5000,
          closeAfterIdleMs: 60_000,
          maxStreamDurationMs: 60_000,
          events: { next: (event) => events.push(event) },
        }),
      )
      .subscribe({
        next: (prediction) => predictions.push(prediction),
        complete: () => {
          isOver = true;
        },
      });
    const source = { label: 'live' };
    let position = 0;
    const speak = () => {
      const chunk = markedChunk(1600, 16_000, position, source, unboundedFlow);
      position += 1600;
      audio$.next({ ...chunk, timing: { ...chunk.timing, capturedAtMs: Date.now() } });
    };
    for (let i = 0; i < 12; i += 1) speak();
    await expect.poll(() => predictions.length).toBe(2);
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + jumpMs);
    for (let i = 0; i < 12; i += 1) speak();
    await expect.poll(() => predictions.length).toBe(4);
    audio$.complete();
    await expect.poll(() => isOver).toBe(true);
    expect(predictions.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [0, 500],
      [500, 1000],
      [1000, 1500],
      [1500, 2000],
      [2000, 2400],
    ]);
    expect(predictions.every((prediction) => liesWhereHeard(prediction, server.calls))).toBe(true);
    expect(predictions.every(({ latencyMs }) => latencyMs !== undefined && latencyMs >= 0)).toBe(true);
    expect(events.filter((event) => event.type === 'session').map(({ state }) => state)).toEqual([
      'connecting',
      'open',
      'draining',
      'drained',
      'closed',
    ]);
    expect(events.filter(({ type }) => type === 'gap' || type === 'diagnostic')).toEqual([]);
  });
});
