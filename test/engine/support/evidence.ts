import fc from 'fast-check';
import { SpeechEvidence } from '../../../src/engine/features/speech-evidence.js';

/** What a made-up stretch of speech is like. */
export interface Stretch {
  voiced: number;
  unvoiced: number;
  f0Hz: number;
  /** F0 goes up and down by this many semitones. */
  swing: number;
  levelDb: number;
  /** How far the level of unvoiced frames lies below that of voiced ones. */
  rangeDb: number;
  tiltDb: number;
  shortness: number;
  /** Per second of all frames. */
  syllables: number;
  clippedShare: number;
  narrowband: boolean;
  silentPauses: number;
  filledPauses: number;
  precedingGapFrames: number;
}

/** An ordinary stretch of 3 s. */
export const ORDINARY: Stretch = {
  voiced: 200,
  unvoiced: 100,
  f0Hz: 120,
  swing: 3,
  levelDb: -30,
  rangeDb: 40,
  tiltDb: -10,
  shortness: -0.05,
  syllables: 5,
  clippedShare: 0,
  narrowband: false,
  silentPauses: 0,
  filledPauses: 0,
  precedingGapFrames: 0,
};

/** Any stretch of speech, or of what was taken for it. */
export const anyStretch: fc.Arbitrary<Stretch> = fc.record({
  voiced: fc.nat(500),
  unvoiced: fc.nat(300),
  f0Hz: fc.double({ min: 60, max: 500, noNaN: true }),
  swing: fc.double({ min: 0, max: 8, noNaN: true }),
  // In the middle of the bins of 0.5 dB that levels are counted in, so that rounding moves none to the next, and 20 dB within their -100 to 0.
  levelDb: fc.integer({ min: -40, max: -26 }).map((db) => db + 0.25),
  rangeDb: fc.nat(39),
  tiltDb: fc.double({ min: -40, max: 30, noNaN: true }),
  shortness: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
  syllables: fc.double({ min: 0, max: 15, noNaN: true }),
  clippedShare: fc.constantFrom(0, 0.2, 1),
  narrowband: fc.boolean(),
  silentPauses: fc.nat(4),
  filledPauses: fc.nat(3),
  precedingGapFrames: fc.nat(150),
});

/** The evidence of a made-up stretch. */
export function evidenceOf(stretch: Stretch): SpeechEvidence {
  const evidence = new SpeechEvidence();
  const frames = stretch.voiced + stretch.unvoiced;
  for (let i = 0; i < frames; i += 1) {
    const voiced = i < stretch.voiced;
    evidence.add({
      f0Hz: voiced ? Math.min(500, Math.max(60, stretch.f0Hz * 2 ** ((stretch.swing * Math.sin(i)) / 12))) : 0,
      periodicity: voiced ? 0.9 : 0,
      levelDb: voiced ? stretch.levelDb : stretch.levelDb - stretch.rangeDb,
      tiltDb: stretch.tiltDb,
      sonorityDb: stretch.levelDb,
      tractShortness: stretch.shortness,
      clipped: i < stretch.clippedShare * frames,
      narrowband: stretch.narrowband,
    });
  }
  evidence.silentPauses = stretch.silentPauses;
  evidence.silentPauseFrames = Math.min(frames, 40 * stretch.silentPauses);
  evidence.filledPauses = stretch.filledPauses;
  evidence.filledPauseFrames = Math.min(frames - evidence.silentPauseFrames, 35 * stretch.filledPauses);
  evidence.precedingGapFrames = stretch.precedingGapFrames;
  evidence.phonationFrames = frames - evidence.silentPauseFrames;
  evidence.nuclei = Math.round((stretch.syllables * frames) / 100);
  evidence.expectedSyllables = evidence.nuclei;
  return evidence;
}
