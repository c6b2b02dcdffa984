import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  delay,
  EMPTY,
  from,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  Observable,
  type OperatorFunction,
  of,
  Subject,
  tap,
  throwError,
  toArray,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { behavioralSignals, channel, decode, fromReadable } from '../../src/index.js';
import { startLocalService } from '../../src/service/index.js';
import { type CallOptions, call, type NamedCallLeg } from '../../src/telephony/index.js';
import { startFaultyService } from '../../src/testing/index.js';
import { floatChunk, type PcmChunk, pausableSource, pcmChunk } from '../support/audio.js';
import { takeAndStop } from '../support/consume.js';
import { KNOWN_CALLS } from '../support/known-calls.js';
import { loudnessVad } from '../support/loudness-vad.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const file = (name: string) => path.join(import.meta.dirname, '../fixtures', name);
const recorded = (name: string) => fromReadable(() => [readFileSync(file(name))], { label: name }).pipe(decode());

/** Options for a call whose events are kept, with a detector that goes by loudness. */
function observed(options: Partial<CallOptions> = {}) {
  const events: StreamEvent[] = [];
  const vad = loudnessVad();
  const of = <Type extends StreamEvent['type']>(type: Type) =>
    events.filter((event): event is Extract<StreamEvent, { type: Type }> => event.type === type);
  return {
    vad,
    events,
    of,
    options: { callId: 'c-1', vad, threshold: 0.1, events: { next: (e: StreamEvent) => events.push(e) }, ...options },
  };
}

const RATE = 8000;
/** Mono 16-bit audio, 100 ms for each character: loud where it is no dot. */
function spoken(row: string, { end, startsAtMs }: { end?: Error; startsAtMs?: number } = {}) {
  const length = RATE / 10;
  return pausableSource<PcmChunk>((index, flow, source) => {
    if (index >= row.length) return undefined;
    const chunk = pcmChunk(new Int16Array(length).fill(row[index] === '.' ? 0 : 20_000), RATE, index * length, source, flow);
    return startsAtMs === undefined
      ? chunk
      : { ...chunk, timing: { ...chunk.timing, capturedAtMs: startsAtMs + (index + 1) * 100 } };
  }, end);
}

/** An analysis that answers every chunk with its own place. */
const echo: OperatorFunction<PcmChunk, { startMs: number; endMs: number }> = map(({ timing, length, format }) => {
  const startMs = (timing.position / format.sampleRate) * 1000;
  return { startMs, endMs: startMs + (length / format.sampleRate) * 1000 };
});

describe('a call that was recorded', () => {
  it.each(['call/support_mulaw_8k.wav', 'call/humans_mulaw_8k.wav'])(
    'is analysed by leg, with the turns of its ground truth: %s',
    async (name) => {
      await using service = await startLocalService({ port: 0 });
      const events: StreamEvent[] = [];
      const predictions = await lastValueFrom(
        call({
          callId: 'c-17',
          source: recorded(name),
          legs: {
            customer: { channel: 0, role: 'customer', analyze: behavioralSignals(service.connection) },
            agent: { channel: 1 },
          },
          events: { next: (event) => events.push(event) },
        }).pipe(toArray()),
      );
      expect(predictions.length).toBeGreaterThan(1);
      for (const { callId, leg, role, callStartMs, startMs } of predictions) {
        expect({ callId, leg, role }).toEqual({ callId: 'c-17', leg: 'customer', role: 'customer' });
        expect(callStartMs).toBeCloseTo(startMs, 6);
      }
      const summary = events.find((event) => event.type === 'call-summary')!;
      expect(events.at(-1)).toBe(summary);
      const spans = KNOWN_CALLS.filter((known) => known.file === name).map(({ spans }) => spans);
      for (const [index, leg] of ['customer', 'agent'].entries()) {
        const talkMs = 1000 * spans[index]!.reduce((sum, [start, end]) => sum + end - start, 0);
        // The detector's edges are soft, and pauses within speech are shorter in the ground truth.
        expect(Math.abs(summary.legs[leg]!.talkMs - talkMs)).toBeLessThan(0.15 * talkMs);
      }
      const gaps = events.filter((event) => event.type === 'turn' && event.kind === 'response-gap');
      expect(gaps.length).toBeGreaterThanOrEqual(1);
      const [firstEnd, answer] = [spans[0]![0]![1] * 1000, spans[1]![0]![0] * 1000];
      const first = gaps.find((gap) => 'leg' in gap && gap.leg === 'agent')!;
      expect(Math.abs(first.startMs - firstEnd)).toBeLessThan(150);
      expect(Math.abs(first.endMs - answer)).toBeLessThan(300);
    },
  );

  it('sends nothing of a leg without analysis anywhere', async () => {
    await using service = await startLocalService({ port: 0 });
    const events: StreamEvent[] = [];
    await lastValueFrom(
      call({
        callId: 'c-1',
        source: recorded('call/support_mulaw_8k.wav'),
        legs: {
          customer: {
            channel: 0,
            analyze: behavioralSignals({ ...service.connection, events: { next: (e) => events.push(e) } }),
          },
          agent: { channel: 1 },
        },
      }),
      { defaultValue: undefined },
    );
    const statistics = events.filter((event) => event.type === 'statistics');
    expect(statistics).toHaveLength(1);
    expect(statistics[0]!.sentMs / 1000).toBeLessThan(15);
  });

  it('takes legs of any rate and encoding, sends them at 16 kHz at most, and aligns them by position', async () => {
    const rates: number[] = [];
    const noteRate: OperatorFunction<PcmChunk, { startMs: number; endMs: number }> = (audio$) =>
      audio$.pipe(
        tap(({ format, length }) => {
          rates.push(format.sampleRate);
          expect(length / format.sampleRate).toBeLessThanOrEqual(0.25);
        }),
        echo,
      );
    const float = pausableSource((index, flow, source) =>
      index < 10 ? floatChunk([new Float32Array(4800), new Float32Array(4800)], 48_000, index * 4800, source, flow) : undefined,
    );
    const { options, of } = observed();
    const results = await lastValueFrom(
      call({
        ...options,
        legs: {
          left: { source: float.source$, analyze: noteRate },
          right: { source: spoken('xxxxxxxxxx').source$, analyze: noteRate, offsetMs: 500 },
        },
      }).pipe(toArray()),
    );
    expect(new Set(rates)).toEqual(new Set([16_000, 8000]));
    const right = results.filter(({ leg }) => leg === 'right');
    expect([right[0]!.callStartMs, right.at(-1)!.callEndMs]).toEqual([500, 1500]);
    expect(of('leg').filter(({ state }) => state === 'joined')).toMatchObject(
      [
        { leg: 'right', alignedBy: 'position', atMs: 500 },
        { leg: 'left', alignedBy: 'position', atMs: 0 },
      ].sort((a, b) => a.leg.localeCompare(b.leg)) as never,
    );
  });

  it('lets the slower leg pace the other', async () => {
    const fast = spoken('x'.repeat(200));
    const slow = spoken('x'.repeat(200));
    let leadChunks = 0;
    const slowly$ = new Observable<PcmChunk>((subscriber) =>
      slow.source$
        .pipe(
          tap((chunk) => {
            const release = chunk.flow.hold();
            setTimeout(release, 1);
          }),
        )
        .subscribe(subscriber),
    );
    const { options } = observed();
    await lastValueFrom(
      call({
        ...options,
        legs: {
          fast: {
            source: fast.source$.pipe(tap(() => (leadChunks = Math.max(leadChunks, fast.probe.emitted - slow.probe.emitted)))),
          },
          slow: { source: slowly$ },
        },
      }),
      { defaultValue: undefined },
    );
    expect(fast.probe.emitted).toBe(200);
    // A second ahead, and what was on its way.
    expect(leadChunks).toBeLessThanOrEqual(13);
    expect([fast.probe.holds, slow.probe.holds]).toEqual([0, 0]);
  });
});

describe('a live call', () => {
  it('puts legs on one clock by when they were captured', async () => {
    const { options, of } = observed();
    await lastValueFrom(
      call({
        ...options,
        legs: {
          customer: { source: spoken('xxxxx...............', { startsAtMs: 1_700_000_000_000 }).source$ },
          agent: { source: spoken('xxxx................', { startsAtMs: 1_700_000_000_800 }).source$ },
        },
      }),
      { defaultValue: undefined },
    );
    expect(of('leg').filter(({ state }) => state === 'joined')).toMatchObject([
      { leg: 'customer', alignedBy: 'captured', atMs: 0 },
      { leg: 'agent', alignedBy: 'captured', atMs: 800 },
    ]);
    const [gap] = of('turn').filter(({ kind }) => kind === 'response-gap');
    expect(gap!.startMs).toBeCloseTo(500, -2);
    expect(gap!.endMs).toBeCloseTo(800, -2);
  });

  it('holds no leg for another, and goes on without one that lags', async () => {
    const customer = spoken(`xxxxx${'.'.repeat(60)}`, { startsAtMs: 0 });
    const { options, of, events } = observed();
    const turned = new Promise<void>((resolve) => {
      const subscription = call({
        ...options,
        legs: { customer: { source: customer.source$ }, agent: { source: NEVER } },
        events: {
          next: (event) => {
            events.push(event);
            if (event.type === 'leg' && event.state === 'left') {
              subscription.unsubscribe();
              resolve();
            }
          },
        },
      }).subscribe();
    });
    await turned;
    expect(customer.probe.holds).toBe(0);
    expect(of('turn').map(({ kind }) => kind)).toContain('turn');
    expect(of('call-summary')).toHaveLength(1);
  });
});

describe('a leg that fails', () => {
  it('is reported, and the others go on', async () => {
    const { options, of } = observed();
    const results = await lastValueFrom(
      call({
        ...options,
        legs: {
          broken: { source: spoken('xxx', { end: new Error('cable pulled') }).source$, analyze: echo },
          fine: { source: spoken('xxxxxxxxxxxxxxxxxxxx').source$, analyze: echo, role: 'customer' },
        },
      }).pipe(toArray()),
    );
    expect(results.filter(({ leg }) => leg === 'fine').at(-1)!.endMs).toBe(2000);
    expect(results.filter(({ leg }) => leg === 'broken').at(-1)!.endMs).toBe(300);
    const told = of('leg').filter(({ leg }) => leg === 'broken');
    expect(told.map(({ state }) => state)).toEqual(['joined', 'failed']);
    expect(told[1]).toMatchObject({ failed: 'audio', error: { message: 'cable pulled' }, atMs: 300 });
    expect(of('diagnostic')).toMatchObject([{ code: 'LEG_FAILED', stream: 'broken' }]);
  });

  it('is still heard for turn-taking when only its analysis failed', async () => {
    const { options, of } = observed();
    const failing: OperatorFunction<PcmChunk, never> = mergeMap(() => throwError(() => new Error('no service')));
    await lastValueFrom(
      call({
        ...options,
        legs: {
          customer: { source: spoken('xxxxx.....').source$, analyze: failing },
          agent: { source: spoken('.......xxx').source$, analyze: echo },
        },
      }),
    );
    expect(
      of('leg')
        .filter(({ leg }) => leg === 'customer')
        .map(({ state }) => state),
    ).toEqual(['joined', 'failed', 'left']);
    expect(of('call-summary')[0]!.legs.customer!.talkMs).toBeCloseTo(500, -2);
  });

  it('ends the call when it was asked to, or when no analysis is left that went well', async () => {
    const failing: OperatorFunction<PcmChunk, never> = mergeMap(() => throwError(() => new Error('no service')));
    const legs = () => ({
      customer: { source: spoken('xxxxx').source$, analyze: failing },
      agent: { source: spoken('xxxxxxxxxx').source$ },
    });
    const isolated = observed();
    await expect(lastValueFrom(call({ ...isolated.options, legs: legs() }))).rejects.toThrow('no service');
    expect(isolated.of('leg').map(({ leg, state }) => `${leg} ${state}`)).toContain('agent left');
    const fatal = observed({ legErrors: 'fatal' });
    await expect(lastValueFrom(call({ ...fatal.options, legs: legs() }))).rejects.toThrow('no service');
    expect(fatal.of('leg').map(({ leg, state }) => `${leg} ${state}`)).not.toContain('agent left');
    expect(fatal.of('call-summary')).toHaveLength(1);
  });

  it('keeps what it was heard to say before its detector failed', async () => {
    let verdicts = 0;
    const vad = loudnessVad({
      before: () => {
        verdicts += 1;
        if (verdicts > 80) throw new Error('out of memory');
      },
    });
    const { options, of } = observed({ vad });
    const audio = Int16Array.from({ length: 2 * RATE }, (_, i) => (i < RATE / 2 ? 20_000 : 0));
    const source = from([pcmChunk(audio, RATE, 0, { label: 'whole' }, unboundedFlow)]);
    await lastValueFrom(call({ ...options, legs: { a: { source } } }), { defaultValue: undefined });
    expect(of('diagnostic')).toMatchObject([{ code: 'VAD_FAILED' }]);
    expect(of('call-summary')).toMatchObject([{ durationMs: 2000, legs: { a: { talkMs: 500, turns: 1 } } }]);
  });

  it('costs the other leg of a real session nothing', async () => {
    const name = 'call/support_mulaw_8k.wav';
    await using healthy = await startLocalService({ port: 0 });
    const fault = { kind: 'status', status: 'UNAUTHENTICATED', at: { sourceMs: 2000 } } as const;
    await using faulty = await startFaultyService({ plan: { faults: [fault] } });
    const { options, of } = observed({ vad: 'light', threshold: 0.3 });
    const decoded$ = recorded(name);
    const results = await lastValueFrom(
      call({
        ...options,
        legs: {
          customer: { source: decoded$.pipe(channel(0)), analyze: behavioralSignals(healthy.connection) },
          other: { source: recorded(name).pipe(channel(1)), analyze: behavioralSignals(faulty.connection) },
        },
      }).pipe(toArray()),
    );
    const alone = await lastValueFrom(
      call({
        callId: 'alone',
        legs: { customer: { source: decoded$.pipe(channel(0)), analyze: behavioralSignals(healthy.connection) } },
      }).pipe(toArray()),
    );
    const places = (list: readonly { leg: string; level: string; startMs: number; endMs: number }[]) =>
      list.filter(({ leg }) => leg === 'customer').map(({ level, startMs, endMs }) => [level, startMs, endMs]);
    expect(places(results)).toEqual(places(alone));
    expect(of('leg').find(({ state }) => state === 'failed')).toMatchObject({
      leg: 'other',
      failed: 'analysis',
      error: { code: 'UNAUTHENTICATED' },
    });
  });
});

describe('legs that come and go', () => {
  it('join while the call goes on, leave without ending it, and may come back', async () => {
    const legs$ = new Subject<NamedCallLeg<'customer' | 'expert'> & { analyze: typeof echo }>();
    const { options, of } = observed();
    const all = lastValueFrom(call({ ...options, legs: legs$ }).pipe(toArray()));
    const expert = () => ({ leg: 'expert' as const, source: spoken('xx').source$, analyze: echo, offsetMs: 500 });
    legs$.next({ leg: 'customer', source: spoken('xxxxxxxxxxxxxxx').source$, analyze: echo });
    legs$.next(expert());
    await expect.poll(() => of('leg').some(({ leg, state }) => leg === 'expert' && state === 'left')).toBe(true);
    legs$.next({ ...expert(), offsetMs: 2000 });
    legs$.complete();
    const results = await all;
    expect(results.filter(({ leg }) => leg === 'expert')).toHaveLength(2);
    expect(of('call-summary')[0]!.legs.expert!.presentMs).toBeCloseTo(400, -2);
  });

  it('are refused under a name that is there', async () => {
    const { options } = observed();
    const twice = of(...[1, 2].map(() => ({ leg: 'customer' as const, source: NEVER, analyze: echo })));
    await expect(lastValueFrom(call({ ...options, legs: twice }))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('are all subscribed before the first begins', async () => {
    const order: string[] = [];
    const leg = (name: string) => ({
      source: new Observable<PcmChunk>((subscriber) => {
        order.push(`${name} begins`);
        subscriber.complete();
      }),
      analyze: (audio$: Observable<PcmChunk>) =>
        new Observable<{ startMs: number; endMs: number }>((subscriber) => {
          order.push(`${name} is ready`);
          return audio$.pipe(echo).subscribe(subscriber);
        }),
    });
    await lastValueFrom(call({ callId: 'c', legs: { a: leg('a'), b: leg('b') } }), { defaultValue: undefined });
    expect(order).toEqual(['a is ready', 'b is ready', 'a begins', 'b begins']);
  });
});

describe('the order of results', () => {
  /** Each leg answers as its diagram says, whatever its audio; a digit is the end of what is answered. */
  function results(orderBy: 'arrival' | 'time', waitMs: number, answers: { a: string; b: string }, expected: string) {
    const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
    scheduler.run(({ cold, expectObservable }) => {
      const leg = (marbles: string) => ({
        source: EMPTY,
        analyze: () => cold(marbles).pipe(map((mark) => ({ startMs: Number(mark) - 1, endMs: Number(mark) }))),
      });
      const legs = { a: leg(answers.a), b: leg(answers.b) };
      const called$ = call({ callId: 'c', orderBy, waitMs, legs, scheduler, events: { next: () => {} } });
      expectObservable(called$.pipe(map((result) => String(result.endMs)))).toBe(expected);
    });
  }

  it('is that of their arrival, unless asked otherwise', () => {
    results('arrival', 20, { a: '-1-3-5|', b: '----2-4-6|' }, '-1-3254-6|');
  });

  it('is that of their ends, when asked, as soon as every leg has answered for that time', () => {
    results('time', 20, { a: '-1-----3-----5|', b: '----2-----4-----6---|' }, '----1--2--3--4--(56)|');
  });

  it('does not wait longer than allowed, and leaves nothing out that comes later', () => {
    results('time', 5, { a: '-1-------|', b: '---------2|' }, '------1--2|');
    results('time', 5, { a: '-3-------|', b: '-------1--|' }, '------31--|');
  });

  it('waits for no leg that is over, and for nothing at the end', () => {
    results('time', 20, { a: '-3-5|', b: '--|' }, '--35|');
    results('time', 20, { a: '-3--|', b: '----#' }, '----(3|)');
  });
});

describe('a call that is left', () => {
  it('lets go of every leg, and leaves no hold, timer or detector', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    for (const stopAfter of [0, 1, 3]) {
      const legs = [spoken('x'.repeat(50)), spoken('x'.repeat(50))] as const;
      const { options, vad, of } = observed({ orderBy: 'time' });
      const seen = await takeAndStop(
        call({
          ...options,
          chunkMs: 100,
          legs: { a: { source: legs[0].source$, analyze: echo }, b: { source: legs[1].source$.pipe(delay(0)) } },
        }),
        stopAfter,
      );
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
      expect(seen()).toBe(stopAfter);
      for (const { probe } of legs) expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
      expect(vad.openStreams).toBe(0);
      expect(of('call-summary')).toHaveLength(1);
    }
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('closes the detector that it loaded, once, however many legs there are', async () => {
    for (const count of [1, 3]) {
      const vad = loudnessVad({ later: true });
      const legs = Object.fromEntries(Array.from({ length: count }, (_, i) => [`leg${i}`, { source: spoken('xx..xx').source$ }]));
      await lastValueFrom(call({ callId: 'c', legs, vad: async () => vad }), { defaultValue: undefined });
      await expect.poll(() => [vad.openStreams, vad.closed]).toEqual([0, 1]);
    }
  });
});

describe('the options', () => {
  const source = NEVER;
  it.each([
    ['callId', { callId: '', legs: { a: { source } } }],
    ['legs', { callId: 'c', legs: {} }],
    ['legs.a', { callId: 'c', legs: { a: {} } }],
    ['legs.a.analyze', { callId: 'c', legs: { a: { source, analyze: 'yes' } } }],
    ['legs.a.channel', { callId: 'c', source, legs: { a: { channel: -1 } } }],
    ['orderBy', { callId: 'c', orderBy: 'leg', legs: { a: { source } } }],
    ['waitMs', { callId: 'c', waitMs: -1, legs: { a: { source } } }],
    ['turns.bridgeMs', { callId: 'c', turns: { bridgeMs: Number.NaN }, legs: { a: { source } } }],
    ['vad', { callId: 'c', vad: 7, legs: { a: { source } } }],
  ])('are checked at once: %s', (option, options) => {
    expect(() => call(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(option) }),
    );
  });
});
