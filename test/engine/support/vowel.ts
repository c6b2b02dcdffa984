import { SeededRandom } from '../../support/seeded-random.js';

/** How a vowel goes; the functions take the part of it that has passed, 0 to 1. */
export interface VowelOptions {
  seconds: number;
  f0Hz: (part: number) => number;
  /** Of the first three formants. Default: those of a schwa, held. */
  formantsHz?: (part: number) => readonly number[];
  /** Peak amplitude of a sample. Default: 6000. */
  amplitude?: number;
}

const BANDWIDTHS_HZ = [80, 110, 160];

/** A vowel at 16 kHz: harmonics of a voice that falls by 12 dB an octave, through three resonances, with 0.5 % jitter of F0. */
export function vowel({
  seconds,
  f0Hz,
  formantsHz = () => [500, 1500, 2500],
  amplitude = 6000,
}: VowelOptions): Int16Array<ArrayBuffer> {
  const length = Math.round(16_000 * seconds);
  const random = new SeededRandom(7);
  const raw = new Float64Array(length);
  let phase = 0;
  let jitter = 1;
  for (let i = 0; i < length; i += 1) {
    const part = i / length;
    if (i % 80 === 0) jitter = 1 + random.between(-0.005, 0.005);
    const f0 = f0Hz(part) * jitter;
    phase += (2 * Math.PI * f0) / 16_000;
    const formants = formantsHz(part);
    for (let h = 1; h * f0 < 4000; h += 1) {
      const gain = formants.reduce((product, formant, n) => product * resonance(h * f0, formant, BANDWIDTHS_HZ[n]!), 1 / h ** 2);
      raw[i]! += gain * Math.sin(h * phase);
    }
    raw[i]! *= Math.min(1, i / 400, (length - i) / 400);
  }
  const peak = raw.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return Int16Array.from(raw, (sample) => (amplitude * sample) / peak);
}

/** Gain of a resonance, 1 at 0 Hz. */
function resonance(hz: number, centreHz: number, bandwidthHz: number): number {
  const half = bandwidthHz / 2;
  return (centreHz ** 2 + half ** 2) / Math.sqrt(((hz - centreHz) ** 2 + half ** 2) * ((hz + centreHz) ** 2 + half ** 2));
}
