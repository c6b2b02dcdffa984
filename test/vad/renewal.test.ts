import { beforeAll, describe, expect, it } from 'vitest';
import { FrameCutter } from '../../src/vad/frame-cutter.js';
import { loadLightVad, loadSileroVad, type Vad } from '../../src/vad/index.js';
import { Renewal } from '../../src/vad/renewal.js';
import { joined, recording, whiteNoise } from '../engine/support/recordings.js';

describe('Renewal', () => {
  /** The steps, by the time after the frame in milliseconds; frames of 10 ms, [milliseconds, probability] runs. */
  function steps(runs: readonly (readonly [number, number])[]): string[] {
    const renewal = new Renewal(160);
    let ms = 0;
    return runs.flatMap(([length, probability]) =>
      Array.from({ length: length / 10 }, () => {
        const step = renewal.next(probability);
        ms += 10;
        return `${step} ${ms}`;
      }).filter((step) => !step.startsWith('go-on')),
    );
  }

  it('hands over to a detector that heard 480 ms of silence, again and again', () => {
    expect(steps([[2000, 0.1]])).toEqual(['begin 480', 'take 960', 'take 1440', 'take 1920']);
  });

  it('gives the second detector up when somebody speaks, and begins another on the same grid', () => {
    expect(
      steps([
        [700, 0.1],
        [500, 0.4],
        [1000, 0.1],
      ]),
    ).toEqual(['begin 480', 'give-up 710', 'begin 1440', 'take 1920']);
    expect(steps([[5000, 0.9]])).toEqual([]);
  });
});

describe.each([
  { name: 'light', load: loadLightVad },
  { name: 'silero', load: () => loadSileroVad() },
])('the VAD $name', ({ load }) => {
  let vad: Vad;
  beforeAll(async () => {
    vad = await load();
    return () => vad.close();
  });

  async function probabilities(samples: Int16Array): Promise<number[]> {
    const stream = vad.open();
    const cutter = new FrameCutter(vad.frameLength);
    const all: number[] = [];
    cutter.give(samples);
    while (cutter.next()) all.push(await stream.judge(cutter.frame));
    stream.close();
    return all;
  }

  it('judges words the same, whatever was heard before the silence in front of them', async () => {
    const one = recording('mono/rate_rms_x100.wav').samples.subarray(0, 48_000);
    const word = recording('mono/rate_slt_x100.wav').samples.subarray(0, 32_000);
    const room = whiteNoise(96_000, 40);
    const silence = Math.round(3.36 * 16_000);
    const alone = joined([word], silence).map((sample, i) => sample + room[i % room.length]!);
    // Noise, a second speaker and a minute of both, in whole periods of the grid.
    const before = joined([one, whiteNoise(32_000, 9000), one, one], 15_360).subarray(0, 7680 * 30);
    const after = new Int16Array(before.length + alone.length);
    after.set(before);
    after.set(alone, before.length);
    const [expected, actual] = [await probabilities(alone), (await probabilities(after)).slice(before.length / vad.frameLength)];
    // From 1.5 s before the word on.
    const from = Math.floor((silence - 24_000) / vad.frameLength);
    expect(actual.length).toBe(expected.length);
    const differences = expected.slice(from).map((probability, i) => Math.abs(probability - actual[from + i]!));
    expect(Math.max(...differences)).toBeLessThan(1e-6);
  });
});
