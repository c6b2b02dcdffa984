import { describe, expect, it } from 'vitest';
import { loadFft } from '../../src/audio/fft/index.js';
import { SpeechAnalyser } from '../../src/engine/features/speech-analyser.js';
import { SpeechEvidence } from '../../src/engine/features/speech-evidence.js';
import { createEngine } from '../../src/engine/index.js';
import { SampleHistory } from '../../src/engine/sample-history.js';
import { analyse, answer, utterances } from './support/analyse.js';
import { joined, recording, whiteNoise } from './support/recordings.js';
import { type VowelOptions, vowel } from './support/vowel.js';

const man = recording('mono/rate_rms_x100.wav').samples;
const woman = recording('mono/rate_slt_x100.wav').samples;
/** The speech of the files, without the silence around it. */
const [sentence, hers] = [man.subarray(8000, 60_000), woman.subarray(8000, 54_800)];

function silence(milliseconds: number): Int16Array {
  return new Int16Array(16 * milliseconds);
}

/** What is measured in samples that are all taken for one stretch of speech. */
async function measured(samples: Int16Array): Promise<SpeechEvidence> {
  await loadFft();
  const history = new SampleHistory(samples.length);
  const evidence = new SpeechEvidence();
  const analyser = new SpeechAnalyser(history, evidence);
  history.append(samples);
  analyser.begin(0);
  analyser.analyseUntil(samples.length);
  analyser.finish();
  return evidence;
}

function noisy(samples: Int16Array, amplitude: number): Int16Array {
  const noise = whiteNoise(samples.length, amplitude);
  return samples.map((sample, i) => sample + noise[i]!);
}

describe('silent pauses', () => {
  it.each([sentence, hers])('are found from 250 ms on, and as long as they are', async (speech) => {
    const half = speech.length >> 1;
    const without = await measured(joined([silence(100), speech, silence(100)], 0));
    expect(without.silentPauses).toBe(0);
    for (const milliseconds of [300, 450, 800]) {
      const parts = [silence(100), speech.subarray(0, half), silence(milliseconds), speech.subarray(half), silence(100)];
      for (const samples of [joined(parts, 0), noisy(joined(parts, 0), 150)]) {
        const { silentPauses, silentPauseFrames } = await measured(samples);
        expect(silentPauses, `${milliseconds} ms`).toBe(1);
        expect(Math.abs(10 * silentPauseFrames - milliseconds), `${milliseconds} ms`).toBeLessThanOrEqual(80);
      }
    }
  });

  it('are not the silence before and after the words', async () => {
    const { silentPauses } = await measured(joined([silence(600), sentence, silence(600)], 0));
    expect(silentPauses).toBe(0);
  });
});

describe('filled pauses', () => {
  const held: [string, VowelOptions][] = [
    ["a man's uh", { seconds: 0.4, f0Hz: (part) => 105 - 3 * part }],
    ["a woman's uh", { seconds: 0.5, f0Hz: (part) => 195 - 5 * part }],
    ['an ah', { seconds: 0.35, f0Hz: () => 120, formantsHz: () => [730, 1090, 2440] }],
    ['a quiet uh', { seconds: 0.45, f0Hz: () => 110, amplitude: 800 }],
  ];
  const moving: [string, VowelOptions][] = [
    ['a vowel whose pitch falls', { seconds: 0.5, f0Hz: (part) => 140 - 40 * part }],
    ['a vowel whose pitch rises', { seconds: 0.4, f0Hz: (part) => 180 + 60 * part }],
    ['a diphthong', { seconds: 0.4, f0Hz: () => 120, formantsHz: (part) => [730 - 430 * part, 1090 + 1100 * part, 2440] }],
    ['a short vowel', { seconds: 0.18, f0Hz: () => 110 }],
  ];

  it.each(held)('%s is one', async (_, options) => {
    const samples = joined([sentence, silence(120), vowel(options), silence(120), hers], 0);
    for (const input of [samples, samples.map((sample) => sample / 10)]) {
      const { filledPauses, filledPauseFrames } = await measured(input);
      expect(filledPauses).toBe(1);
      expect(filledPauseFrames).toBeLessThanOrEqual(100 * options.seconds + 4);
    }
  });

  it.each(moving)('%s is none', async (_, options) => {
    expect((await measured(joined([sentence, silence(120), vowel(options), silence(120), hers], 0))).filledPauses).toBe(0);
  });

  it.each([sentence, hers])('are not found in fluent speech with noise of 10 dB SNR', async (speech) => {
    const power = speech.reduce((sum, sample) => sum + sample ** 2, 0) / speech.length;
    const noise = Math.sqrt((3 * power) / 10);
    expect((await measured(noisy(joined([silence(300), speech, silence(300)], 0), noise))).filledPauses).toBe(0);
  });

  it.each([
    ['call/humans_mulaw_8k.wav', 0],
    ['call/humans_mulaw_8k.wav', 1],
    ['mono/rate_slt_x075.wav', 0],
    ['mono/rate_rms_x075.wav', 0],
  ])('fluent speech has none: %s, channel %i', async (file, channel) => {
    const { samples, sampleRate } = recording(file, channel);
    const engine = await createEngine({ vad: 'light' });
    for (const result of await analyse(engine, { samples, sampleRate })) {
      expect(answer(result, 'hesitation').finalLabel, `${result.startTime}`).toBe('no');
    }
  });
});

describe.each(['light', 'silero'] as const)('hesitation with the %s VAD', (vad) => {
  const engine = createEngine({ vad });
  const yes = async (samples: Int16Array) => {
    const found = utterances(await analyse(await engine, { samples, sampleRate: 16_000 }));
    const last = answer(found.at(-1)!, 'hesitation');
    return { yes: last.predictions.find(({ label }) => label === 'yes')!.posterior!, finalLabel: last.finalLabel };
  };

  /** The sentence in five parts, with the same between them. */
  const said = (between: Int16Array) => {
    const parts = [0, 1, 2, 3, 4].map((part) => sentence.subarray(part * 10_400, (part + 1) * 10_400));
    return joined([silence(500), ...parts.flatMap((part, i) => (i < 4 ? [part, between] : [part])), silence(700)], 0);
  };

  it('grows with the silence between the words', async () => {
    const [fluent, slow, halting] = [await yes(said(silence(0))), await yes(said(silence(320))), await yes(said(silence(430)))];
    expect(fluent.finalLabel).toBe('no');
    expect(slow.yes).toBeGreaterThan(fluent.yes);
    expect(halting.yes).toBeGreaterThan(slow.yes);
  });

  // The light VAD takes a held vowel for a tone, and cuts there.
  it.runIf(vad === 'silero')('is claimed when there are filled pauses as well', async () => {
    const uh = vowel({ seconds: 0.45, f0Hz: () => 100 });
    const halting = await yes(said(joined([uh, silence(350)], 0)));
    expect(halting.finalLabel).toBe('yes');
    expect(halting.yes).toBeLessThanOrEqual(0.85);
    expect(halting.yes).toBeGreaterThan((await yes(said(silence(350)))).yes);
  });

  it('takes in the gap before a short utterance, unless it is long', async () => {
    const word = hers.subarray(0, 14_000);
    const [soon, late] = [1300, 4000].map((gap) => joined([silence(500), sentence, silence(gap), word, silence(700)], 0));
    expect((await yes(soon!)).yes).toBeGreaterThan((await yes(late!)).yes + 0.1);
  });
});
