import { expect, it } from 'vitest';
import { resultRows } from '../../src/service/result-message.js';

it('an engine result becomes one row for each task, in the strings of the documentation', () => {
  const rows = resultRows({
    id: '3',
    level: 'utterance',
    startTime: 0.4870625,
    endTime: 12,
    tasks: [
      {
        task: 'age',
        predictions: [
          { label: '31 - 45', posterior: 0.99874, logit: 6.6755, dominantInSegments: [0] },
          { label: '18 - 22', posterior: 0.00012 },
          { label: '23 - 30', posterior: 0.000001 },
          { label: '46 - 65', posterior: 1 },
        ],
        finalLabel: '31 - 45',
      },
      { task: 'intensity', predictions: [{ score: 0.63217 }], finalLabel: '' },
      { task: 'features', predictions: [], finalLabel: '', embedding: [1, Math.fround(0.1), 1e-9] },
    ],
  });
  const place = { id: '3', level: 'utterance', startTime: '0.487', endTime: '12.00' };
  expect(rows).toEqual([
    {
      ...place,
      task: 'age',
      prediction: [
        { label: '31 - 45', posterior: '0.9987', logit: '6.6755' },
        { label: '18 - 22', posterior: '1e-04' },
        { label: '23 - 30', posterior: '0.0' },
        { label: '46 - 65', posterior: '1.0' },
      ],
      finalLabel: '31 - 45',
    },
    { ...place, task: 'intensity', prediction: [{ label: '', score: '0.6322' }], finalLabel: '' },
    { ...place, task: 'features', prediction: [], finalLabel: '', embedding: '[1.0, 0.1, 1e-09]' },
  ]);
});
