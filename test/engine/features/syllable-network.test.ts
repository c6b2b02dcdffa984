import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NETWORK_INPUTS, NETWORK_REACH, SyllableNetwork } from '../../../src/engine/features/syllable-network.js';
import { SYLLABLE_WEIGHTS } from '../../../src/engine/features/syllable-weights.js';

const { units, steps, biases, weights } = SYLLABLE_WEIGHTS;
const TAPS = 5;

/** The network as it is written in textbooks: each layer over the whole input, then the next. */
function textbook(frames: readonly Float32Array[]): number[] {
  const bytes = new Int8Array(Buffer.from(weights, 'base64'));
  let read = 0;
  const layer = (
    input: readonly ArrayLike<number>[],
    index: number,
    { stride, dilation }: { stride: number; dilation: number },
  ) => {
    const size = input[0]!.length;
    const out: number[][] = [];
    for (let at = 0; at + (TAPS - 1) * dilation < input.length; at += stride) {
      out.push(
        Array.from({ length: units }, (_, unit) => {
          let sum = biases[index]![unit]!;
          for (let tap = 0; tap < TAPS; tap += 1) {
            for (let i = 0; i < size; i += 1) {
              sum += steps[index]! * bytes[read + (tap * size + i) * units + unit]! * input[at + tap * dilation]![i]!;
            }
          }
          return Math.max(0, sum);
        }),
      );
    }
    read += TAPS * size * units;
    return out;
  };
  let values: ArrayLike<number>[] = layer(frames, 0, { stride: 2, dilation: 1 });
  for (const [i, dilation] of [1, 2, 3].entries()) values = layer(values, i + 1, { stride: 1, dilation });
  return values.map((value) => {
    const sum = Array.from(value).reduce((total, x, unit) => total + steps[4]! * bytes[read + unit]! * x, biases[4]![0]!);
    return Math.log1p(Math.exp(sum));
  });
}

const framesOf = (count: number) =>
  fc.array(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: NETWORK_INPUTS, maxLength: NETWORK_INPUTS }), {
    minLength: count,
    maxLength: count,
  });

function answers(network: SyllableNetwork, frames: readonly Float32Array[]): number[] {
  return frames.map((frame) => network.push(frame)).filter((answer) => !Number.isNaN(answer));
}

describe('SyllableNetwork', () => {
  it('gives frame by frame what its layers give over the whole', () => {
    fc.assert(
      fc.property(framesOf(2 * NETWORK_REACH + 12), (rows) => {
        const frames = rows.map((row) => Float32Array.from(row));
        const expected = textbook(frames);
        const given = answers(new SyllableNetwork(), frames);
        expect(given).toHaveLength(expected.length);
        for (const [i, answer] of given.entries()) expect(answer).toBeCloseTo(expected[i]!, 4);
      }),
      { numRuns: 5 },
    );
  });

  it('goes on as another one does that it was copied from, and anew after a reset', () => {
    fc.assert(
      fc.property(framesOf(2 * NETWORK_REACH + 9), fc.integer({ min: 0, max: 2 * NETWORK_REACH + 9 }), (rows, at) => {
        const frames = rows.map((row) => Float32Array.from(row));
        const network = new SyllableNetwork();
        const other = new SyllableNetwork();
        answers(other, frames);
        const before = answers(network, frames.slice(0, at));
        other.copy(network);
        const after = answers(network, frames.slice(at));
        expect(answers(other, frames.slice(at))).toEqual(after);
        other.reset();
        expect(answers(other, frames)).toEqual([...before, ...after]);
      }),
      { numRuns: 5 },
    );
  });

  it('has weights of the size it needs', () => {
    const expected = TAPS * NETWORK_INPUTS * units + 3 * TAPS * units * units + units;
    expect(Buffer.from(weights, 'base64')).toHaveLength(expected);
    expect(biases.map((layer) => layer.length)).toEqual([units, units, units, units, 1]);
  });
});
