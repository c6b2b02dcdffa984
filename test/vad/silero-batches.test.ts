import { describe, expect, it } from 'vitest';
import { loadSileroVad } from '../../src/vad/index.js';
import { SileroBatches, type SileroRow } from '../../src/vad/silero/silero-batches.js';
import { INPUT_LENGTH, type SileroRunner, STATE_LENGTH } from '../../src/vad/silero/silero-runner.js';
import { recording } from '../engine/support/recordings.js';

/** A network whose output and memory can be told beforehand: the probability is a row's first input plus its memory, which counts up. */
function countingRunner(maxRows: number, batches: number[]): SileroRunner {
  return {
    name: 'counting',
    maxRows,
    run: async (rows, input, state) => {
      batches.push(rows);
      return {
        probabilities: Float32Array.from({ length: rows }, (_, row) => input[row * INPUT_LENGTH]! + state[row * 128]!),
        state: state.slice(0, rows * STATE_LENGTH).map((value) => value + 1),
      };
    },
    close: () => {},
  };
}

function row(first: number, state: Float32Array, seen: (number | Error)[]): SileroRow {
  const input = new Float32Array(INPUT_LENGTH);
  input[0] = first;
  return { input, state, judged: (probability) => seen.push(probability), failed: (error) => seen.push(error) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('batches for Silero', () => {
  it('hold the rows that wait in one turn of the event loop, up to the limit, each with its own memory', async () => {
    const sizes: number[] = [];
    const batches = new SileroBatches(countingRunner(3, sizes));
    const states = Array.from({ length: 5 }, (_, i) => new Float32Array(STATE_LENGTH).fill(10 * i));
    const seen: (number | Error)[] = [];
    for (const [i, state] of states.entries()) batches.add(row(i, state, seen));
    for (let i = 0; i < 4; i += 1) await turn();
    expect(sizes).toEqual([3, 2]);
    expect(seen).toEqual([0, 11, 22, 33, 44]);
    expect(states.map((state) => [state[0], state[255]])).toEqual([0, 10, 20, 30, 40].map((value) => [value + 1, value + 1]));
  });

  it('fail the rows of the batch that failed, and go on', async () => {
    const runner = countingRunner(2, []);
    let runs = 0;
    const failing = {
      ...runner,
      run: (...of: Parameters<SileroRunner['run']>) => (runs++ ? runner.run(...of) : Promise.reject('no memory')),
    };
    const batches = new SileroBatches(failing);
    const seen: (number | Error)[] = [];
    for (let i = 0; i < 3; i += 1) batches.add(row(i, new Float32Array(STATE_LENGTH), seen));
    for (let i = 0; i < 4; i += 1) await turn();
    expect(seen).toEqual([new Error('no memory'), new Error('no memory'), 2]);
  });

  it('judge a stream among others as they judge it alone, up to rounding', async () => {
    const vad = await loadSileroVad();
    const calls = [0, 1].map((channel) => recording('call/humans_mulaw_8k.wav', channel).samples);
    const judge = async (samples: Int16Array, offset: number) => {
      const stream = vad.open();
      const probabilities: number[] = [];
      for (let at = offset; at + 512 <= samples.length && probabilities.length < 120; at += 512) {
        probabilities.push(await stream.judge(samples.subarray(at, at + 512)));
      }
      return probabilities;
    };
    const streams = Array.from({ length: 17 }, (_, i) => [calls[i % 2]!, 1000 * i] as const);
    const alone: number[][] = [];
    for (const [samples, offset] of streams) alone.push(await judge(samples, offset));
    const together = await Promise.all(streams.map(([samples, offset]) => judge(samples, offset)));
    let largest = 0;
    for (const [i, probabilities] of together.entries()) {
      expect(probabilities).toHaveLength(120);
      for (const [frame, value] of probabilities.entries()) largest = Math.max(largest, Math.abs(value - alone[i]![frame]!));
    }
    expect(largest).toBeLessThan(1e-4);
    expect(Math.max(...alone.flat())).toBeGreaterThan(0.9);
    vad.close();
  });
});
