import { describe, expect, expectTypeOf, it } from 'vitest';
import type { StreamResult__Output } from '../../src/grpc/proto/types/behavioral_api/grpc/v1/StreamResult.js';
import {
  hasTask,
  type KnownTask,
  type Level,
  type Prediction,
  parseStreamResult,
  type SegmentPrediction,
  type StreamResultMessage,
  type TaskPrediction,
  type UtterancePrediction,
  type WithTask,
} from '../../src/predictions/index.js';

type Emotion = 'neutral' | 'sad' | 'happy' | 'angry' | (string & {});

// These are checked by the compiler; vitest runs them only so that they are counted.
describe('the types of predictions', () => {
  it('are discriminated on the level', () => {
    expectTypeOf<Prediction['level']>().toEqualTypeOf<Level>();
    expectTypeOf<Extract<Prediction, { level: 'utterance' }>>().toEqualTypeOf<UtterancePrediction>();
    const narrow = (prediction: Prediction) => {
      if (prediction.level === 'segment') expectTypeOf(prediction).toEqualTypeOf<SegmentPrediction>();
      else expectTypeOf(prediction).toEqualTypeOf<UtterancePrediction>();
    };
    expectTypeOf(narrow).toBeFunction();
  });

  it('name the documented labels of a known task and take others', () => {
    expectTypeOf<Prediction['tasks']['emotion']>().toEqualTypeOf<TaskPrediction<Emotion> | undefined>();
    expectTypeOf<NonNullable<Prediction['tasks']['emotion']>['label']>().toEqualTypeOf<Emotion | undefined>();
    expectTypeOf<'happy'>().toExtend<Emotion>();
    expectTypeOf<'bored'>().toExtend<Emotion>();
    expectTypeOf<Prediction['tasks']['speaking_rate']>().not.toEqualTypeOf<Prediction['tasks']['emotion']>();
  });

  it('take any other task, with plain labels', () => {
    expectTypeOf<Prediction['tasks']['sarcasm']>().toEqualTypeOf<TaskPrediction<string> | undefined>();
    expectTypeOf<'emotion'>().toExtend<KnownTask>();
    expectTypeOf<'sarcasm'>().not.toExtend<KnownTask>();
  });

  it('are read-only', () => {
    const prediction = parseStreamResult({ pid: 0, cid: 0, message_id: 0, results: [] })[0] as Prediction | undefined;
    // @ts-expect-error a prediction's fields can't be assigned to
    if (prediction) prediction.startMs = 0;
    // @ts-expect-error nor can its tasks
    if (prediction) prediction.tasks.emotion = undefined;
    expect(prediction).toBeUndefined();
  });

  it('are narrowed by hasTask', () => {
    const narrow = (prediction: Prediction) => {
      if (!hasTask(prediction, 'emotion')) return;
      expectTypeOf(prediction.tasks.emotion.label).toEqualTypeOf<Emotion | undefined>();
      if (prediction.level === 'utterance') expectTypeOf(prediction).toExtend<UtterancePrediction>();
    };
    expectTypeOf(narrow).toBeFunction();
    expectTypeOf<WithTask<Prediction, 'sarcasm'>['tasks']['sarcasm']>().toExtend<TaskPrediction<string>>();
  });

  it('fit what the generated gRPC types give', () => {
    expectTypeOf<StreamResult__Output>().toExtend<StreamResultMessage>();
  });
});
