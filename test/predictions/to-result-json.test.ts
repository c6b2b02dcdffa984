import { expect, it } from 'vitest';
import { toResultJson } from '../../src/predictions/index.js';

it('gives a gRPC message the documented JSON form, with what the wire cannot carry filled in', () => {
  const json = toResultJson({
    pid: '44676',
    cid: '10000119',
    messageId: 3,
    result: [
      {
        id: '2',
        startTime: '0.487',
        endTime: '2.00',
        task: 'gender',
        prediction: [{ label: 'male', posterior: '1.0' }],
        finalLabel: 'male',
        level: 'segment',
      },
      { id: '2', startTime: '', endTime: 'soon', task: 'intensity', prediction: [{ label: '', score: '0.63', logit: '-0.5' }] },
    ],
  });
  expect(json).toStrictEqual({
    pid: 44676,
    cid: 10000119,
    message_id: 3,
    results: [
      {
        id: '2',
        startTime: '0.487',
        endTime: '2.00',
        task: 'gender',
        prediction: [{ label: 'male', posterior: '1.0', dominantInSegments: null }],
        finalLabel: 'male',
        level: 'segment',
        embedding: '',
        st: 0.487,
        et: 2,
      },
      {
        id: '2',
        startTime: '',
        endTime: 'soon',
        task: 'intensity',
        prediction: [{ label: '', posterior: '', logit: '-0.5', score: '0.63', dominantInSegments: null }],
        finalLabel: '',
        embedding: '',
        st: null,
        et: null,
      },
    ],
  });
});

it('takes a message in which everything is missing', () => {
  expect(toResultJson({})).toStrictEqual({ pid: 0, cid: 0, message_id: 0, results: [] });
});

it('names the level by number too, and shows one it does not know as it came', () => {
  const levels = toResultJson({ result: [{ level: 0 }, { level: 1 }, { level: 7 }] }).results.map((row) => row.level);
  expect(levels).toEqual(['segment', 'utterance', '7']);
});

it('takes a level that is no name at all', () => {
  const levels = [Object.create(null), [], {}, true].map((level) => toResultJson({ result: [{ level }] }).results[0]?.level);
  expect(levels).toEqual(['', '', '', '']);
});
