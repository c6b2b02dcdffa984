import fc from 'fast-check';
import { bufferTime, concatAll, delay, lastValueFrom, map, NEVER, Subject, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Flow, FlowGate } from '../../src/flow/index.js';
import { bounded } from '../../src/operators/bounded.js';
import { mapAsync } from '../../src/operators/map-async.js';
import { type PcmChunk, pcmChunk, pcmSource } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('mapAsync()', () => {
  it('keeps the order of its inputs, whatever order the calls finish in, and bounds what runs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat(4), { maxLength: 20 }), async (concurrency, turns) => {
        const { source$, probe } = pcmSource(turns.length * 10, 10);
        let running = 0;
        let peak = 0;
        const output = await lastValueFrom(
          source$.pipe(
            mapAsync(
              async (chunk) => {
                running += 1;
                peak = Math.max(peak, running);
                const index = chunk.timing.position / 160;
                for (let i = 0; i < turns[index]!; i += 1) await turn();
                running -= 1;
                return index;
              },
              { concurrency },
            ),
            toArray(),
          ),
        );
        expect(output).toEqual(turns.map((_, i) => i));
        expect(peak).toBeLessThanOrEqual(concurrency);
        expect(probe.holds).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('holds the source while its calls run, instead of queueing what arrives', async () => {
    const { source$, probe } = pcmSource(10_000, 10);
    const subscription = source$.pipe(mapAsync(() => new Promise(() => {}), { concurrency: 2 })).subscribe();
    await expect.poll(() => probe.emitted).toBe(2);
    for (let i = 0; i < 20; i += 1) await turn();
    expect(probe.emitted).toBe(2);
    subscription.unsubscribe();
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });

  it('passes the first rejection on and aborts the other calls', async () => {
    const { source$, probe } = pcmSource(1000, 10);
    const signals: AbortSignal[] = [];
    const failed = lastValueFrom(
      source$.pipe(
        mapAsync(
          async (chunk, signal) => {
            signals.push(signal);
            if (chunk.timing.position > 0) throw new Error('model crashed');
            return new Promise(() => {});
          },
          { concurrency: 2 },
        ),
      ),
    );
    await expect(failed).rejects.toThrow('model crashed');
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });

  it('starts no call once it was unsubscribed', async () => {
    const source$ = new Subject<PcmChunk>();
    let calls = 0;
    const subscription = source$.pipe(mapAsync(() => (calls += 1))).subscribe();
    source$.next(pcmChunk(new Int16Array(160), 16_000, 0, { label: 'live' }, unboundedFlow));
    subscription.unsubscribe();
    await turn();
    expect(calls).toBe(0);
  });

  it('passes on an error of the input after the results of what came before it', async () => {
    const { source$ } = pcmSource(30, 10, 16_000, new Error('cable pulled'));
    const results: number[] = [];
    const slow = source$.pipe(
      mapAsync(
        async (chunk) => {
          for (let i = 0; i < 10; i += 1) await turn();
          return chunk.timing.position / 160;
        },
        { concurrency: 3 },
      ),
    );
    const error = await new Promise((resolve) => {
      slow.subscribe({ next: (index) => results.push(index), error: resolve });
    });
    expect(error).toMatchObject({ message: 'cable pulled' });
    expect(results).toEqual([0, 1, 2]);
  });

  it('does not run ahead of a call that never settles', async () => {
    const { source$, probe } = pcmSource(10_000, 10);
    const stuck = (chunk: PcmChunk) => (chunk.timing.position === 0 ? new Promise<never>(() => {}) : chunk);
    const subscription = source$.pipe(mapAsync(stuck, { concurrency: 3 })).subscribe();
    for (let i = 0; i < 50; i += 1) await turn();
    expect(probe.emitted).toBe(3);
    subscription.unsubscribe();
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });

  it('keeps the order when its consumer asks for more from within a result', async () => {
    const source$ = new Subject<{ index: number; flow: Flow }>();
    const seen: number[] = [];
    let next = 0;
    const push = () => source$.next({ index: next++, flow: unboundedFlow });
    const done = new Promise<void>((resolve) => {
      source$.pipe(mapAsync(async ({ index }) => index)).subscribe((index) => {
        seen.push(index);
        if (seen.length < 5) push();
        else resolve();
      });
    });
    for (let i = 0; i < 3; i += 1) push();
    await done;
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it('lets go of a shared source once its own input has ended', () => {
    const source$ = new Subject<{ flow: Flow }>();
    const gate = new FlowGate();
    const subscription = source$.pipe(mapAsync(() => new Promise(() => {}))).subscribe();
    source$.next({ flow: gate });
    expect(gate.holds).toBe(1);
    source$.complete();
    expect(gate.holds).toBe(0);
    subscription.unsubscribe();
  });

  it('takes a synchronous throw for a rejection', async () => {
    const thrown = pcmSource(100, 10).source$.pipe(
      mapAsync(() => {
        throw new Error('typo');
      }),
    );
    await expect(lastValueFrom(thrown)).rejects.toThrow('typo');
  });

  it('refuses what it cannot work with at once', () => {
    expect(() => mapAsync(undefined as never)).toThrow(expect.objectContaining({ option: 'mapAsync(project)' }));
    expect(() => NEVER.pipe(mapAsync(async () => 0, { concurrency: 0 }))).toThrow(
      expect.objectContaining({ option: 'mapAsync({ concurrency })' }),
    );
  });
});

describe('bounded()', () => {
  it('keeps the audio inside a queueing operator below its bound', async () => {
    const { source$, probe } = pcmSource(2000, 10);
    let seen = 0;
    const output = await lastValueFrom(
      source$.pipe(
        bounded(50, (audio$) => audio$.pipe(delay(1))),
        toArray(),
      ),
    );
    for (const chunk of output) {
      expect(chunk.timing.position).toBe(seen * 160);
      seen += 1;
    }
    expect(seen).toBe(200);
    expect(probe.holds).toBe(0);
  });

  it('loses nothing in an operator that begins anew after each emission', async () => {
    const gate = new FlowGate({ onResume: () => emit() });
    const source$ = new Subject<PcmChunk>();
    let emitted = 0;
    // As a stage does, it goes on before it is let go of.
    function emit() {
      for (; emitted < 100 && !gate.isHeld; emitted += 1) {
        source$.next(pcmChunk(new Int16Array(160), 16_000, emitted * 160, { label: 'stage' }, gate));
      }
      if (emitted === 100) source$.complete();
    }
    const output = lastValueFrom(
      source$.pipe(
        bounded(50, (audio$) => audio$.pipe(bufferTime(1), concatAll())),
        map((chunk) => chunk.timing.position / 160),
        toArray(),
      ),
    );
    emit();
    expect(await output).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('holds the source at the bound when nothing comes out', async () => {
    const { source$, probe } = pcmSource(10_000, 10);
    const subscription = source$.pipe(bounded(50, (audio$) => audio$.pipe(delay(1_000_000)))).subscribe();
    await expect.poll(() => probe.holds).toBe(1);
    expect(probe.emitted).toBe(6);
    subscription.unsubscribe();
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });

  it('lets go of a shared source once its own input has ended', () => {
    const source$ = new Subject<PcmChunk>();
    const gate = new FlowGate();
    const subscription = source$.pipe(bounded(5, (audio$) => audio$.pipe(delay(1_000_000)))).subscribe();
    source$.next(pcmChunk(new Int16Array(160), 16_000, 0, { label: 'live' }, gate));
    expect(gate.holds).toBe(1);
    source$.complete();
    expect(gate.holds).toBe(0);
    subscription.unsubscribe();
  });

  it('names what comes out of its inner operators when that is no audio', async () => {
    const { source$, probe } = pcmSource(100, 10);
    const broken = source$.pipe(
      bounded(
        50,
        map(() => undefined as never),
      ),
    );
    await expect(lastValueFrom(broken)).rejects.toMatchObject({ code: 'FORMAT_MISMATCH' });
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
    expect(() => bounded(50, undefined as never)).toThrow(expect.objectContaining({ option: 'bounded(inner)' }));
  });
});
