import type { SampleHistory } from '../sample-history.js';
import { ENVELOPE_BANDS, FilledPauseDetector, measureEnvelope } from './filled-pause-detector.js';
import type { FrameObserver } from './frame-observer.js';
import { FrameSpectrum, HOP_LENGTH, WINDOW_LENGTH } from './frame-spectrum.js';
import { PauseDetector } from './pause-detector.js';
import { MAX_LAG, PitchCandidates } from './pitch-candidates.js';
import { PitchTracker, TRACKER_LAG } from './pitch-tracker.js';
import { measureSonority } from './sonority.js';
import { measureSpeechBands, SPEECH_BANDS } from './speech-bands.js';
import type { SpeechEvidence, SpeechFrame } from './speech-evidence.js';
import { SyllableDensity } from './syllable-density.js';
import { SyllableDetector } from './syllable-detector.js';
import { VocalTract } from './vocal-tract.js';

/** The loudest peak fades by this factor per frame, to half in 5 s of speech, so that the voicing decision follows the level. */
const PEAK_FADE = 0.5 ** (1 / 500);
const WAITING = TRACKER_LAG + 2;
/** Samples by which a frame's beginning lies behind the end that was reached when its pitch is decided, at most. */
export const ANALYSIS_DELAY = WINDOW_LENGTH + (WAITING + 1) * HOP_LENGTH;
/** A frame with this many samples, of the first 10 ms, within 0.2 dB of full scale is clipped; a single one may be a peak. */
const CLIPPED_SAMPLES = 3;
const FULL_SCALE = 0.977;

interface WaitingFrame extends SpeechFrame {
  envelopeDb: Float64Array;
}

/**
 * Measures the speech of one stream, frame by frame of 10 ms, and adds it to the evidence.
 *
 * Frame n of a stretch that begins at sample s spans the 50 ms from s + 160 n; it counts in the stretch in which it ends.
 */
export class SpeechAnalyser {
  readonly #history: SampleHistory;
  readonly #spectrum = new FrameSpectrum(MAX_LAG);
  readonly #tract = new VocalTract();
  readonly #candidates = new PitchCandidates();
  readonly #tracker = new PitchTracker((f0Hz, periodicity) => this.#decided(f0Hz, periodicity));
  readonly #syllables = new SyllableDetector();
  readonly #density = new SyllableDensity();
  readonly #pauses = new PauseDetector();
  readonly #filledPauses = new FilledPauseDetector();
  readonly #samples = new Float32Array(WINDOW_LENGTH);
  readonly #bands = new Float64Array(SPEECH_BANDS);
  /** Frames whose pitch is not decided yet, in a ring. */
  readonly #waiting = Array.from(
    { length: WAITING },
    (): WaitingFrame => ({
      f0Hz: 0,
      periodicity: 0,
      levelDb: 0,
      tiltDb: 0,
      sonorityDb: 0,
      tractShortness: Number.NaN,
      clipped: false,
      narrowband: false,
      envelopeDb: new Float64Array(ENVELOPE_BANDS),
    }),
  );
  #evidence: SpeechEvidence;
  readonly #observer: FrameObserver | undefined;
  #start = 0;
  #next = 0;
  #analysed = 0;
  #decidedFrames = 0;
  #loudestPeak = 0;

  /**
   * @param history Holds the samples to be analysed; `loadFft()` must have resolved.
   * @param evidence Where to add what is measured.
   * @param observer Told of each frame beside.
   */
  constructor(history: SampleHistory, evidence: SpeechEvidence, observer?: FrameObserver) {
    this.#history = history;
    this.#evidence = evidence;
    this.#observer = observer;
  }

  /** Begins a stretch of speech at a sample position. */
  begin(start: number): void {
    this.#start = start;
    this.#next = start;
    this.#observer?.begin();
    this.#tracker.reset();
    this.#density.begin();
    this.#pauses.begin();
    this.#filledPauses.begin();
    this.#analysed = 0;
    this.#decidedFrames = 0;
  }

  /** Analyses all frames that end at `end` or before. */
  analyseUntil(end: number): void {
    for (; this.#next + WINDOW_LENGTH <= end; this.#next += HOP_LENGTH) this.#analyse();
  }

  /** Decides what still waits, so that the evidence covers all that was analysed. */
  settle(): void {
    this.#tracker.flush();
    this.#evidence.expectedSyllables += this.#density.settle();
    this.#observer?.settle();
  }

  /** Ends the stretch of speech; its evidence is complete then. */
  finish(): void {
    this.#tracker.flush();
    this.#observer?.finish();
    if (this.#syllables.flush()) this.#evidence.nuclei += 1;
    this.#evidence.expectedSyllables += this.#density.finish();
  }

  #analyse(): void {
    const spectrum = this.#spectrum;
    this.#history.read(this.#next, WINDOW_LENGTH, this.#samples);
    spectrum.analyse(this.#samples);
    measureSpeechBands(spectrum, this.#bands);
    this.#density.add(this.#bands);
    const frame = this.#waiting[this.#analysed % WAITING]!;
    frame.levelDb = decibels(spectrum.meanSquare);
    frame.tiltDb = decibels(spectrum.band(500, 3400)) - decibels(spectrum.band(60, 500));
    frame.sonorityDb = decibels(measureSonority(this.#bands));
    frame.clipped = isClipped(this.#samples);
    measureEnvelope(spectrum, frame.envelopeDb);
    this.#analysed += 1;
    this.#loudestPeak = Math.max(this.#loudestPeak * PEAK_FADE, spectrum.peak);
    const relativePeak = this.#loudestPeak > 0 ? spectrum.peak / this.#loudestPeak : 0;
    this.#candidates.find(spectrum.autocorrelation, relativePeak);
    this.#tract.follow(spectrum);
    frame.narrowband = this.#tract.narrowband;
    frame.tractShortness = this.#candidates.voiced && this.#tract.measure(spectrum) ? this.#tract.shortness : Number.NaN;
    this.#tracker.add(this.#candidates);
  }

  #decided(f0Hz: number, periodicity: number): void {
    const frame = this.#waiting[this.#decidedFrames % WAITING]!;
    this.#observer?.frame(this.#start + this.#decidedFrames * HOP_LENGTH, f0Hz, periodicity);
    this.#decidedFrames += 1;
    frame.f0Hz = f0Hz;
    frame.periodicity = periodicity;
    const evidence = this.#evidence;
    evidence.add(frame);
    if (this.#syllables.add(frame.sonorityDb, f0Hz > 0)) evidence.nuclei += 1;
    evidence.phonationFrames += this.#syllables.phonation;
    const pause = this.#pauses.add(frame.levelDb, f0Hz > 0);
    if (pause > 0) evidence.silentPauses += 1;
    evidence.silentPauseFrames += pause;
    if (this.#filledPauses.add(f0Hz, frame.envelopeDb)) evidence.filledPauses += 1;
    evidence.filledPauseFrames += this.#filledPauses.frames;
  }
}

function isClipped(samples: Float32Array): boolean {
  let count = 0;
  for (let i = 0; i < HOP_LENGTH; i += 1) if (Math.abs(samples[i]!) >= FULL_SCALE) count += 1;
  return count >= CLIPPED_SAMPLES;
}

function decibels(power: number): number {
  return 10 * Math.log10(Math.max(power, 1e-10));
}
