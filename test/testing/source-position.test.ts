import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locateInRecording } from '../../src/testing/index.js';
import { party } from '../service/recording.js';
import { noise } from './support/faulty-level-meter.js';

const sampleRate = 8000;

/** Sends pieces of a recording as the messages of one call; the position after each. */
function positionsOf(locate: ReturnType<typeof locateInRecording>, pieces: readonly Int16Array[], call = 0) {
  let sentBefore = 0;
  return pieces.map((samples) => {
    const position = locate({ samples, sampleRate, sentBefore, call });
    sentBefore += samples.length;
    return position;
  });
}

const ms = (samples: number) => (samples / sampleRate) * 1000;

describe('locateInRecording()', () => {
  const recording = party('customer').samples;

  it('follows a telephone call through any chunking', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 40, max: 4000 }), { minLength: 1, maxLength: 40 }), (lengths) => {
        const locate = locateInRecording({ samples: recording, sampleRate });
        let at = 0;
        const pieces = lengths.flatMap((length) => {
          const piece = recording.subarray(at, at + length);
          at += piece.length;
          return piece.length > 0 ? [piece] : [];
        });
        const positions = positionsOf(locate, pieces);
        const ends = pieces.map(({ byteOffset, length }) => ms(byteOffset / 2 + length));
        // Digital silence at the start has no place of its own until something is heard.
        for (const [n, position] of positions.entries()) if (position !== undefined) expect(position).toBeCloseTo(ends[n]!, 6);
        if (at > sampleRate) expect(positions.at(-1)).toBeDefined();
      }),
      { numRuns: 50 },
    );
  });

  it('finds where a call begins that sends again what was sent before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: recording.length - 6000 }), fc.integer({ min: 800, max: 4000 }), (from, length) => {
        const locate = locateInRecording({ samples: recording, sampleRate });
        positionsOf(locate, [recording.subarray(0, from + 6000)], 0);
        const [first, second] = positionsOf(
          locate,
          [recording.subarray(from, from + length), recording.subarray(from + length, from + length + 800)],
          1,
        );
        // A pause of digital silence is anywhere; what is found must be right.
        if (first !== undefined) expect(first).toBeCloseTo(ms(from + length), 6);
        if (second !== undefined && first !== undefined) expect(second).toBeCloseTo(ms(from + length + 800), 6);
      }),
      { numRuns: 100 },
    );
  });

  it('goes on behind what was left out, and through silence that was put in', () => {
    const samples = noise(80_000);
    const locate = locateInRecording({ samples, sampleRate });
    const silence = new Int16Array(1600);
    const seam = new Int16Array([...samples.subarray(1600, 2000), ...samples.subarray(40_000, 41_000)]);
    expect(positionsOf(locate, [samples.subarray(0, 1600), silence, seam, samples.subarray(41_000, 41_500)])).toEqual(
      [1600, 1600, 41_000, 41_500].map(ms),
    );
  });

  it('takes the nearest of places that are alike', () => {
    const once = noise(16_000);
    const samples = new Int16Array([...once, ...once, ...once]);
    const locate = locateInRecording({ samples, sampleRate });
    positionsOf(locate, [samples.subarray(0, 34_000)], 0);
    expect(positionsOf(locate, [samples.subarray(32_500, 34_500)], 1)).toEqual([ms(34_500)]);
  });

  it('has no position for audio of another recording, rate, or none', () => {
    const locate = locateInRecording({ samples: recording, sampleRate });
    expect(positionsOf(locate, [noise(4000), new Int16Array(4000), new Int16Array(0)])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(locate({ samples: recording.subarray(8000, 12_000), sampleRate: 16_000, sentBefore: 0, call: 1 })).toBeUndefined();
  });
});
