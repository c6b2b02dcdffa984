import { AssertionError } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Prediction, parseStreamResult } from '../../src/predictions/index.js';
import { comparePredictions, expectSamePredictions, expectSameUtterances } from '../../src/testing/index.js';

/** A prediction as the wire's parser makes it. */
function prediction(
  level: 'segment' | 'utterance',
  startMs: number,
  endMs: number,
  emotion = 'happy',
  posterior = 0.75,
): Prediction {
  const [made] = parseStreamResult(
    {
      pid: 1,
      cid: 1,
      message_id: 0,
      results: [
        {
          id: String(startMs),
          startTime: String(startMs / 1000),
          endTime: String(endMs / 1000),
          st: startMs / 1000,
          et: endMs / 1000,
          task: 'emotion',
          level,
          finalLabel: emotion,
          embedding: '',
          prediction: [
            { label: emotion, posterior: String(posterior), dominantInSegments: null },
            { label: 'sad', posterior: String(1 - posterior), dominantInSegments: null },
          ],
        },
      ],
    },
    { epoch: 0 },
  );
  return made!;
}

const utterance = (startMs: number, endMs: number, emotion?: string, posterior?: number) =>
  prediction('utterance', startMs, endMs, emotion, posterior);
const conversation = [
  utterance(0, 1800),
  utterance(2500, 6000, 'angry'),
  utterance(7000, 8000),
  prediction('segment', 2500, 4500),
];
const nothing = { missing: [], extra: [], duplicated: [], shifted: [], differences: [] };

describe('comparePredictions()', () => {
  it('finds the same predictions the same, whatever their order, keys and calls', () => {
    const again = conversation
      .toReversed()
      .map((one, n) => ({ ...one, key: `3/${n}`, epoch: 3, pid: '9', id: 'x', latencyMs: 5 }));
    expect(comparePredictions(conversation, again)).toEqual({ ...nothing, same: 4 });
  });

  it('names what is missing and what is extra', () => {
    const other = utterance(20_000, 21_000);
    const compared = comparePredictions(conversation, [...conversation.slice(1), other]);
    expect(compared).toEqual({ ...nothing, missing: [conversation[0]], extra: [other], same: 3 });
  });

  it('tells a duplicate from an extra one', () => {
    const again = { ...utterance(2530, 5980, 'angry'), key: '1/utterance/0' };
    const compared = comparePredictions(conversation, [...conversation, again]);
    expect(compared).toEqual({ ...nothing, duplicated: [again], same: 4 });
    const twice = comparePredictions(conversation, [...conversation, conversation[0]!]);
    expect(twice).toEqual({ ...nothing, duplicated: [conversation[0]], same: 4 });
  });

  it('allows times to be a little off, and says by how much they are more', () => {
    const [first, second, ...rest] = conversation;
    const off = { ...first!, startMs: 20, endMs: 1780 };
    const shifted = { ...second!, startMs: 2410, endMs: 6030 };
    const compared = comparePredictions(conversation, [off, shifted, ...rest]);
    expect(compared).toEqual({
      ...nothing,
      shifted: [{ expected: second, actual: shifted, startShiftMs: -90, endShiftMs: 30 }],
      same: 3,
    });
    expect(comparePredictions(conversation, [off, shifted, ...rest], { toleranceMs: 90 })).toEqual({ ...nothing, same: 4 });
    expect(comparePredictions(conversation, [off, shifted, ...rest], { toleranceMs: 0 }).shifted).toHaveLength(2);
  });

  it('says how answers differ', () => {
    const changed = conversation.with(1, utterance(2500, 6000, 'happy')).with(2, utterance(7000, 8000, 'happy', 0.7));
    expect(comparePredictions(conversation, changed).differences.map(({ differences }) => differences)).toEqual([
      ['emotion: happy instead of angry', 'emotion: labels happy, sad instead of angry, sad'],
      ['emotion: happy 0.7 instead of 0.75', expect.stringMatching(/^emotion: sad 0.3\d* instead of 0.25$/)],
    ]);
    expect(comparePredictions(conversation, changed, { tasks: false })).toEqual({ ...nothing, same: 4 });
    expect(comparePredictions(conversation, changed, { numberTolerance: 0.06 }).differences).toHaveLength(1);
  });

  it('says which tasks are not there, or not expected, whatever they are called', () => {
    const [first] = conversation;
    const task = first!.tasks.emotion!;
    const other = {
      ...first!,
      tasks: { constructor: task, features: { ...task, embedding: [1, 2], score: 0.5 } } as Prediction['tasks'],
    };
    const unlike = { ...first!, tasks: { features: { ...task, embedding: [1, 2.5] } } };
    expect(comparePredictions([first!], [other]).differences[0]?.differences).toEqual([
      'emotion: no answer',
      'constructor: not expected',
      'features: not expected',
    ]);
    expect(comparePredictions([other], [unlike]).differences[0]?.differences).toEqual([
      'constructor: no answer',
      'features: score missing instead of 0.5',
      'features: embedding differs in 1 of 2 numbers',
    ]);
  });

  it('compares the last revision of each key', () => {
    const [first] = conversation;
    const early = { ...first!, tasks: {} };
    const late = { ...first!, revision: 1 };
    expect(comparePredictions([first!], [early, late])).toEqual({ ...nothing, same: 1 });
    expect(comparePredictions([late], [late, early])).toEqual({ ...nothing, same: 1 });
  });

  it('compares one level only when asked to', () => {
    expect(comparePredictions(conversation, conversation.slice(0, 3), { level: 'utterance' })).toEqual({ ...nothing, same: 3 });
    expect(comparePredictions(conversation, conversation.slice(0, 3)).missing).toEqual([conversation[3]]);
  });

  it('accounts for every prediction exactly once', () => {
    const place = fc.tuple(
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: 1, max: 3000 }),
      fc.constantFrom('segment', 'utterance'),
    );
    const list = fc.array(place, { maxLength: 30 }).map((places) =>
      places.map(([startMs, lengthMs, level], n) => ({
        ...prediction(level as 'segment', startMs, startMs + lengthMs),
        key: `${n}`,
      })),
    );
    fc.assert(
      fc.property(list, list, fc.integer({ min: 0, max: 500 }), (expected, actual, toleranceMs) => {
        const { missing, extra, duplicated, shifted, same, differences } = comparePredictions(expected, actual, { toleranceMs });
        expect(differences).toEqual([]);
        expect(missing.length + shifted.length + same).toBe(expected.length);
        expect(extra.length + duplicated.length + shifted.length + same).toBe(actual.length);
        expect(comparePredictions(expected, expected)).toEqual({ ...nothing, same: expected.length });
      }),
    );
  });

  it('refuses a tolerance that is none', () => {
    expect(() => comparePredictions([], [], { toleranceMs: -1 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});

describe('expectSamePredictions()', () => {
  it('says nothing when they are', () => {
    expectSamePredictions(conversation, conversation);
    expectSameUtterances(conversation, conversation.slice(0, 3));
    expectSamePredictions([], []);
  });

  it('throws an assertion that says what is wrong, line by line', () => {
    const [first, second, third, segment] = conversation as [Prediction, Prediction, Prediction, Prediction];
    const actual = [
      { ...second, startMs: 2600 },
      utterance(7000, 8000, 'happy', 0.5),
      { ...segment, key: 'again' },
      segment,
      utterance(30_000, 31_000.5),
    ];
    const failed = (() => {
      try {
        expectSamePredictions([first, second, third, segment], actual);
      } catch (error) {
        return error as Error;
      }
    })();
    expect(failed).toBeInstanceOf(AssertionError);
    expect(failed?.message).toMatchInlineSnapshot(`
      "The predictions are not the same: 1 of 4 are.
      missing     utterance 0.000-1.800 s (0/utterance/0/0-1.8)
      extra       utterance 30.000-31.000 s (0/utterance/30000/30-31.0005)
      duplicated  segment 2.500-4.500 s (0/segment/2500/2.5-4.5)
      shifted     utterance 2.500-6.000 s (0/utterance/2500/2.5-6): start by +100 ms, end by 0 ms
      different   utterance 7.000-8.000 s (0/utterance/7000/7-8): emotion: happy 0.5 instead of 0.75; emotion: sad 0.5 instead of 0.25"
    `);
  });

  it('stays short', () => {
    const many = Array.from({ length: 1000 }, (_, n) => utterance(n * 2000, n * 2000 + 1000));
    expect(() => expectSameUtterances(many, [])).toThrow(
      /0 of 1000 are\.\n(missing .*\n){10} {12}and 990 more like the last one$/,
    );
  });
});
