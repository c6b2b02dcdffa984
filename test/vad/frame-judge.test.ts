import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameJudge } from '../../src/vad/frame-judge.js';
import type { Vad } from '../../src/vad/index.js';

type Kind = 'at once' | 'in promises' | 'together';
const KINDS: readonly Kind[] = ['at once', 'in promises', 'together'];
const FRAME = 4;

/** A detector whose probability is a frame's first sample, and what it went through. */
function counting(kind: Kind, log: string[] = []): Vad {
  let open = 0;
  return {
    name: 'counting',
    frameLength: FRAME,
    open: () => ({
      judge: (frame) => {
        expect(frame).toHaveLength(FRAME);
        if (kind === 'at once') return frame[0]!;
        expect(open).toBe(0);
        open += 1;
        const probability = frame[0]!;
        return Promise.resolve().then(() => {
          open -= 1;
          return probability;
        });
      },
      ...(kind === 'together' && {
        judgeAll: async (frames: Int16Array) => {
          expect(frames.length % FRAME).toBe(0);
          const count = frames.length / FRAME;
          log.push(`${count} together`);
          return Float32Array.from({ length: count }, (_, i) => frames[i * FRAME]!);
        },
      }),
      close: () => log.push('closed'),
    }),
    close: () => {},
  };
}

describe('FrameJudge', () => {
  it.each(KINDS)('has any chunking of a stream judged frame by frame, in order: %s', async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(90), { maxLength: 12 }), async (lengths) => {
        const seen: [number[], number][] = [];
        const judge = new FrameJudge(counting(kind), (frame, probability) => seen.push([[...frame], probability]));
        let next = 0;
        for (const length of lengths) await judge.push(Int16Array.from({ length }, () => next++));
        const whole = Math.floor(next / FRAME);
        expect(seen).toEqual(
          Array.from({ length: whole }, (_, i) => [[0, 1, 2, 3].map((sample) => i * FRAME + sample), i * FRAME]),
        );
        expect([...judge.rest]).toEqual(Array.from({ length: next % FRAME }, (_, i) => whole * FRAME + i));
        judge.close();
      }),
      { numRuns: 50 },
    );
  });

  it('has up to eight frames judged together where the detector can', async () => {
    const log: string[] = [];
    const judge = new FrameJudge(counting('together', log), () => {});
    await judge.push(new Int16Array(FRAME * 19 + 1));
    await judge.push(new Int16Array(FRAME - 1));
    expect(judge.push(new Int16Array(FRAME - 1))).toBeUndefined();
    expect(log).toEqual(['8 together', '8 together', '3 together', '1 together']);
  });

  it.each(KINDS)(
    'says nothing more once it is closed, and frees the stream once, when no verdict is being made: %s',
    async (kind) => {
      const log: string[] = [];
      const seen: number[] = [];
      const judge = new FrameJudge(counting(kind, log), (_, probability) => {
        seen.push(probability);
        if (seen.length === 2) judge.close();
      });
      const judging = judge.push(Int16Array.from({ length: FRAME * 5 }, (_, i) => i));
      if (kind !== 'at once') expect(log).not.toContain('closed');
      await judging;
      judge.close();
      expect(seen).toEqual([0, 4]);
      expect(log.filter((entry) => entry === 'closed')).toHaveLength(1);
    },
  );

  it.each(KINDS)('passes on what its listener throws: %s', async (kind) => {
    const judge = new FrameJudge(counting(kind), () => {
      throw new RangeError('too much');
    });
    const push = async () => judge.push(new Int16Array(FRAME));
    await expect(push()).rejects.toThrow(new RangeError('too much'));
  });

  it.each(KINDS.slice(1))('frees the stream after a verdict that failed: %s', async (kind) => {
    const log: string[] = [];
    const vad = counting(kind, log);
    const failing = { ...vad, open: () => ({ ...vad.open(), ...failures(kind) }) };
    const judge = new FrameJudge(failing, () => {});
    const judging = judge.push(new Int16Array(FRAME));
    judge.close();
    expect(log).toEqual([]);
    await expect(judging).rejects.toThrow('no memory');
    expect(log).toEqual(['closed']);
  });
});

describe('FrameJudge, of a detector that fails amid several frames', () => {
  /** A detector that judges so many frames, and fails from then on. */
  function failingAfter(frames: number): Vad {
    let judged = 0;
    const vad = counting('together');
    const judgeAll = async (samples: Int16Array) => {
      if (judged === frames) throw new Error('no memory');
      const some = Math.min(samples.length / FRAME, frames - judged);
      judged += some;
      return Float32Array.from({ length: some }, (_, i) => samples[i * FRAME]!);
    };
    return { ...vad, open: () => ({ ...vad.open(), judgeAll }) };
  }

  const samples = Int16Array.from({ length: FRAME * 20 }, (_, i) => i);

  it('gives every verdict that came before the failure, and then the failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(19), async (frames) => {
        const seen: number[] = [];
        const judge = new FrameJudge(failingAfter(frames), (_, probability) => seen.push(probability));
        await expect(judge.push(samples)).rejects.toThrow('no memory');
        judge.close();
        expect(seen).toEqual(Array.from({ length: frames }, (_, i) => i * FRAME));
      }),
      { numRuns: 20 },
    );
  });

  it('asks once for frames that a detector gives no verdict on', async () => {
    const vad = counting('together');
    const none = async () => new Float32Array(0);
    const seen: unknown[] = [];
    const judge = new FrameJudge({ ...vad, open: () => ({ ...vad.open(), judgeAll: none }) }, (_, said) => seen.push(said));
    await judge.push(samples.subarray(0, FRAME * 3));
    expect(seen).toEqual([undefined, undefined, undefined]);
  });
});

function failures(kind: Kind) {
  const fail = () => Promise.reject(new Error('no memory'));
  return kind === 'together' ? { judgeAll: fail } : { judge: fail };
}
