import { Observable, type OperatorFunction } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ofTask } from '../../src/operators/of-task.js';
import { onlySegments } from '../../src/operators/only-segments.js';
import { onlyUtterances } from '../../src/operators/only-utterances.js';
import {
  type Prediction,
  PredictionAssembler,
  type SegmentPrediction,
  type UtterancePrediction,
} from '../../src/predictions/index.js';

function predict(level: 'segment' | 'utterance', task: string): Prediction {
  const row = { id: '1', startTime: '0.00', endTime: '2.00', level, task, prediction: [], finalLabel: 'happy' };
  const locate = () => ({ startMs: 0, endMs: 2000 });
  return new PredictionAssembler().assemble({ result: [row] }, { epoch: 0, engine: 'local', locate })[0]!;
}

const values = {
  s: predict('segment', 'emotion'),
  u: predict('utterance', 'emotion'),
  g: predict('utterance', 'gender'),
  x: predict('segment', 'sarcasm'),
};

/** Runs an operator over a marble diagram and compares what comes out, and when the source was subscribed. */
function check<Out>(
  operator: OperatorFunction<Prediction, Out>,
  source: string,
  expected: string,
  subscription: string,
  stop?: string,
) {
  new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted)).run(({ hot, expectObservable, expectSubscriptions }) => {
    const input = hot<Prediction>(source, values);
    expectObservable(input.pipe(operator) as Observable<unknown>, stop).toBe(expected, values);
    expectSubscriptions(input.subscriptions).toBe(subscription);
  });
}

describe.each([
  ['onlySegments', () => onlySegments(), '-s--x--'],
  ['onlyUtterances', () => onlyUtterances(), '--ug---'],
  ["ofTask('emotion')", () => ofTask('emotion'), '-su----'],
  ["ofTask('sarcasm')", () => ofTask('sarcasm'), '----x--'],
] as [string, () => OperatorFunction<Prediction, Prediction>, string][])('%s', (_, operator, passed) => {
  it('passes on what fits and completes with its source', () => {
    check(operator(), '-sugx--|', `${passed}|`, '^------!');
  });

  it('fails with its source', () => {
    check(operator(), '-sugx--#', `${passed}#`, '^------!');
  });

  it('unsubscribes from its source', () => {
    check(operator(), '-sugx--|', passed, '^------!', '-------!');
  });
});

describe('the types', () => {
  const predictions$ = new Observable<Prediction>();

  it('narrow, and keep what was narrowed before', () => {
    expectTypeOf(predictions$.pipe(onlyUtterances())).toEqualTypeOf<Observable<UtterancePrediction>>();
    expectTypeOf(predictions$.pipe(onlySegments())).toEqualTypeOf<Observable<SegmentPrediction>>();
    const check = () => {
      predictions$.pipe(ofTask('emotion'), onlyUtterances()).subscribe((prediction) => {
        expectTypeOf(prediction.level).toEqualTypeOf<'utterance'>();
        expectTypeOf(prediction.tasks.emotion.label).toEqualTypeOf<
          'neutral' | 'sad' | 'happy' | 'angry' | (string & {}) | undefined
        >();
      });
      predictions$.pipe(onlySegments(), ofTask('gender')).subscribe((prediction) => {
        expectTypeOf(prediction.level).toEqualTypeOf<'segment'>();
        expectTypeOf(prediction.tasks.gender).not.toBeUndefined();
      });
      predictions$
        .pipe(ofTask('sarcasm'))
        .subscribe(({ tasks }) => expectTypeOf(tasks.sarcasm.label).toExtend<string | undefined>());
    };
    expectTypeOf(check).toBeFunction();
  });
});
