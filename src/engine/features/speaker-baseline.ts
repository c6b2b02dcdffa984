import { SpeechEvidence } from './speech-evidence.js';

/** Seconds of voiced speech that make a baseline worth protecting, and for which a departure from it must last. */
const KNOWN_S = 3;
const LASTING_S = 3;
/** A step of level, in dB, that is too large for a speaker who goes on as before. */
const LEVEL_STEP_DB = 9;
/** What goes along when it is the speaker who gets louder: F0, by .2 octaves, or tilt, by 2 dB (Gramming et al. 1988; Nordenberg, Sundberg 2004). */
const EFFORT_OCTAVES = 0.2;
const EFFORT_TILT_DB = 2;

/**
 * What the speaker of a stream is usually like: everything heard so far through the same channel.
 *
 * A change of channel (another microphone, a transfer, a new codec) shows as a step of the level without the F0 and tilt that a louder voice
 * would bring, or as a change between telephone and wide band. Such speech is kept aside; when there are 3 s of it without a return, it
 * becomes the new baseline, and when the old channel returns, it is dropped.
 */
export class SpeakerBaseline {
  /** All that was heard through this channel. */
  get evidence(): SpeechEvidence {
    return this.#usual;
  }
  /** Seconds of voiced speech heard through this channel. */
  get voicedSeconds(): number {
    return this.#usual.voicedFrames / 100;
  }
  #usual = new SpeechEvidence();
  #departed = new SpeechEvidence();

  /** Takes the next stretch in. */
  add(stretch: SpeechEvidence): void {
    if (stretch.voicedFrames === 0) return;
    if (this.voicedSeconds < KNOWN_S || !isOtherChannel(stretch, this.#usual)) {
      this.#usual.merge(stretch);
      this.#departed.clear();
      return;
    }
    this.#departed.merge(stretch);
    if (this.#departed.voicedFrames < 100 * LASTING_S) return;
    [this.#usual, this.#departed] = [this.#departed, this.#usual];
    this.#departed.clear();
  }
}

function isOtherChannel(stretch: SpeechEvidence, usual: SpeechEvidence): boolean {
  if (isNarrow(stretch) !== isNarrow(usual)) return true;
  const level = stretch.voicedLevelDb.percentile(0.5) - usual.voicedLevelDb.percentile(0.5);
  if (Math.abs(level) < LEVEL_STEP_DB) return false;
  const direction = Math.sign(level);
  const f0 = direction * (stretch.logF0.percentile(0.5) - usual.logF0.percentile(0.5));
  const tilt = direction * (stretch.tiltDb.mean - usual.tiltDb.mean);
  return f0 < EFFORT_OCTAVES && tilt < EFFORT_TILT_DB;
}

function isNarrow({ narrowbandFrames, frames }: SpeechEvidence): boolean {
  return 2 * narrowbandFrames > frames;
}
