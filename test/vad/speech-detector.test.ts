import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadLightVad, SpeechDetector, type SpeechFrame, type Vad } from '../../src/vad/index.js';
import { recording } from '../engine/support/recordings.js';
import { KNOWN_CALLS } from '../support/known-calls.js';
import { loudnessVad } from '../support/loudness-vad.js';

async function detect(vad: Vad, samples: Int16Array, sampleRate: number, cuts: readonly number[] = []): Promise<SpeechFrame[]> {
  const detector = await SpeechDetector.open(vad, { sampleRate });
  const frames: SpeechFrame[] = [];
  let from = 0;
  for (const cut of [...cuts, samples.length]) {
    frames.push(...(await detector.push(samples.subarray(from, cut))));
    from = cut;
  }
  return [...frames, ...(await detector.end())];
}

const cuttingOf = (length: number) =>
  fc.array(fc.nat(length), { maxLength: 10 }).map((cuts) => cuts.sort((left, right) => left - right));

describe('SpeechDetector', () => {
  let light: Vad;
  beforeAll(async () => {
    light = await loadLightVad();
  });

  it('covers every sample with frames side by side, the same for any chunking, at any rate', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(8000, 11_025, 16_000, 44_100, 48_000),
        fc.integer({ min: 1, max: 9000 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        async (sampleRate, length, later, seed) => {
          const samples = Int16Array.from({ length }, (_, i) => 20_000 * Math.sin((seed * i) / 17) * Math.sin(i / 900));
          const whole = await detect(loudnessVad({ later }), samples, sampleRate);
          let at = 0;
          for (const { start, end } of whole) {
            expect(start).toBe(at);
            expect(end).toBeGreaterThan(start);
            at = end;
          }
          expect(at).toBe(length);
          const [cuts] = fc.sample(cuttingOf(length), { numRuns: 1, seed: seed + length });
          expect(await detect(loudnessVad({ later }), samples, sampleRate, cuts)).toEqual(whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds the speech of known telephone calls where it is, at their own 8 kHz', async () => {
    for (const { file, channel, spans } of KNOWN_CALLS) {
      const { samples, sampleRate } = recording(file, channel);
      const frames = await detect(light, samples, sampleRate);
      const share = (inside: boolean) => {
        const among = frames.filter(({ start }) => {
          const time = start / sampleRate;
          return inside === spans.some(([from, to]) => time >= from && time < to);
        });
        return among.filter(({ isSpeech }) => isSpeech).length / among.length;
      };
      expect(share(true), `${file} ${channel}`).toBeGreaterThan(0.8);
      expect(share(false), `${file} ${channel}`).toBeLessThan(0.1);
    }
  });

  it('gives verdicts at once when the VAD does, and as promises otherwise', async () => {
    const options = { sampleRate: 16_000 };
    const [now, later] = await Promise.all([
      SpeechDetector.open(loudnessVad(), options),
      SpeechDetector.open(loudnessVad({ later: true }), options),
    ]);
    const loud = new Int16Array(400).fill(30_000);
    expect(now.push(loud)).toHaveLength(2);
    expect(now.judged).toBe(320);
    const promise = later.push(loud);
    expect(promise).toBeInstanceOf(Promise);
    expect(await promise).toHaveLength(2);
    expect(now.end()).toEqual([expect.objectContaining({ start: 320, end: 400, isSpeech: true })]);
    expect(await later.end()).toHaveLength(1);
  });

  it('begins speech at one threshold and lets it go on down to the other', async () => {
    const levels = [0.2, 0.4, 0.55, 0.4, 0.3, 0.4];
    const samples = Int16Array.from({ length: levels.length * 160 }, (_, i) => levels[Math.floor(i / 160)]! * 32_768);
    const verdicts = async (thresholds: { onThreshold?: number; offThreshold?: number }) => {
      const detector = await SpeechDetector.open(loudnessVad(), { sampleRate: 16_000, ...thresholds });
      const frames = await detector.push(samples);
      detector.close();
      return frames.map(({ isSpeech }) => Number(isSpeech)).join('');
    };
    expect(await verdicts({})).toBe('001100');
    expect(await verdicts({ onThreshold: 0.38 })).toBe('011111');
    expect(await verdicts({ onThreshold: 0.38, offThreshold: 0.38 })).toBe('011101');
  });

  it('waits for a verdict that is being made before it frees the VAD, and frees it once', async () => {
    const vad = loudnessVad({ later: true });
    const detector = await SpeechDetector.open(vad, { sampleRate: 8000 });
    const verdicts = detector.push(new Int16Array(4000));
    detector.close();
    detector.close();
    expect(vad.openStreams).toBe(1);
    await verdicts;
    expect(vad.openStreams).toBe(0);
    expect(() => detector.push(new Int16Array(1))).toThrow('has ended');
  });

  it('refuses options out of range, and a VAD that gives no probabilities', async () => {
    const open = (options: object, vad: unknown = loudnessVad()) =>
      SpeechDetector.open(vad as Vad, { sampleRate: 8000, ...options });
    await expect(open({ sampleRate: 100 })).rejects.toThrow('sampleRate');
    await expect(open({ onThreshold: 0 })).rejects.toThrow('onThreshold');
    await expect(open({ onThreshold: 0.5, offThreshold: 0.6 })).rejects.toThrow('offThreshold');
    await expect(open({}, 'light')).rejects.toThrow('must be a Vad');
    const broken: Vad = { ...loudnessVad(), open: () => ({ judge: () => Number.NaN, close: () => {} }) };
    const detector = await open({}, broken);
    expect(() => detector.push(new Int16Array(1000))).toThrow(/probabilities from 0 to 1, but got NaN/);
  });

  it.each([false, true])(
    'gives the verdicts before a failure of the VAD first, then the failure; judging in promises: %s',
    async (later) => {
      const failsAt = async (frame: number) => {
        let verdicts = 0;
        const before = () => {
          if (++verdicts === frame) throw new Error('out of memory');
        };
        const vad = loudnessVad({ later, before });
        return { vad, detector: await SpeechDetector.open(vad, { sampleRate: 16_000 }) };
      };
      // Judged in promises it rejects, else it throws.
      const outcome = async (call: () => unknown) => await call();
      const loud = new Int16Array(800).fill(30_000);

      const inTheMiddle = await failsAt(4);
      expect(await inTheMiddle.detector.push(loud)).toMatchObject([{ start: 0 }, { start: 160 }, { start: 320, end: 480 }]);
      expect(inTheMiddle.detector.failure).toMatchObject({ message: 'out of memory' });
      expect(inTheMiddle.vad.openStreams).toBe(0);
      await expect(outcome(() => inTheMiddle.detector.push(loud))).rejects.toThrow('out of memory');
      await expect(outcome(() => inTheMiddle.detector.end())).rejects.toThrow('out of memory');
      inTheMiddle.detector.close();

      const atOnce = await failsAt(1);
      expect(atOnce.detector.failure).toBeUndefined();
      await expect(outcome(() => atOnce.detector.push(loud))).rejects.toThrow('out of memory');
      expect(atOnce.vad.openStreams).toBe(0);

      const atTheEnd = await failsAt(5);
      expect(await atTheEnd.detector.push(loud.subarray(0, 700))).toHaveLength(4);
      await expect(outcome(() => atTheEnd.detector.end())).rejects.toThrow('out of memory');
      expect(atTheEnd.vad.openStreams).toBe(0);
    },
  );
});
