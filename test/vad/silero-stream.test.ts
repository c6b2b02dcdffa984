import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FrameJudge } from '../../src/vad/frame-judge.js';
import { FRAME_LENGTH, type SileroRunner } from '../../src/vad/silero/silero-runner.js';
import { loadSileroRunner, sileroVad } from '../../src/vad/silero/silero-vad.js';
import { recording } from '../engine/support/recordings.js';

const FRAMES = 11;

describe('a stream of Silero whose network fails', () => {
  let runner: SileroRunner;
  let samples: Int16Array;
  beforeAll(async () => {
    runner = await loadSileroRunner();
    samples = recording('mono/rate_slt_x100.wav').samples.subarray(0, FRAMES * FRAME_LENGTH);
  });
  afterAll(() => runner.close());

  /** The verdicts that come of a network that runs so often, one frame at a time, and how it ends. */
  async function verdicts(runs: number): Promise<{ seen: number[]; error: unknown }> {
    let left = runs;
    const failing: SileroRunner = {
      name: runner.name,
      maxFrames: runner.maxFrames,
      takesSequences: false,
      run: async (batch) => {
        if (left === 0) throw new Error('no memory');
        left -= 1;
        return runner.run(batch);
      },
      close: () => {},
    };
    const seen: number[] = [];
    const judge = new FrameJudge(sileroVad(failing), (_, probability) => seen.push(probability));
    const error = await Promise.resolve(judge.push(samples)).catch((reason) => reason);
    judge.close();
    return { seen, error };
  }

  it('gives every verdict that came before', async () => {
    const whole = await verdicts(Number.POSITIVE_INFINITY);
    expect(whole).toMatchObject({ seen: { length: FRAMES }, error: undefined });
    for (let runs = 0; runs < FRAMES; runs += 1) {
      expect(await verdicts(runs)).toEqual({ seen: whole.seen.slice(0, runs), error: new Error('no memory') });
    }
  });
});
