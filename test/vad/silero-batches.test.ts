import { describe, expect, it } from 'vitest';
import { loadSileroVad } from '../../src/vad/index.js';
import { SileroBatches, type SileroJob } from '../../src/vad/silero/silero-batches.js';
import {
  CONTEXT_LENGTH,
  FRAME_LENGTH,
  INPUT_LENGTH,
  type SileroRunner,
  STATE_LENGTH,
} from '../../src/vad/silero/silero-runner.js';
import { recording } from '../engine/support/recordings.js';

/** A network whose output and memory can be told beforehand: a probability is a frame's first new sample plus the memory, which counts frames. */
function countingRunner(maxFrames: number, batches: string[], takesSequences = true): SileroRunner {
  return {
    name: 'counting',
    maxFrames,
    takesSequences,
    run: async ({ signals, frames, input, hears, state }) => {
      batches.push(`${signals} signals, ${hears.length} detectors, ${frames} frames`);
      const probabilities = Array.from({ length: frames }, (_, frame) =>
        [...hears].map((signal, detector) => {
          const sample = input[(frame * signals + signal) * INPUT_LENGTH + CONTEXT_LENGTH]!;
          return sample + state[detector * 128]! + frame;
        }),
      );
      return {
        probabilities: Float32Array.from(probabilities.flat()),
        state: state.slice(0, hears.length * STATE_LENGTH).map((value) => value + frames),
      };
    },
    close: () => {},
  };
}

/** A job whose frames begin with `first`, `first` + 100 and so on, and what came of it. */
function job(first: number, frames: number, memories: readonly number[]) {
  const signal = new Float32Array(CONTEXT_LENGTH + frames * FRAME_LENGTH);
  for (let frame = 0; frame < frames; frame += 1) signal[CONTEXT_LENGTH + frame * FRAME_LENGTH] = first + 100 * frame;
  const outcome: { done: boolean; error?: Error } = { done: false };
  const probabilities = new Float32Array(frames);
  const work: SileroJob = {
    signal,
    frames,
    states: memories.map((memory) => new Float32Array(STATE_LENGTH).fill(memory)),
    probabilities,
    done: () => {
      outcome.done = true;
    },
    failed: (error) => {
      outcome.error = error;
    },
  };
  return { work, outcome, probabilities };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
async function turns(count = 6): Promise<void> {
  for (let i = 0; i < count; i += 1) await turn();
}

describe('batches for Silero', () => {
  it('hold the frames that wait in one turn of the event loop, up to the limit, each detector with its own memory', async () => {
    const seen: string[] = [];
    const batches = new SileroBatches(countingRunner(3, seen));
    const jobs = [0, 1, 2, 3, 4].map((i) => job(i, 1, [1000 * i]));
    for (const { work } of jobs) batches.add(work);
    await turns();
    expect(seen).toEqual(['3 signals, 3 detectors, 1 frames', '2 signals, 2 detectors, 1 frames']);
    expect(jobs.map(({ probabilities }) => probabilities[0])).toEqual([0, 1001, 2002, 3003, 4004]);
    expect(jobs.map(({ work: { states } }) => [states[0]![0], states[0]![255]])).toEqual(
      [1, 1001, 2001, 3001, 4001].map((n) => [n, n]),
    );
    expect(jobs.every(({ outcome }) => outcome.done)).toBe(true);
  });

  it('take several frames of a signal in turn, those with as many together, and the others after them', async () => {
    const seen: string[] = [];
    const batches = new SileroBatches(countingRunner(12, seen));
    const jobs = [job(1, 3, [0]), job(2, 2, [0]), job(3, 3, [0])];
    for (const { work } of jobs) batches.add(work);
    await turns();
    expect(seen).toEqual(['2 signals, 2 detectors, 3 frames', '1 signals, 1 detectors, 2 frames']);
    expect(jobs.map(({ probabilities }) => [...probabilities])).toEqual([
      [1, 102, 203],
      [2, 103],
      [3, 104, 205],
    ]);
    expect(jobs.map(({ work }) => work.states[0]![0])).toEqual([3, 2, 3]);
  });

  it('have two detectors hear one signal, which goes into the batch once; the first one tells', async () => {
    const seen: string[] = [];
    const batches = new SileroBatches(countingRunner(12, seen));
    const jobs = [job(1, 2, [10, 20]), job(2, 2, [30]), job(3, 2, [40, 50])];
    for (const { work } of jobs) batches.add(work);
    await turns();
    expect(seen).toEqual(['3 signals, 5 detectors, 2 frames']);
    expect(jobs.map(({ probabilities }) => [...probabilities])).toEqual([
      [11, 112],
      [32, 133],
      [43, 144],
    ]);
    expect(jobs.map(({ work }) => work.states.map((state) => state[200]))).toEqual([[12, 22], [32], [42, 52]]);
  });

  it('say how many frames a job may have', () => {
    const batches = new SileroBatches(countingRunner(32, []));
    expect([1, 2, 40].map((detectors) => batches.framesFor(detectors))).toEqual([32, 16, 1]);
    expect(new SileroBatches(countingRunner(32, [], false)).framesFor(1)).toBe(1);
  });

  it('fail the jobs of the batch that failed, and go on', async () => {
    const runner = countingRunner(2, []);
    let runs = 0;
    const failing = {
      ...runner,
      run: (...of: Parameters<SileroRunner['run']>) => (runs++ ? runner.run(...of) : Promise.reject('no memory')),
    };
    const batches = new SileroBatches(failing);
    const jobs = [0, 1, 2].map((i) => job(i, 1, [0]));
    for (const { work } of jobs) batches.add(work);
    await turns();
    expect(jobs.map(({ outcome }) => outcome)).toEqual([
      { done: false, error: new Error('no memory') },
      { done: false, error: new Error('no memory') },
      { done: true },
    ]);
    expect(jobs[2]!.probabilities[0]).toBe(2);
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
