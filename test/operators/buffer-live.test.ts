import fc from 'fast-check';
import { concat, map, merge, NEVER, Observable, type OperatorFunction, of, Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { DiagnosticEvent, StreamEvent } from '../../src/events/index.js';
import { FlowGate, type Release } from '../../src/flow/index.js';
import { bufferLive } from '../../src/operators/buffer-live.js';
import { type PcmChunk, pcmChunk } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'mic' };
/** The n-th of 100 ms chunks: 3200 bytes each. */
const piece = (n: number, flow = unboundedFlow, of = source) =>
  pcmChunk(new Int16Array(1600).fill(n + 1), 16_000, n * 1600, of, flow);
const pieces = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [String(n), piece(n)]));
const scheduled = (body: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(body);
const ignored = { next: () => {} };
/** The chunk's number, with a bar before it where audio was dropped. */
const number = map(({ timing }: PcmChunk) => `${timing.skipped === 'dropped' ? '/' : ''}${timing.position / 1600}`);
/** A consumer that holds for so long after each chunk. */
const slow =
  (ms: number, scheduler: TestScheduler): OperatorFunction<PcmChunk, PcmChunk> =>
  (input) =>
    new Observable((subscriber) =>
      input.subscribe({
        next: (chunk) => {
          const release = chunk.flow.hold();
          scheduler.schedule(release, ms);
          subscriber.next(chunk);
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
const run = (body: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0], scheduler: TestScheduler) => void) => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run((helpers) => body(helpers, scheduler));
};

describe('bufferLive()', () => {
  it('passes audio on at once while nobody holds', () => {
    scheduled(({ cold, expectObservable, expectSubscriptions }) => {
      const input = cold('0-(12)-3-|', pieces);
      expectObservable(input.pipe(bufferLive(), number)).toBe('0-(ab)-3-|', { 0: '0', a: '1', b: '2', 3: '3' });
      expectSubscriptions(input.subscriptions).toBe('^--------!');
    });
  });

  it('keeps what comes while its consumer holds, and completes after the last of it', () => {
    run(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const input = cold('0123|', pieces);
      expectObservable(input.pipe(bufferLive(), slow(3, scheduler), number)).toBe('0--1--2--3--|');
      expectSubscriptions(input.subscriptions).toBe('^---!');
    });
  });

  it('drops the oldest chunks beyond the bound, and marks the one after them', () => {
    run(({ cold, expectObservable }, scheduler) => {
      const events = new Subject<StreamEvent>();
      const input = cold('0123456|', pieces);
      // Two chunks fit. Held from 0 to 10: of 1 to 6 only 5 and 6 are left.
      expectObservable(input.pipe(bufferLive({ maxBytes: 6400, events }), slow(10, scheduler), number)).toBe(
        '0 9ms a 9ms 6 9ms |',
        { 0: '0', a: '/5', 6: '6' },
      );
      expectObservable(events.pipe(map((event) => (event as DiagnosticEvent).code))).toBe('10ms d', { d: 'AUDIO_DROPPED' });
    });
  });

  it('refuses new chunks with drop-newest, and reports what is missing at the end too', () => {
    run(({ cold, expectObservable, flush }, scheduler) => {
      const seen: DiagnosticEvent[] = [];
      const events = { next: (event: StreamEvent) => void seen.push(event as DiagnosticEvent) };
      const input = cold('0123456|', pieces);
      expectObservable(
        input.pipe(bufferLive({ maxBytes: 6400, overflow: 'drop-newest', events }), slow(10, scheduler), number),
      ).toBe('0 9ms 1 9ms 2 9ms |');
      flush();
      expect(seen).toEqual([
        {
          type: 'diagnostic',
          code: 'AUDIO_DROPPED',
          message: expect.stringContaining('bufferLive() dropped 400 ms of live audio (4 chunks, 12800 bytes)'),
          atMs: 300,
          stream: 'mic',
        },
      ]);
    });
  });

  it('fails with overflow: error after everything that came before, and lets go of its input at once', () => {
    run(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const input = cold('0123456|', pieces);
      const output = input.pipe(bufferLive({ maxBytes: 6400, overflow: 'error' }), slow(10, scheduler), number);
      expectObservable(
        new Observable<string>((subscriber) =>
          output.subscribe({
            next: (text) => subscriber.next(text),
            error: (error) => subscriber.error(error.code),
            complete: () => subscriber.complete(),
          }),
        ),
      ).toBe('0 9ms 1 9ms 2 9ms #', undefined, 'QUEUE_OVERFLOW');
      expectSubscriptions(input.subscriptions).toBe('^--!');
    });
  });

  it('bounds what waits in time as well', () => {
    run(({ cold, expectObservable }, scheduler) => {
      const input = cold('01234|', pieces);
      expectObservable(input.pipe(bufferLive({ maxMs: 150, events: ignored }), slow(10, scheduler), number)).toBe(
        '0 9ms a 9ms |',
        {
          0: '0',
          a: '/4',
        },
      );
    });
  });

  it('passes an error on after what waited', () => {
    run(({ cold, expectObservable }, scheduler) => {
      expectObservable(cold('012#', pieces).pipe(bufferLive(), slow(3, scheduler), number)).toBe('0--1--2--#');
    });
  });

  it('drops what waits when unsubscribed', () => {
    run(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const input = cold('0123---', pieces);
      expectObservable(input.pipe(bufferLive(), slow(3, scheduler), number), '^---!').toBe('0--1');
      expectSubscriptions(input.subscriptions).toBe('^---!');
    });
  });

  it('never holds what is above it', () => {
    const gate = new FlowGate();
    const input = new Subject<PcmChunk>();
    const held: Release[] = [];
    const flows: FlowGate[] = [];
    const subscription = input.pipe(bufferLive({ maxBytes: 6400, events: ignored })).subscribe(({ flow }) => {
      flows.push(flow as FlowGate);
      held.push(flow.hold());
    });
    for (let n = 0; n < 20; n += 1) {
      input.next(piece(n, gate));
      expect(gate.holds).toBe(0);
    }
    subscription.unsubscribe();
    expect(input.observed).toBe(false);
    // What it held itself is forgotten, with all that waited for it.
    expect(flows.map(({ holds }) => holds)).toEqual([0]);
    for (const release of held) release();
    expect(held).toHaveLength(1);
  });

  it('loses exactly whole runs and says so, for any chunks and holds', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ length: fc.nat(3000) }) },
      { weight: 1, arbitrary: fc.constantFrom('hold' as const, 'release' as const) },
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 100 }),
        fc.integer({ min: 1024, max: 20_000 }),
        fc.constantFrom('drop-oldest' as const, 'drop-newest' as const),
        (script, maxBytes, overflow) => {
          const reports: DiagnosticEvent[] = [];
          const events = { next: (event: StreamEvent) => void reports.push(event as DiagnosticEvent) };
          const input = new Subject<PcmChunk>();
          const output: PcmChunk[] = [];
          const pushed: PcmChunk[] = [];
          let completed = false;
          let release: Release | undefined;
          input.pipe(bufferLive({ maxBytes, overflow, events })).subscribe({
            next: (chunk) => {
              expect(release).toBeUndefined();
              output.push(chunk);
            },
            complete: () => {
              completed = true;
            },
          });
          let position = 0;
          for (const step of script) {
            if (step === 'hold') release ??= output.at(-1)?.flow.hold();
            else if (step === 'release') {
              const open = release;
              release = undefined;
              open?.();
            } else {
              const samples = Int16Array.from({ length: step.length }, (_, i) => position + i);
              const chunk = pcmChunk(samples, 16_000, position, source, unboundedFlow);
              position += step.length;
              if (step.length > 0) pushed.push(chunk);
              input.next(chunk);
            }
          }
          const last = release;
          release = undefined;
          last?.();
          input.complete();
          expect(completed).toBe(true);

          // In order, whole, with the same samples in the same place; what jumps is marked, and only that.
          const kept = new Set(output.map(({ timing }) => timing.position));
          const survivors = pushed.filter(({ timing }) => kept.has(timing.position));
          expect(output.every(({ data }, i) => data.equals(survivors[i]!.data))).toBe(true);
          expect(output.map(({ timing }) => timing.position)).toEqual(survivors.map(({ timing }) => timing.position));
          let next = 0;
          let runs = 0;
          for (const { timing, length } of output) {
            expect(timing.skipped).toBe(timing.position === next ? undefined : 'dropped');
            if (timing.position !== next) {
              expect(reports[runs]!.atMs).toBeCloseTo(next / 16, 6);
              runs += 1;
            }
            next = timing.position + length;
          }
          expect(reports).toHaveLength(next === position ? runs : runs + 1);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses options that make no sense at once', () => {
    const refusals: [object, string][] = [
      [{ maxBytes: 0 }, 'bufferLive({ maxBytes })'],
      [{ maxBytes: 1023 }, 'bufferLive({ maxBytes })'],
      [{ maxBytes: 2000.5 }, 'bufferLive({ maxBytes })'],
      [{ maxBytes: Number.POSITIVE_INFINITY }, 'bufferLive({ maxBytes })'],
      [{ maxBytes: '1MB' }, 'bufferLive({ maxBytes })'],
      [{ maxMs: 0 }, 'bufferLive({ maxMs })'],
      [{ maxMs: Number.NaN }, 'bufferLive({ maxMs })'],
      [{ overflow: 'dropOldest' }, 'bufferLive({ overflow })'],
    ];
    for (const [options, option] of refusals) {
      expect(() => NEVER.pipe(bufferLive(options))).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
    }
  });

  it('refuses what is no audio, and merged sources, after what came before', async () => {
    const failing = (input: Observable<PcmChunk>) =>
      new Promise<{ code: string; seen: number }>((resolve) => {
        let seen = 0;
        input.pipe(bufferLive()).subscribe({
          next: () => {
            seen += 1;
          },
          error: ({ code }) => resolve({ code, seen }),
        });
      });
    expect(await failing(concat(of(piece(0)), of(Buffer.alloc(2) as unknown as PcmChunk), NEVER))).toEqual({
      code: 'FORMAT_MISMATCH',
      seen: 1,
    });
    const other = { label: 'other' };
    const merged = merge(of(piece(0)), of(piece(0, unboundedFlow, other)), of(piece(1)), NEVER);
    expect(await failing(merged)).toEqual({ code: 'INTERLEAVED_SOURCES', seen: 2 });
  });
});
