import { describe, expect, test } from 'vitest';
import { PredictionTable } from '../../src/cli/prediction-table.js';
import { claim, noClaim, predicted, score } from './support/predictions.js';

const local = {
  gender: claim('female', 0.958),
  strength: claim('neutral', 0.85),
  speaking_rate: noClaim,
  intensity: score(0.488),
};

describe('the table of predictions', () => {
  test('fits the tasks of the local engine into 80 columns, under a heading', () => {
    const table = new PredictionTable();
    expect(table.lines(predicted([0.704, 6.24], local), 80)).toEqual([
      '',
      'time           ch  level      gender      strength     rate           intensity',
      '0:00.7-0:06.2   0  utterance  female 96%  neutral 85%  no claim       0.49',
    ]);
    expect(table.lines(predicted([7, 9], local, { channel: 1, level: 'segment' }), 80)).toEqual([
      '0:07.0-0:09.0   1  segment    female 96%  neutral 85%  no claim       0.49',
    ]);
  });

  test('names the tasks there is no room for, and shows them when there is', () => {
    const all = { ...local, emotion: claim('angry', 0.6), age: claim('23 - 30', 0.5), yodelling: claim('alpine', 0.9) };
    const table = new PredictionTable();
    const narrow = table.lines(predicted([0, 2], all, { channel: 'mix' }), 60);
    expect(narrow[1]).toBe('time           level      gender      strength');
    expect(narrow[2]).toMatch(/^no room for: rate, emotion, intensity, age, yodelling/);
    for (const line of narrow) expect(line.length).toBeLessThanOrEqual(60);
    const wide = table.lines(predicted([2, 4], all, { channel: 'mix' }), 160);
    expect(wide[1]).toMatch(/emotion +intensity +age +yodelling$/);
    expect(wide[2]).toMatch(/angry 60% +0\.49 +23 - 30 50% +alpine 90%$/);
  });

  test('gives the heading again when a task is new or times grow, and only then', () => {
    const table = new PredictionTable();
    table.lines(predicted([0, 2], local), 80);
    expect(table.lines(predicted([2, 4], local), 80)).toHaveLength(1);
    expect(table.lines(predicted([4, 6], { ...local, deepfake: noClaim }), 120)).toHaveLength(3);
    expect(table.lines(predicted([3599, 3601], local), 120)[2]).toMatch(/^ +59:59\.0-1:00:01\.0 +0 /);
  });

  test('leaves empty what was not answered, and marks what was revised', () => {
    const table = new PredictionTable();
    table.lines(predicted([0, 2], local), 80);
    const [row] = table.lines(predicted([0, 2], { intensity: score(0.5) }, { revision: 1 }), 120);
    expect(row).toMatch(/^0:00\.0-0:02\.0 +0 +utterance +0\.50 +\(revised\)$/);
  });

  test('lets no label steer the terminal', () => {
    const [, , row] = new PredictionTable().lines(predicted([0, 2], { gender: claim('\u001b[2Jx', 0.5) }), 80);
    expect(row).not.toContain('\u001b');
  });

  test('says of deepfakes that nothing was assessed', () => {
    const [, , row] = new PredictionTable().lines(predicted([0, 2], { deepfake: noClaim }), 80);
    expect(row).toContain('not assessed');
  });
});
