import { Histogram } from './histogram.js';
import { RunningMean } from './running-mean.js';

/** One analysed frame, 10 ms of speech. */
export interface SpeechFrame {
  /** 0 where unvoiced. */
  f0Hz: number;
  /** Share of periodic energy, 0 to 1. */
  periodicity: number;
  /** In dB below full scale. */
  levelDb: number;
  /** Energy above 500 Hz over energy below, in dB. */
  tiltDb: number;
  /** What syllables show in, see {@link measureSonority}, in dB below full scale. */
  sonorityDb: number;
  /** How short the vocal tract is, see {@link VocalTract}; NaN where the formants are not clear. */
  tractShortness: number;
  /** Whether samples lie at the ends of the 16-bit range. */
  clipped: boolean;
  /** Whether the audio ends near 4 kHz, as telephones' does. */
  narrowband: boolean;
}

/**
 * What a stretch of speech says, summed up frame by frame: all that the tasks look at.
 *
 * The evidence of an utterance is that of its parts, merged.
 */
export class SpeechEvidence {
  frames = 0;
  /** Syllable nuclei that were found, see {@link SyllableDetector}. */
  nuclei = 0;
  /** Syllables there probably are, in fractions, see {@link SyllableDensity}. */
  expectedSyllables = 0;
  /** Frames of phonation: all but silent pauses. */
  phonationFrames = 0;
  /** Silent pauses of 250 ms and more within the speech, and their frames. */
  silentPauses = 0;
  silentPauseFrames = 0;
  /** Filled pauses ("uh"), and their frames. */
  filledPauses = 0;
  filledPauseFrames = 0;
  /** Frames between the utterance before and this one, where that is short enough to be a pause of the same thought. */
  precedingGapFrames = 0;
  /** Frames with samples at the ends of the 16-bit range. */
  clippedFrames = 0;
  /** Frames of audio that ends near 4 kHz, as telephones' does. */
  narrowbandFrames = 0;
  /** log2 of F0 in Hz, over voiced frames; bins of a quarter semitone. */
  readonly logF0 = new Histogram(Math.log2(55), Math.log2(520), 156);
  /** Level of all frames, in dB. */
  readonly levelDb = new Histogram(-100, 0, 200);
  /** Level of voiced frames, in dB. */
  readonly voicedLevelDb = new Histogram(-100, 0, 200);
  /** Tilt of voiced frames, in dB. */
  readonly tiltDb = new RunningMean();
  /** How short the vocal tract is, over voiced frames with clear formants. */
  readonly tractShortness = new RunningMean();

  /** Voiced frames of 10 ms. */
  get voicedFrames(): number {
    return this.logF0.total;
  }

  add(frame: SpeechFrame): void {
    this.frames += 1;
    this.levelDb.add(frame.levelDb);
    if (frame.clipped) this.clippedFrames += 1;
    if (frame.narrowband) this.narrowbandFrames += 1;
    if (frame.f0Hz === 0) return;
    this.logF0.add(Math.log2(frame.f0Hz));
    this.voicedLevelDb.add(frame.levelDb);
    this.tiltDb.add(frame.tiltDb);
    if (!Number.isNaN(frame.tractShortness)) this.tractShortness.add(frame.tractShortness);
  }

  /** Adds what another stretch says. */
  merge(other: SpeechEvidence): void {
    this.frames += other.frames;
    this.nuclei += other.nuclei;
    this.expectedSyllables += other.expectedSyllables;
    this.phonationFrames += other.phonationFrames;
    this.silentPauses += other.silentPauses;
    this.silentPauseFrames += other.silentPauseFrames;
    this.filledPauses += other.filledPauses;
    this.filledPauseFrames += other.filledPauseFrames;
    this.precedingGapFrames += other.precedingGapFrames;
    this.clippedFrames += other.clippedFrames;
    this.narrowbandFrames += other.narrowbandFrames;
    this.logF0.merge(other.logF0);
    this.levelDb.merge(other.levelDb);
    this.voicedLevelDb.merge(other.voicedLevelDb);
    this.tiltDb.merge(other.tiltDb);
    this.tractShortness.merge(other.tractShortness);
  }

  /** Forgets everything. */
  clear(): void {
    this.frames = 0;
    this.nuclei = 0;
    this.expectedSyllables = 0;
    this.phonationFrames = 0;
    this.silentPauses = 0;
    this.silentPauseFrames = 0;
    this.filledPauses = 0;
    this.filledPauseFrames = 0;
    this.precedingGapFrames = 0;
    this.clippedFrames = 0;
    this.narrowbandFrames = 0;
    this.logF0.clear();
    this.levelDb.clear();
    this.voicedLevelDb.clear();
    this.tiltDb.clear();
    this.tractShortness.clear();
  }
}
