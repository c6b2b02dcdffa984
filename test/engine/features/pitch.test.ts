import { beforeAll, describe, expect, it } from 'vitest';
import { loadFft } from '../../../src/audio/fft/index.js';
import { FrameSpectrum, HOP_LENGTH, WINDOW_LENGTH } from '../../../src/engine/features/frame-spectrum.js';
import { MAX_LAG, PitchCandidates } from '../../../src/engine/features/pitch-candidates.js';
import { PitchTracker } from '../../../src/engine/features/pitch-tracker.js';

beforeAll(loadFft);

/** The track of a voice-like sound: harmonics that fall by 6 dB an octave, with an F0 that changes over time. */
function track(f0At: (seconds: number) => number, seconds: number, noise = 0): number[] {
  const length = seconds * 16_000;
  let phase = 0;
  let state = 1;
  const samples = Float32Array.from({ length }, (_, i) => {
    const f0 = f0At(i / 16_000);
    phase += (2 * Math.PI * f0) / 16_000;
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    let value = (noise * state) / 0x8000_0000;
    for (let h = 1; f0 > 0 && h * f0 < 4000; h += 1) value += (0.1 * Math.sin(h * phase)) / h;
    return value;
  });
  const spectrum = new FrameSpectrum(MAX_LAG);
  const candidates = new PitchCandidates();
  const decided: number[] = [];
  const tracker = new PitchTracker((f0) => decided.push(f0));
  for (let at = 0; at + WINDOW_LENGTH <= length; at += HOP_LENGTH) {
    spectrum.analyse(samples.subarray(at, at + WINDOW_LENGTH));
    candidates.find(spectrum.autocorrelation, Math.min(1, spectrum.peak / 0.2));
    tracker.add(candidates);
  }
  tracker.flush();
  return decided;
}

describe('the pitch track', () => {
  it.each([65, 80, 110, 150, 207, 300, 450])('finds %i Hz to half a percent', (f0) => {
    const decided = track(() => f0, 0.6);
    expect(decided).toHaveLength(56);
    for (const hz of decided) expect(Math.abs(hz / f0 - 1)).toBeLessThan(0.005);
  });

  it.each([0, 0.05])('follows a glide from 100 to 250 Hz without an octave error, noise %f', (noise) => {
    const f0At = (t: number) => 100 + 75 * t;
    const decided = track(f0At, 2, noise);
    const wrong = decided.filter((hz, i) => Math.abs(hz / f0At(0.025 + i * 0.01) - 1) > 0.03);
    expect(wrong.length / decided.length).toBeLessThan(0.02);
  });

  it('calls noise and silence unvoiced', () => {
    expect(track(() => 0, 1, 0.2).filter((hz) => hz > 0).length).toBeLessThan(5);
    expect(track(() => 0, 1).every((hz) => hz === 0)).toBe(true);
  });

  it('gives the same frames with a flush in the middle, one for each', () => {
    const tracker = (flushAt: number) => {
      const decided: number[] = [];
      const flushed = new PitchTracker((f0) => decided.push(f0));
      const candidates = new PitchCandidates();
      const correlation = new Float64Array(MAX_LAG + 1);
      for (let i = 0; i < 40; i += 1) {
        correlation.fill(0);
        correlation[100 + (i % 3)] = 0.8;
        candidates.find(correlation, 1);
        flushed.add(candidates);
        if (i === flushAt) flushed.flush();
      }
      flushed.flush();
      return decided;
    };
    expect(tracker(17)).toEqual(tracker(-1));
    expect(tracker(17)).toHaveLength(40);
  });
});
