import { firstValueFrom, NEVER, type Observable, of, shareReplay, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { forTurn } from '../../src/operators/for-turn.js';
import { type Prediction, PredictionAssembler } from '../../src/predictions/index.js';

/** A prediction from and to seconds. */
function predict(level: 'segment' | 'utterance', startS: number, endS: number, task = 'emotion'): Prediction {
  const row = {
    id: String(startS),
    startTime: String(startS),
    endTime: String(endS),
    level,
    task,
    prediction: [],
    finalLabel: 'happy',
  };
  const locate = (_: number, seconds: number) => ({ startMs: seconds * 1000, endMs: seconds * 1000 });
  const [made] = new PredictionAssembler().assemble({ result: [row] }, { epoch: 0, engine: 'local', locate: locate as never });
  return { ...made!, startMs: startS * 1000, endMs: endS * 1000 };
}

/** The turn is from 10 to 14 s. */
const turn = (waitMs?: number) => forTurn(10_000, 14_000, waitMs === undefined ? {} : { waitMs });
const values = {
  /** The caller's previous utterance, which ends before the turn, and one that only reaches into it. */
  p: predict('utterance', 5, 9),
  r: predict('utterance', 6, 10.5),
  /** The turn's utterance. */
  u: predict('utterance', 10.2, 13.9),
  /** The same in two parts, and a short first word. */
  a: predict('utterance', 10.1, 11.9),
  b: predict('utterance', 12.3, 13.9),
  w: predict('utterance', 10, 10.6),
  /** What the caller goes on to say, before and after the turn's end. */
  l: predict('utterance', 13.8, 20),
  n: predict('utterance', 15, 18),
  /** Segments. */
  s: predict('segment', 10.2, 12.2),
  t: predict('segment', 12.2, 14.2),
  o: predict('segment', 6, 8),
};

function check(
  source: string,
  expected: string,
  subscription: string,
  { waitMs = 5, stop }: { waitMs?: number; stop?: string } = {},
) {
  new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted)).run(({ hot, expectObservable, expectSubscriptions }) => {
    const input = hot<Prediction>(source, values);
    expectObservable(input.pipe(turn(waitMs)), stop).toBe(expected, values);
    expectSubscriptions(input.subscriptions).toBe(subscription);
  });
}

describe('forTurn()', () => {
  it("emits the turn's utterance as soon as it is there, and completes", () => {
    check('-s-u---', '---(u|)', '^--!');
  });

  it('passes over what belongs to other turns', () => {
    check('-o-p-u---', '-----(u|)', '^----!', { waitMs: 20 });
    check('-r-l-u---', '-----(u|)', '^----!', { waitMs: 20 });
  });

  it('emits the latest segment after the wait', () => {
    check('-s-t------', '-----(t|)', '^----!');
    check('-t-s------', '-----(t|)', '^----!');
    // Sooner than an utterance that comes too late.
    check('-s------u-', '-----(s|)', '^----!');
  });

  it('takes the utterance that shares most with the turn, and waits while a better one can come', () => {
    // 0.6 s of 4 are no reason not to wait for the rest of the turn.
    check('-w--b---', '----(b|)', '^---!', { waitMs: 20 });
    check('-w--------', '-----(w|)', '^----!');
    // After the first of two parts the second can be the larger one; after the second it is known that it wasn't.
    check('-a---b----', '-----(a|)', '^----!', { waitMs: 20 });
    check('-a--------', '-----(a|)', '^----!');
    // Nothing better can come once the caller says the next thing.
    check('-w---n----', '-----(w|)', '^----!', { waitMs: 20 });
  });

  it('prefers a segment of the turn to the neighbours of the turn, and those to nothing', () => {
    check('-r-s------', '-----(s|)', '^----!');
    check('-r--------', '-----(r|)', '^----!');
    check('-r-l------', '-----(r|)', '^----!');
  });

  it('completes without a prediction when there is none', () => {
    check('-p-n-o-----', '-----|', '^----!');
  });

  it('has its answer at once from what was replayed, even without a wait', async () => {
    const predictions$ = of(values.p, values.s, values.u, values.n).pipe(shareReplay(50));
    await firstValueFrom(predictions$);
    expect(await firstValueFrom(predictions$.pipe(forTurn(10_000, 14_000, { waitMs: 0 })))).toBe(values.u);
    expect(await firstValueFrom(predictions$.pipe(forTurn(0, 4000, { waitMs: 0 })), { defaultValue: undefined })).toBeUndefined();
  });

  it('does not wait once the input ends', () => {
    check('-s-|', '---(s|)', '^--!', { waitMs: 20 });
    check('-a-|', '---(a|)', '^--!', { waitMs: 20 });
    check('-o-|', '---|', '^--!', { waitMs: 20 });
  });

  it('passes an error on after what there was', () => {
    check('-s-#', '---(s#)', '^--!', { waitMs: 20 });
    check('-o-#', '---#', '^--!', { waitMs: 20 });
  });

  it('unsubscribes from its source, and clears its timer', () => {
    check('-s---------', '', '^--!', { waitMs: 6, stop: '^--!' });
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    NEVER.pipe(turn(60_000)).subscribe().unsubscribe();
    (of(values.u) as Observable<Prediction>).pipe(turn(60_000)).subscribe();
    throwError(() => new Error('gone'))
      .pipe(turn(60_000))
      .subscribe({ error: () => {} });
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(before);
  });

  it('takes a revision with more tasks for what it revises', () => {
    const revised = { ...predict('segment', 10.2, 12.2, 'gender'), revision: 1 };
    new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted)).run(({ hot, expectObservable }) => {
      expectObservable(hot<Prediction>('-s-v----', { ...values, v: revised }).pipe(turn(5))).toBe('-----(v|)', { v: revised });
    });
  });

  it('refuses times and waits that make no sense at once', () => {
    const refusals: [number, number, object, string][] = [
      [-1, 10, {}, 'forTurn(startMs)'],
      [Number.NaN, 10, {}, 'forTurn(startMs)'],
      [0, Number.POSITIVE_INFINITY, {}, 'forTurn(endMs)'],
      [10, 10, {}, 'forTurn(endMs)'],
      [10, 5, {}, 'forTurn(endMs)'],
      [0, 10, { waitMs: -1 }, 'forTurn({ waitMs })'],
      [0, 10, { waitMs: 2 ** 31 }, 'forTurn({ waitMs })'],
      [0, 10, { waitMs: '5' }, 'forTurn({ waitMs })'],
    ];
    for (const [startMs, endMs, options, option] of refusals) {
      expect(() => forTurn(startMs, endMs, options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
    }
  });
});
