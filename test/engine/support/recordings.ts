import { WavReader } from '../../../src/audio/wav/index.js';
import { decodeAll, fixture } from '../../support/decoding.js';

/** One channel of a recording. */
export interface Recording {
  samples: Int16Array;
  sampleRate: number;
}

/** Reads one channel of a WAV file of test/fixtures. */
export function recording(name: string, channel = 0): Recording {
  const { channels, sampleRate, error } = decodeAll(new WavReader({ label: name, events: undefined }), [fixture(name)]);
  if (error) throw error;
  return { samples: Int16Array.from(channels[channel]!, (sample) => Math.round(sample * 32_768)), sampleRate };
}

/** Samples of one recording after the other, with silence between. */
export function joined(parts: readonly Int16Array[], silence: number): Int16Array {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length + silence, silence));
  let at = silence;
  for (const part of parts) {
    all.set(part, at);
    at += part.length + silence;
  }
  return all;
}

/** White noise, the same on every run. */
export function whiteNoise(length: number, amplitude: number, seed = 1): Int16Array {
  let state = seed;
  return Int16Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return Math.round((state / 0x8000_0000) * amplitude);
  });
}
