import { describe, expect, it } from 'vitest';
import {
  type AssembleContext,
  type InferenceResultMessage,
  PredictionAssembler,
  type StreamResultMessage,
} from '../../src/predictions/index.js';

const context: AssembleContext = {
  epoch: 0,
  engine: 'local',
  locate: (startTime, endTime) => ({ startMs: 5000 + startTime * 1000, endMs: 5000 + endTime * 1000 }),
};

function row(task: string, fields: InferenceResultMessage = {}): InferenceResultMessage {
  return {
    id: '1',
    startTime: '0.00',
    endTime: '2.00',
    level: 'segment',
    task,
    prediction: [{ label: `${task}-label`, posterior: '0.7' }],
    finalLabel: `${task}-label`,
    ...fields,
  };
}

function message(result: InferenceResultMessage[], messageId = 0): StreamResultMessage {
  return { pid: '7', cid: '42', messageId, result };
}

describe('one message', () => {
  it('gives one prediction with all tasks of a segment', () => {
    const [prediction, ...more] = new PredictionAssembler().assemble(message([row('gender'), row('emotion')]), context);
    expect(more).toEqual([]);
    expect(prediction).toMatchObject({ level: 'segment', engine: 'local', startMs: 5000, endMs: 7000, startTime: 0, endTime: 2 });
    expect(Object.keys(prediction!.tasks)).toEqual(['gender', 'emotion']);
  });

  it('is split by id, by level and by span, interleaved as they may be', () => {
    const predictions = new PredictionAssembler().assemble(
      message([
        row('gender'),
        row('gender', { level: 'utterance', endTime: '3.10' }),
        row('gender', { startTime: '2.00', endTime: '4.00' }),
        row('gender', { id: '2' }),
        row('emotion'),
        row('emotion', { level: 'utterance', endTime: '3.10' }),
      ]),
      context,
    );
    expect(predictions.map(({ level, id, startTime, tasks }) => [level, id, startTime, Object.keys(tasks).join()])).toEqual([
      ['segment', '1', 0, 'gender,emotion'],
      ['utterance', '1', 0, 'gender,emotion'],
      ['segment', '1', 2, 'gender'],
      ['segment', '2', 0, 'gender'],
    ]);
    expect(new Set(predictions.map(({ key }) => key)).size).toBe(4);
  });

  it('that gives a task twice gives both answers, the second as a revision', () => {
    const second = row('gender', { finalLabel: 'other' });
    const predictions = new PredictionAssembler().assemble(message([row('gender'), second]), context);
    expect(predictions.map(({ revision, tasks }) => [revision, tasks.gender?.label])).toEqual([
      [0, 'gender-label'],
      [1, 'other'],
    ]);
  });

  it('is not held up by a row that says nothing', () => {
    const assembler = new PredictionAssembler();
    assembler.assemble(message([row('gender')]), context);
    const [prediction] = assembler.assemble(message([{}]), context);
    expect(prediction).toMatchObject({ level: 'segment', id: '', startMs: 7000, endMs: 7000 });
    expect(prediction).not.toHaveProperty('startTime');
    expect(prediction?.tasks['']).toEqual({ predictions: [] });
  });

  it('with unreadable numbers has them absent, and is otherwise complete', () => {
    const odd = row('gender', { endTime: 'later', prediction: [{ label: 'male', posterior: '--' }] });
    const [prediction] = new PredictionAssembler().assemble(message([odd]), context);
    expect(prediction).toMatchObject({ startTime: 0, startMs: 5000, endMs: 5000 });
    expect(prediction).not.toHaveProperty('endTime');
    expect(prediction?.tasks.gender).not.toHaveProperty('top');
    expect(prediction?.tasks.gender?.predictions[0]).toMatchObject({ label: 'male', raw: { posterior: '--' } });
  });
});

describe('a missing level', () => {
  const levelOf = (fields: InferenceResultMessage, level?: 'segment' | 'utterance') => {
    const unnamed = { ...row('gender', fields), level: null };
    return new PredictionAssembler().assemble(message([unnamed]), { ...context, level })[0]?.level;
  };

  it('is the one that was asked for, if it was one', () => {
    expect(levelOf({}, 'utterance')).toBe('utterance');
    expect(levelOf({ endTime: '9.00' }, 'segment')).toBe('segment');
  });

  it('is told by the length otherwise: two seconds are a segment', () => {
    expect(levelOf({ startTime: '0.49', endTime: '2.49' })).toBe('segment');
    expect(levelOf({ startTime: '0.49', endTime: '2.50' })).toBe('segment');
    expect(levelOf({ startTime: '0.49', endTime: '2.60' })).toBe('utterance');
    expect(levelOf({ startTime: '' })).toBe('segment');
  });
});

describe('several messages', () => {
  it('of one segment give revisions with all tasks known so far', () => {
    const assembler = new PredictionAssembler();
    const [first] = assembler.assemble(message([row('gender')], 0), context);
    const [second] = assembler.assemble(message([row('emotion')], 1), context);
    expect([first?.revision, second?.revision]).toEqual([0, 1]);
    expect(second?.key).toBe(first?.key);
    expect(second?.messageId).toBe(1);
    expect(Object.keys(second!.tasks)).toEqual(['gender', 'emotion']);
    expect(Object.keys(first!.tasks)).toEqual(['gender']);
  });

  it('of one segment share a key even when the service writes its times differently', () => {
    const assembler = new PredictionAssembler();
    const [first] = assembler.assemble(message([row('gender')]), context);
    const [second] = assembler.assemble(message([row('emotion', { startTime: '0.0', endTime: '2.0' })]), context);
    expect(second?.key).toBe(first?.key);
  });

  it('of two server calls stay apart, though ids and times repeat', () => {
    const assembler = new PredictionAssembler();
    const [first] = assembler.assemble(message([row('gender')]), context);
    const [second] = assembler.assemble(message([row('emotion')]), { ...context, epoch: 1 });
    expect(second?.revision).toBe(0);
    expect(second?.key).not.toBe(first?.key);
  });

  it('are remembered up to a bound, the least recent forgotten first', () => {
    const assembler = new PredictionAssembler({ maxKeys: 2 });
    const late = (id: string) => assembler.assemble(message([row('emotion', { id })]), context)[0]?.revision;
    for (const id of ['a', 'b']) assembler.assemble(message([row('gender', { id })]), context);
    expect(late('a')).toBe(1);
    assembler.assemble(message([row('gender', { id: 'c' })]), context);
    expect(late('a')).toBe(2);
    expect(late('b')).toBe(0);
  });

  it('carry wall time and latency where the session knows them', () => {
    const live = { ...context, locate: () => ({ startMs: 0, endMs: 2000, wallMs: 1_700_000_000_000, latencyMs: 120 }) };
    const [prediction] = new PredictionAssembler().assemble(message([row('gender')]), live);
    expect(prediction).toMatchObject({ wallMs: 1_700_000_000_000, latencyMs: 120 });
    expect(JSON.parse(JSON.stringify(prediction))).toStrictEqual(prediction);
  });
});
