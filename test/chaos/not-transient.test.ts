import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Prediction, StreamingOptions } from '../../src/index.js';
import { type LocalService, startLocalService } from '../../src/service/index.js';
import { comparePredictions, type Fault, startFaultyService } from '../../src/testing/index.js';
import { knownUtterances } from './support/known-utterances.js';
import { pieces, streamRecording } from './support/stream-recording.js';

const recording = knownUtterances(0.5, 6);
const { samples, sampleRate } = recording;
let local: LocalService;
let expected: readonly Prediction[];

beforeAll(async () => {
  local = await startLocalService({ vad: 'light' });
  expected = (await run([])).predictions;
});
afterAll(() => local?.close());

async function run(faults: readonly Fault[], options: Partial<StreamingOptions> = {}) {
  await using service = await startFaultyService({ plan: { faults }, target: local.connection, recording });
  const session = await streamRecording(
    { sampleRate, bytes: () => pieces(samples, sampleRate) },
    { ...service.connection, reconnect: { initialDelayMs: 1, maxDelayMs: 5, maxReplayMs: 1e9 }, ...options },
  );
  expect(service.pending).toEqual([]);
  return { ...session, calls: service.calls };
}

const utterances = (predictions: readonly Prediction[]) => predictions.filter(({ level }) => level === 'utterance');

describe('a final status', () => {
  it.each([
    ['INVALID_ARGUMENT', 'STREAM_FAILED'],
    ['NOT_FOUND', 'STREAM_FAILED'],
    ['ALREADY_EXISTS', 'STREAM_FAILED'],
    ['PERMISSION_DENIED', 'UNAUTHENTICATED'],
    ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
    ['FAILED_PRECONDITION', 'STREAM_FAILED'],
    ['OUT_OF_RANGE', 'STREAM_FAILED'],
    ['UNIMPLEMENTED', 'STREAM_FAILED'],
    ['DATA_LOSS', 'STREAM_FAILED'],
  ] as const)('%s ends the session: no further call, and what came before was delivered', async (status, code) => {
    const { error, calls, predictions } = await run([{ kind: 'status', at: { result: 4 }, status }]);
    expect(error).toMatchObject({ code, retryable: false });
    expect(calls).toBe(1);
    expect(predictions.length).toBeGreaterThan(0);
    const { extra, duplicated, shifted } = comparePredictions(expected, predictions, { tasks: false });
    expect({ extra, duplicated, shifted }).toEqual({ extra: [], duplicated: [], shifted: [] });
  });
});

describe('an answer that is not what it should be', () => {
  it.each(['wrong-id', 'wrong-pid', 'unknown-task', 'unknown-label'] as const)(
    'by %s is passed on as it came, in its place, in the same call',
    async (kind) => {
      const { error, calls, predictions } = await run([{ kind, at: { result: 2 } }]);
      expect(error).toBeUndefined();
      expect(calls).toBe(1);
      const { missing, extra, duplicated, shifted } = comparePredictions(expected, predictions, {
        tasks: false,
        toleranceMs: 0.1,
      });
      expect({ missing, extra, duplicated, shifted }).toEqual({ missing: [], extra: [], duplicated: [], shifted: [] });
      const strange = predictions.filter(
        ({ id, pid, tasks }) =>
          id === 'no-such-utterance' ||
          pid === '9007199254740993' ||
          tasks.charisma?.label === 'spellbinding' ||
          Object.values(tasks).some((task) => (task?.label as string | undefined) === 'unheard of'),
      );
      expect(strange.length).toBeGreaterThan(0);
    },
  );

  it('because it comes twice is a revision of the same key', async () => {
    const { error, predictions } = await run([{ kind: 'repeated-result', at: { result: 2 } }]);
    expect(error).toBeUndefined();
    const again = predictions.filter(({ revision }) => revision > 0);
    expect(again.length).toBeGreaterThan(0);
    expect(new Set(predictions.map(({ key }) => key)).size).toBe(predictions.length - again.length);
    expect(comparePredictions(expected, predictions, { tasks: false }).duplicated).toEqual([]);
  });

  it.each(['garbled-result', 'oversize-result'] as const)('because of a %s makes the session ask again', async (kind) => {
    const { error, calls, predictions } = await run([{ kind, at: { result: 2 } }]);
    expect(error).toBeUndefined();
    expect(calls).toBe(2);
    const { missing, extra, duplicated, shifted } = comparePredictions(utterances(expected), utterances(predictions), {
      tasks: false,
      toleranceMs: 10.1,
    });
    expect({ missing, extra, duplicated, shifted }).toEqual({ missing: [], extra: [], duplicated: [], shifted: [] });
  });
});
