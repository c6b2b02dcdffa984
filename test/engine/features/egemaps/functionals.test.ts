import { beforeAll, describe, expect, it } from 'vitest';
import { loadFft } from '../../../../src/audio/fft/index.js';
import { FUNCTIONAL_NAMES, Functionals, FunctionalsMeter } from '../../../../src/engine/features/egemaps/index.js';
import { SpeechAnalyser } from '../../../../src/engine/features/speech-analyser.js';
import { SpeechEvidence } from '../../../../src/engine/features/speech-evidence.js';
import { createEngine } from '../../../../src/engine/index.js';
import { SampleHistory } from '../../../../src/engine/sample-history.js';
import { SeededRandom } from '../../../support/seeded-random.js';
import { analyse, answer, numbers } from '../../support/analyse.js';
import { recording, whiteNoise } from '../../support/recordings.js';

const RATE = 16_000;

beforeAll(loadFft);

/** The functionals of a signal in [-1, 1], by name, as a stretch of speech of its own. */
function measure(signal: ArrayLike<number>): Record<string, number> {
  const samples = Int16Array.from(signal, (value) => Math.round(value * 32_767));
  const history = new SampleHistory(samples.length);
  history.append(samples);
  const functionals = new Functionals();
  const analyser = new SpeechAnalyser(history, new SpeechEvidence(), new FunctionalsMeter(history, functionals));
  analyser.begin(0);
  analyser.analyseUntil(samples.length);
  analyser.finish();
  const vector = functionals.toVector();
  return Object.fromEntries(FUNCTIONAL_NAMES.map((name, index) => [name, vector[index]!]));
}

/** Pulses through resonances, each `period(n)` samples after the last and of the amplitude `gain(n)`. */
function voice(
  seconds: number,
  period: (n: number) => number,
  gain: (n: number) => number,
  formants: readonly [number, number][],
): Float64Array {
  // At eight times the rate, so that periods need not be whole samples.
  const over = 8;
  const length = seconds * RATE * over;
  let signal = new Float64Array(length);
  for (let n = 0, at = 0; at < length; at += period(n) * over, n += 1) signal[Math.round(at)] = gain(n);
  // A glottal pulse falls by 12 dB per octave; radiation gives 6 dB back.
  for (const [hz, bandwidth] of [...formants, [60, 120] as const]) {
    const radius = Math.exp((-Math.PI * bandwidth) / (RATE * over));
    const [a1, a2] = [2 * radius * Math.cos((2 * Math.PI * hz) / (RATE * over)), -(radius ** 2)];
    const output = new Float64Array(length);
    for (let i = 0; i < length; i += 1) output[i] = signal[i]! + a1 * (output[i - 1] ?? 0) + a2 * (output[i - 2] ?? 0);
    signal = output;
  }
  // A moving average keeps what lies above 8 kHz out, which the resonances have weakened already.
  const low = Float64Array.from({ length: seconds * RATE }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < over; k += 1) sum += signal[i * over + k]!;
    return sum;
  });
  const mean = low.reduce((sum, value) => sum + value, 0) / low.length;
  const peak = low.reduce((highest, value) => Math.max(highest, Math.abs(value - mean)), 0);
  return low.map((value) => (0.6 * (value - mean)) / peak);
}

const VOWEL: readonly [number, number][] = [
  [700, 80],
  [1300, 100],
  [2600, 140],
  [3500, 200],
];
const steady = (hz: number) => () => RATE / hz;
const one = () => 1;

describe('the 88 functionals', () => {
  it('have different names, and begin and end as those of eGeMAPS do', () => {
    expect(FUNCTIONAL_NAMES).toHaveLength(88);
    expect(new Set(FUNCTIONAL_NAMES).size).toBe(88);
    expect(FUNCTIONAL_NAMES.slice(0, 2)).toEqual(['F0semitoneFrom27.5Hz_sma3nz_amean', 'F0semitoneFrom27.5Hz_sma3nz_stddevNorm']);
    expect(FUNCTIONAL_NAMES[20]).toBe('spectralFlux_sma3_amean');
    expect(FUNCTIONAL_NAMES[30]).toBe('jitterLocal_sma3nz_amean');
    expect(FUNCTIONAL_NAMES[58]).toBe('alphaRatioV_sma3nz_amean');
    expect(FUNCTIONAL_NAMES[76]).toBe('alphaRatioUV_sma3nz_amean');
    expect(FUNCTIONAL_NAMES[87]).toBe('equivalentSoundLevel_dBp');
  });

  it.each([100, 150, 240])('give the F0 of a steady voice at %i Hz, with hardly any jitter or shimmer', (hz) => {
    const measured = measure(voice(2, steady(hz), one, VOWEL));
    expect(measured['F0semitoneFrom27.5Hz_sma3nz_amean']).toBeCloseTo(12 * Math.log2(hz / 27.5), 1);
    expect(measured['F0semitoneFrom27.5Hz_sma3nz_pctlrange0-2']).toBeLessThan(0.15);
    expect(measured.jitterLocal_sma3nz_amean).toBeLessThan(0.003);
    expect(measured.shimmerLocaldB_sma3nz_amean).toBeLessThan(0.15);
  });

  it.each([0.005, 0.01, 0.02, 0.04])('give the jitter of pulses whose periods alternate by %d', (jitter) => {
    const period = (n: number) => (RATE / 120) * (1 + (n % 2 === 0 ? jitter / 2 : -jitter / 2));
    const measured = measure(voice(2, period, one, VOWEL)).jitterLocal_sma3nz_amean!;
    expect(measured / jitter).toBeGreaterThan(0.8);
    expect(measured / jitter).toBeLessThan(1.25);
  });

  it.each([0.3, 0.7, 1.5])('give the shimmer of pulses whose amplitudes alternate by %d dB', (shimmerDb) => {
    const gain = (n: number) => 10 ** (((n % 2 === 0 ? 1 : -1) * shimmerDb) / 40);
    const measured = measure(voice(2, steady(120), gain, VOWEL)).shimmerLocaldB_sma3nz_amean!;
    // What is left of one pulse in the next evens them out a little.
    expect(measured / shimmerDb).toBeGreaterThan(0.6);
    expect(measured / shimmerDb).toBeLessThan(1.15);
  });

  it.each([0, 5, 10, 20])('give the harmonics-to-noise ratio of a voice in white noise at %i dB', (snrDb) => {
    const clean = voice(3, steady(140), one, VOWEL);
    const power = clean.reduce((sum, value) => sum + value * value, 0) / clean.length;
    const random = new SeededRandom(5);
    // Uniform noise between -1 and 1 has a power of a third.
    const noise = Math.sqrt(3 * power) * 10 ** (-snrDb / 20);
    const noisy = clean.map((value) => (value + noise * (2 * random.next() - 1)) * 0.4);
    const measured = measure(noisy);
    // At 0 dB few frames are voiced, those that happen to be clearer.
    expect(Math.abs(measured.HNRdBACF_sma3nz_amean! - snrDb)).toBeLessThan(snrDb === 0 ? 3 : 1.5);
  });

  it.each<[string, readonly [number, number][]]>([
    ['a', VOWEL],
    [
      'i',
      [
        [300, 60],
        [2300, 110],
        [3000, 150],
        [3700, 200],
      ],
    ],
    [
      'e',
      [
        [500, 70],
        [1800, 100],
        [2500, 140],
        [3500, 200],
      ],
    ],
  ])('give the formants of a vowel like "%s"', (_, formants) => {
    const measured = measure(voice(2, steady(110), one, formants));
    for (const [index, [hz]] of formants.slice(0, 3).entries()) {
      const found = measured[`F${index + 1}frequency_sma3nz_amean`]!;
      // Harmonics lie 110 Hz apart, and no formant is measured finer than a part of that.
      expect(Math.abs(found - hz), `F${index + 1} of ${hz} Hz: ${found}`).toBeLessThan(Math.max(60, 0.06 * hz));
    }
    expect(measured.F3bandwidth_sma3nz_amean).toBeGreaterThan(40);
    expect(measured.F3bandwidth_sma3nz_amean).toBeLessThan(600);
  });

  it.each([-0.04, -0.02, 0, 0.02])('give the slope of noise that falls by %d dB per Hz from 500 to 1500 Hz', (slope) => {
    const random = new SeededRandom(3);
    const length = 2 * RATE;
    const signal = new Float64Array(length);
    // Sines of every tenth Hz between 0 and 1500, each 10 Hz apart, with a random phase.
    for (let hz = 10; hz < 1500; hz += 10) {
      const phase = 2 * Math.PI * random.next();
      const gain = 10 ** ((slope * (hz - 1000)) / 20);
      for (let i = 0; i < length; i += 1) signal[i]! += gain * Math.sin((2 * Math.PI * hz * i) / RATE + phase);
    }
    const peak = signal.reduce((highest, value) => Math.max(highest, Math.abs(value)), 0);
    const measured = measure(signal.map((value) => (0.7 * value) / peak));
    const found = measured['slopeUV500-1500_sma3nz_amean'] || measured['slopeV500-1500_sma3nz_amean']!;
    // The edge at 1500 Hz leaks in.
    expect(Math.abs(found - slope)).toBeLessThan(0.008);
  });

  it('give a higher alpha ratio and a lower Hammarberg index for a flatter spectrum', () => {
    const dull = measure(
      voice(1, steady(120), one, [
        [500, 60],
        [1500, 300],
        [2500, 800],
        [3500, 1200],
      ]),
    );
    const bright = measure(
      voice(1, steady(120), one, [
        [800, 300],
        [1800, 100],
        [2800, 100],
        [3500, 100],
      ]),
    );
    expect(bright.alphaRatioV_sma3nz_amean!).toBeGreaterThan(dull.alphaRatioV_sma3nz_amean! + 3);
    expect(bright.hammarbergIndexV_sma3nz_amean!).toBeLessThan(dull.hammarbergIndexV_sma3nz_amean! - 3);
  });

  it('follow a gain in level and loudness only', () => {
    const loud = voice(2, steady(130), one, VOWEL);
    const [first, second] = [measure(loud), measure(loud.map((value) => value / 4))];
    expect(first.equivalentSoundLevel_dBp! - second.equivalentSoundLevel_dBp!).toBeCloseTo(20 * Math.log10(4), 1);
    expect(first.loudness_sma3_amean! / second.loudness_sma3_amean!).toBeCloseTo(4 ** (2 * 0.33), 1);
    for (const name of [
      'alphaRatioV_sma3nz_amean',
      'slopeV500-1500_sma3nz_amean',
      'F2frequency_sma3nz_amean',
      'logRelF0-H1-H2_sma3nz_amean',
    ]) {
      expect(second[name]! / first[name]!, name).toBeCloseTo(1, 1);
    }
  });

  it('count the peaks of loudness and the stretches with a voice', () => {
    const syllable = voice(1, steady(130), one, VOWEL);
    const signal = Float64Array.from({ length: 4 * RATE }, (_, i) => {
      const t = i / RATE;
      // Four a second, each with 100 ms of near silence before the next.
      const phase = (t * 4) % 1;
      return phase < 0.6 ? syllable[i % RATE]! * Math.sin((Math.PI * phase) / 0.6) : 0;
    });
    const measured = measure(signal);
    expect(measured.loudnessPeaksPerSec).toBeCloseTo(4, 0);
    expect(measured.VoicedSegmentsPerSec).toBeCloseTo(4, 0);
    expect(measured.MeanVoicedSegmentLengthSec! + measured.MeanUnvoicedSegmentLength!).toBeCloseTo(0.25, 1);
  });

  it('rise and fall with a contour of F0', () => {
    // A triangle of 4 semitones up in .5 s and down in .5 s.
    let t = 0;
    const period = () => {
      const phase = t % 1;
      const semitones = 4 * (phase < 0.5 ? 2 * phase : 2 - 2 * phase);
      const length = 1 / (120 * 2 ** (semitones / 12));
      t += length;
      return length * RATE;
    };
    const measured = measure(voice(4, period, one, VOWEL));
    expect(measured['F0semitoneFrom27.5Hz_sma3nz_meanRisingSlope']! / 8).toBeCloseTo(1, 0);
    expect(measured['F0semitoneFrom27.5Hz_sma3nz_meanFallingSlope']! / 8).toBeCloseTo(1, 0);
    expect(measured['F0semitoneFrom27.5Hz_sma3nz_pctlrange0-2']!).toBeCloseTo(0.6 * 4, 0);
  });

  it.each<[string, Int16Array]>([
    ['nothing', new Int16Array(0)],
    ['silence', new Int16Array(8000)],
    ['noise', whiteNoise(16_000, 32_767)],
    ['one pulse', Int16Array.from({ length: 8000 }, (_, i) => (i === 4000 ? 32_767 : 0))],
  ])('are finite for %s', (_, samples) => {
    const values = numbers(measure(Array.from(samples, (sample) => sample / 32_768)));
    expect(values).toHaveLength(88);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});

describe('an engine asked for embeddings', () => {
  it('gives the functionals of segments and utterances as features, for any chunking, and none unasked', async () => {
    const engine = await createEngine({ vad: 'light' });
    const { samples, sampleRate } = recording('mono/rate_slt_x100.wav');
    const part = { samples: samples.subarray(0, 5 * sampleRate), sampleRate };
    const whole = await analyse(engine, part, { embeddings: true });
    const cuts = Array.from({ length: 700 }, (_, i) => i * 111);
    expect(await analyse(engine, part, { embeddings: true }, cuts)).toEqual(whole);
    expect(whole.map(({ level }) => level)).toContain('segment');
    for (const result of whole) {
      const features = answer(result, 'features');
      expect(features).toMatchObject({ predictions: [], finalLabel: '' });
      expect(features.embedding).toHaveLength(88);
      expect(features.embedding!.every(Number.isFinite)).toBe(true);
    }
    for (const result of await analyse(engine, part)) expect(result.tasks.map(({ task }) => task)).not.toContain('features');
  });
});
