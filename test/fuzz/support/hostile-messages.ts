import type { StreamResultMessage } from '../../../src/predictions/index.js';
import type { SeededRandom } from '../../support/seeded-random.js';

/** Texts that readers of numbers, names and JSON have stumbled over. */
const TEXTS = [
  '', ' ', '0', '-0', '1', '0.5', '.5', '5.', '1e5', '1e-04', '1e309', '-1e309', '1e-400', '-1', '1e9', '999999999', '1000000000.1',
  'NaN', 'Infinity', '-Infinity', 'nan', 'inf', '0x10', '0b1', '1_000', '1,5', '٣', '１', ' 1', '1 ', '1\n', '+1', '++1', '--1', '1-', '1e', 'e1',
  '9007199254740993', '18446744073709551615', '-9223372036854775808', '0.1'.padEnd(400, '1'), '9'.repeat(400),
  '__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'then', 'null', 'undefined', 'true',
  '\0', '\ud800', '\udfff\ud800', '\u202e', '😀', 'é', 'e\u0301', '"', '\\', '</script>', '%', '%s%n', '$'+'{}', '../..', '\r\n',
  '[]', '[1,2,3]', '[1,', '[[1]]', '[null]', '["1"]', '[NaN]', '[1e999]', '{}', '{"__proto__":{"polluted":1}}', `[${'1,'.repeat(500)}1]`, '['.repeat(2000),
  'segment', 'utterance', 'SEGMENT', 'gender', 'emotion', 'intensity', 'features', 'happy', 'male', 'x'.repeat(10_000),
]; // biome-ignore format: a list of texts

/** A value of any kind, as a broken reader or a hostile server could make one. */
function hostileValue(random: SeededRandom): unknown {
  switch (random.below(14)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return random.pick([
        0,
        -0,
        1,
        -1,
        0.5,
        1e308,
        5e-324,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        2 ** 53,
        2 ** 31,
      ]);
    case 3:
      return random.pick([true, false, 0n, -1n, 2n ** 64n, Symbol('s')]);
    case 4:
      return random.pick([
        {},
        [],
        [[]],
        [null],
        Object.create(null),
        { toString: 'no function' },
        { low: 1, high: 2 },
        new Date(0),
        Buffer.from([1]),
      ]);
    case 5:
      return String.fromCharCode(...Array.from({ length: random.below(12) }, () => random.below(0x10000)));
    case 6:
      return String(random.between(-10, 100));
    default:
      return random.pick(TEXTS);
  }
}

/** Mostly as it should be, so that what is wrong is reached. */
function text(random: SeededRandom, usual: readonly string[]): unknown {
  return random.next() < 0.6 ? random.pick(usual) : hostileValue(random);
}

function list(random: SeededRandom, longest: number, item: () => unknown): unknown {
  if (random.next() < 0.08) return hostileValue(random);
  return Array.from({ length: random.below(longest + 1) }, () => (random.next() < 0.05 ? hostileValue(random) : item()));
}

/** A message of results as a reader could give it; anything in it may be anything. */
export function hostileMessage(random: SeededRandom): StreamResultMessage {
  const seconds = ['0.00', '2.00', '4.00', '1.25', '3.5', '100'];
  const label = () => ({
    label: text(random, ['male', 'female', 'happy', '', 'angry']),
    posterior: text(random, ['0.5', '0.9', '1e-04', '1.0', '']),
    ...(random.next() < 0.2 && { logit: text(random, ['1.5', '-3']) }),
    ...(random.next() < 0.2 && { score: text(random, ['0.25']) }),
  });
  const row = () => ({
    id: text(random, ['1', '2', '']),
    startTime: text(random, seconds),
    endTime: text(random, seconds),
    task: text(random, ['gender', 'emotion', 'intensity', 'features', 'charisma']),
    prediction: list(random, 4, label),
    finalLabel: text(random, ['male', '', 'happy']),
    embedding: text(random, ['', '[0.1, 0.2]']),
    ...(random.next() < 0.8 && {
      level: random.next() < 0.5 ? random.pick([0, 1, 2, -1, 'segment', 'utterance']) : hostileValue(random),
    }),
  });
  return {
    pid: text(random, ['7', '0']),
    cid: text(random, ['42']),
    messageId: random.next() < 0.7 ? random.below(100) : hostileValue(random),
    result: list(random, 6, row),
  } as StreamResultMessage;
}

/** Only what protobuf can carry: texts and numbers, however strange. */
export function hostileWireMessage(random: SeededRandom): Record<string, unknown> {
  const string = (usual: readonly string[]) => (random.next() < 0.5 ? random.pick(usual) : random.pick(TEXTS));
  const seconds = ['0.00', '2.00', '4.00', '1.25', '3.5', '100'];
  return {
    pid: random.pick(['0', '7', '9223372036854775807', '-1']),
    cid: random.pick(['0', '42', '-9223372036854775808']),
    messageId: random.pick([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]),
    result: Array.from({ length: random.below(5) }, () => ({
      id: string(['1', '2']),
      startTime: string(seconds),
      endTime: string(seconds),
      task: string(['gender', 'emotion']),
      prediction: Array.from({ length: random.below(4) }, () => ({ label: string(['male']), posterior: string(['0.5']) })),
      finalLabel: string(['male']),
      embedding: string(['[0.5]']),
      level: random.pick([0, 1, 2, 77]),
    })),
  };
}
