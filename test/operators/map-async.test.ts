import fc from 'fast-check';
import { delay, lastValueFrom, NEVER, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { bounded } from '../../src/operators/bounded.js';
import { mapAsync } from '../../src/operators/map-async.js';
import { pcmSource } from '../support/audio.js';

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

  it('takes a synchronous throw for a rejection', async () => {
    const thrown = pcmSource(100, 10).source$.pipe(
      mapAsync(() => {
        throw new Error('typo');
      }),
    );
    await expect(lastValueFrom(thrown)).rejects.toThrow('typo');
  });

  it('refuses a concurrency below one at once', () => {
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

  it('holds the source at the bound when nothing comes out', async () => {
    const { source$, probe } = pcmSource(10_000, 10);
    const subscription = source$.pipe(bounded(50, (audio$) => audio$.pipe(delay(1_000_000)))).subscribe();
    await expect.poll(() => probe.holds).toBe(1);
    expect(probe.emitted).toBe(6);
    subscription.unsubscribe();
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });
});
