import { MULAW_SAMPLES } from '../src/audio/g711.js';
import { loadResampler, Resampler } from '../src/audio/resampler/index.js';
import { SampleIntake } from '../src/vad/sample-intake.js';
import type { Span } from './ground-truth.js';

/** One channel of a recording. */
export interface Audio {
  samples: Int16Array;
  sampleRate: number;
}

/** A way in which audio gets worse, or just different. */
export interface Condition {
  name: string;
  apply(audio: Audio, speech: readonly Span[]): Audio;
}

const SEED = 20_260_101;

/** What the recordings are put through, after they were evaluated as they are. */
export const CONDITIONS: readonly Condition[] = [
  { name: '-20 dB', apply: ({ samples, sampleRate }) => ({ samples: scaled(samples, 0.1), sampleRate }) },
  {
    name: '+20 dB or full scale',
    apply: ({ samples, sampleRate }) => ({ samples: scaled(samples, Math.min(10, headroom(samples))), sampleRate }),
  },
  { name: 'white noise, SNR 10 dB', apply: (audio, speech) => noisy(audio, speech, 10) },
  { name: 'white noise, SNR 5 dB', apply: (audio, speech) => noisy(audio, speech, 5) },
  { name: 'telephone band, 300-3400 Hz', apply: (audio) => telephoneBand(audio) },
  { name: 'mu-law, 8 kHz', apply: (audio) => mulaw(audio) },
];

/** All of a channel at 16 kHz. */
export function at16k({ samples, sampleRate }: Audio): Int16Array {
  const intake = new SampleIntake(sampleRate);
  const [body, rest] = [Int16Array.from(intake.convert(samples)), Int16Array.from(intake.flush())];
  intake.close();
  const all = new Int16Array(body.length + rest.length);
  all.set(body);
  all.set(rest, body.length);
  return all;
}

/** To be called once before any condition is applied. */
export const prepareConditions = loadResampler;

function scaled(samples: Int16Array, gain: number): Int16Array {
  return samples.map((sample) => clip(Math.round(sample * gain)));
}

function headroom(samples: Int16Array): number {
  let peak = 1;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return 32_767 / peak;
}

/** Adds noise that is as far below the speech, where there is speech, as the SNR says; the same noise on every run. */
function noisy({ samples, sampleRate }: Audio, speech: readonly Span[], snrDb: number): Audio {
  let [squares, count] = [0, 0];
  for (const { start, end } of speech) {
    for (const sample of samples.subarray(Math.round(start * sampleRate), Math.round(end * sampleRate))) {
      squares += sample * sample;
      count += 1;
    }
  }
  if (count === 0) return { samples, sampleRate };
  // Uniform noise of amplitude a has the power a^2 / 3.
  const amplitude = Math.sqrt((3 * squares) / count / 10 ** (snrDb / 10));
  let state = SEED;
  return {
    samples: samples.map((sample) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return clip(Math.round(sample + (amplitude * state) / 0x8000_0000));
    }),
    sampleRate,
  };
}

/** Two Butterworth filters of second order on each side (Bristow-Johnson's bilinear design). */
function telephoneBand({ samples, sampleRate }: Audio): Audio {
  let signal = Float64Array.from(samples);
  for (let pass = 0; pass < 2; pass += 1) {
    signal = filtered(signal, 300 / sampleRate, 'high');
    if (sampleRate > 8000) signal = filtered(signal, 3400 / sampleRate, 'low');
  }
  return { samples: Int16Array.from(signal, (sample) => clip(Math.round(sample))), sampleRate };
}

function filtered(signal: Float64Array, cutoff: number, side: 'high' | 'low'): Float64Array<ArrayBuffer> {
  const cosine = Math.cos(2 * Math.PI * cutoff);
  const alpha = Math.sin(2 * Math.PI * cutoff) / Math.SQRT2;
  const sign = side === 'high' ? -1 : 1;
  const b0 = (1 - sign * cosine) / 2 / (1 + alpha);
  const b1 = (sign * (1 - sign * cosine)) / (1 + alpha);
  const [a1, a2] = [(-2 * cosine) / (1 + alpha), (1 - alpha) / (1 + alpha)];
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return Float64Array.from(signal, (x) => {
    const y = b0 * x + b1 * x1 + b0 * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    return y;
  });
}

function mulaw({ samples, sampleRate }: Audio): Audio {
  const floats = Float32Array.from(samples, (sample) => sample / 32_768);
  const resampler = sampleRate === 8000 ? undefined : new Resampler({ fromRate: sampleRate, toRate: 8000, channels: 1 });
  const narrow = resampler ? [...resampler.process([floats])[0]!, ...resampler.flush()[0]!] : [...floats];
  resampler?.free();
  return { samples: Int16Array.from(narrow, (sample) => 32_768 * nearestMulaw(sample)), sampleRate: 8000 };
}

const LEVELS = [...new Set(MULAW_SAMPLES)].sort((a, b) => a - b);

/** The nearest of the values that G.711 mu-law can code. */
function nearestMulaw(sample: number): number {
  let [low, high] = [0, LEVELS.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (LEVELS[middle]! <= sample) low = middle;
    else high = middle;
  }
  return sample - LEVELS[low]! < LEVELS[high]! - sample ? LEVELS[low]! : LEVELS[high]!;
}

function clip(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, sample));
}
