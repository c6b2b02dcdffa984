import { concat, lastValueFrom, type Observable, type OperatorFunction, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { bounded } from '../../src/operators/bounded.js';
import { bufferLive } from '../../src/operators/buffer-live.js';
import { channel } from '../../src/operators/channel.js';
import { chunk } from '../../src/operators/chunk.js';
import { gateSilence } from '../../src/operators/gate-silence.js';
import { mapAsync } from '../../src/operators/map-async.js';
import { pace } from '../../src/operators/pace.js';
import { resample } from '../../src/operators/resample.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import { type FloatChunk, floatChunk, pausableSource } from '../support/audio.js';
import { holdEach, takeAndStop } from '../support/consume.js';

/** Every operator on audio, as the contract sees it: decoded audio in, something with a position out. */
const operators: [string, () => OperatorFunction<FloatChunk, { length: number }>][] = [
  ['resample()', () => resample(16_000)],
  ['resample() at the same rate', () => resample(48_000)],
  ['toPcm16le()', () => toPcm16le()],
  ['chunk()', () => chunk(20)],
  ['channel()', () => channel(0)],
  ['pace()', () => pace({ speed: 100 })],
  ['gateSilence()', () => (input) => input.pipe(toPcm16le(), gateSilence())],
  ['mapAsync()', () => mapAsync(async (input) => input)],
  ['bounded()', () => bounded(100, (audio$: Observable<FloatChunk>) => audio$)],
  ['bufferLive()', () => bufferLive()],
];

const CHUNKS = 20;
const LENGTH = 1000;

function input(end?: Error) {
  return pausableSource<FloatChunk>(
    (index, flow, source) =>
      index < CHUNKS ? floatChunk([new Float32Array(LENGTH).fill(0.1)], 48_000, index * LENGTH, source, flow) : undefined,
    end,
  );
}

/** Timers and handles of this process that would keep it alive. */
const resources = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe.each(operators)('the operator contract: %s', (_, make) => {
  it('completes with all audio, and leaves no hold, timer or subscription', async () => {
    const timers = resources();
    const { source$, probe } = input();
    const output = await lastValueFrom(source$.pipe(make(), toArray()));
    const seconds = output.reduce((sum, { length }) => sum + length, 0);
    expect([CHUNKS * LENGTH, Math.round((CHUNKS * LENGTH) / 3)]).toContain(seconds);
    expect(probe).toMatchObject({ holds: 0, subscribed: 1, unsubscribed: 1 });
    expect(resources()).toBeLessThanOrEqual(timers);
  });

  it('passes on an error after what came before it, and leaves nothing', async () => {
    const { source$, probe } = input(new Error('cable pulled'));
    let seen = 0;
    const error = await new Promise((resolve) => {
      source$.pipe(make()).subscribe({
        next: ({ length }) => {
          seen += length;
        },
        error: resolve,
      });
    });
    expect(error).toMatchObject({ message: 'cable pulled' });
    expect([CHUNKS * LENGTH, Math.round((CHUNKS * LENGTH) / 3)]).toContain(seen);
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });

  it('stops at once when unsubscribed, before, between and during emissions', async () => {
    for (const stopAfter of [0, 1, 3]) {
      const timers = resources();
      const { source$, probe } = input();
      const seen = await takeAndStop(source$.pipe(make()), stopAfter);
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
      expect(seen()).toBe(stopAfter);
      expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
      expect(resources()).toBeLessThanOrEqual(timers);
    }
  });

  it('emits nothing while its consumer holds, and loses nothing by it', async () => {
    const { source$, probe } = input();
    let seen = 0;
    await holdEach(source$.pipe(make()) as Observable<FloatChunk>, ({ length }) => {
      seen += length;
    });
    expect([CHUNKS * LENGTH, Math.round((CHUNKS * LENGTH) / 3)]).toContain(seen);
    expect(probe.holds).toBe(0);
  });

  it('keeps no state between subscriptions', async () => {
    const operator = make();
    const { source$ } = input();
    const [first, second] = [
      await lastValueFrom(source$.pipe(operator, toArray())),
      await lastValueFrom(source$.pipe(operator, toArray())),
    ];
    expect(second.map(({ length }) => length)).toEqual(first.map(({ length }) => length));
  });

  it('takes sources one after the other', async () => {
    const total = await lastValueFrom(concat(input().source$, input().source$).pipe(make(), toArray()));
    const seconds = total.reduce((sum, { length }) => sum + length, 0);
    expect([2 * CHUNKS * LENGTH, 2 * Math.round((CHUNKS * LENGTH) / 3)]).toContain(seconds);
  });
});
