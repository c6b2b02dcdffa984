import { asyncScheduler, map, NEVER, type SchedulerLike, tap } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { FlowGate, type Release } from '../../src/flow/index.js';
import { pace } from '../../src/operators/pace.js';
import { pcmChunk } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'test' };
/** The n-th of 10 ms chunks. */
const piece = (n: number, flow = unboundedFlow) => pcmChunk(new Int16Array(160), 16_000, n * 160, source, flow);
const scheduled = (body: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(body);
const position = map(({ timing }: ReturnType<typeof piece>) => String(timing.position / 160));

describe('pace()', () => {
  it('lets each chunk through when its last sample would have been captured', () => {
    scheduled(({ cold, expectObservable, expectSubscriptions }) => {
      const input = cold('(012|)', { 0: piece(0), 1: piece(1), 2: piece(2) });
      expectObservable(input.pipe(pace(), position)).toBe('10ms 0 9ms 1 9ms (2|)');
      expectSubscriptions(input.subscriptions).toBe('(^!)');
    });
  });

  it('goes faster by the factor of speed', () => {
    scheduled(({ cold, expectObservable }) => {
      expectObservable(cold('(01|)', { 0: piece(0), 1: piece(1) }).pipe(pace({ speed: 2 }), position)).toBe('5ms 0 4ms (1|)');
    });
  });

  it('lets an error through after the audio that came before it', () => {
    scheduled(({ cold, expectObservable }) => {
      expectObservable(cold('(01#)', { 0: piece(0), 1: piece(1) }).pipe(pace(), position)).toBe('10ms 0 9ms (1#)');
    });
  });

  it('clears its timer when unsubscribed', () => {
    scheduled(({ cold, expectObservable, expectSubscriptions }) => {
      const input = cold('(01)', { 0: piece(0), 1: piece(1) });
      expectObservable(input.pipe(pace(), position), '^ 15ms !').toBe('10ms 0');
      expectSubscriptions(input.subscriptions).toBe('^ 15ms !');
    });
  });

  it('stamps chunks with the time they were due', () => {
    scheduled(({ cold, expectObservable }) => {
      const stamps = cold('(01|)', { 0: piece(0), 1: piece(1) }).pipe(
        pace(),
        map(({ timing }) => timing.capturedAtMs),
      );
      expectObservable(stamps).toBe('10ms a 9ms (b|)', { a: 10, b: 20 });
    });
  });

  it('catches up after a stall within the limit, and shifts its schedule beyond it', () => {
    scheduled(({ cold, flush }) => {
      const events: StreamEvent[] = [];
      const seen: { n: number; capturedAtMs: number | undefined }[] = [];
      let release: Release | undefined;
      const input = cold('(0123)', { 0: piece(0), 1: piece(1), 2: piece(2), 3: piece(3) });
      input.pipe(pace({ catchUpMs: 20, events: { next: (event) => events.push(event) } })).subscribe(({ timing, flow }) => {
        seen.push({ n: timing.position / 160, capturedAtMs: timing.capturedAtMs });
        if (timing.position === 0) release = flow.hold();
      });
      cold('50ms x').subscribe(() => release?.());
      flush();
      // Held from 10 to 50 ms: chunk 1 was due at 20 and may come 20 ms late, so the schedule shifts by 10 ms.
      expect(seen).toEqual([
        { n: 0, capturedAtMs: 10 },
        { n: 1, capturedAtMs: 30 },
        { n: 2, capturedAtMs: 40 },
        { n: 3, capturedAtMs: 50 },
      ]);
      expect(events).toMatchObject([{ type: 'diagnostic', code: 'PACE_BEHIND' }]);
    });
  });

  it('holds its source while a chunk waits, and lets go when unsubscribed', () => {
    const gate = new FlowGate();
    const scheduler = new TestScheduler(() => {});
    scheduler.run(({ cold, flush }) => {
      const subscription = cold('a', { a: piece(0, gate) })
        .pipe(pace({ speed: 0.001 }))
        .subscribe();
      cold('5ms x').subscribe(() => {
        expect(gate.holds).toBe(1);
        subscription.unsubscribe();
        expect(gate.holds).toBe(0);
      });
      flush();
    });
  });

  it('lets go of a shared source once its own audio is over, while what is left waits for its time', () => {
    scheduled(({ cold, expectObservable, flush }) => {
      const gate = new FlowGate();
      expectObservable(cold('(01|)', { 0: piece(0, gate), 1: piece(1, gate) }).pipe(pace(), position)).toBe('10ms 0 9ms (1|)');
      cold('5ms x').subscribe(() => expect(gate.holds).toBe(0));
      flush();
    });
  });

  it('goes on at its pace when the clock of the system is set back', () => {
    scheduled(({ cold, expectObservable }) => {
      let setBackMs = 0;
      const scheduler: SchedulerLike = Object.assign(Object.create(asyncScheduler), {
        now: () => asyncScheduler.now() + 1_000_000 - setBackMs,
      });
      const input = cold('(012|)', { 0: piece(0), 1: piece(1), 2: piece(2) });
      const paced = input.pipe(
        pace({ scheduler }),
        position,
        tap((n) => {
          if (n === '0') setBackMs = 500_000;
        }),
      );
      expectObservable(paced).toBe('10ms 0 9ms 1 9ms (2|)');
    });
  });

  it('refuses impossible speeds at once', () => {
    for (const speed of [0, -1, 101, Number.NaN]) {
      expect(() => NEVER.pipe(pace({ speed }))).toThrow(expect.objectContaining({ option: 'pace({ speed })' }));
    }
  });
});
