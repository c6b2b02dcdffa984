import type { SpeechEvidence } from './speech-evidence.js';
import { SpeechEvidence as Evidence } from './speech-evidence.js';

/** What the speaker of a stream is usually like: everything heard so far. */
export class SpeakerBaseline {
  readonly evidence: SpeechEvidence = new Evidence();

  /** Seconds of voiced speech heard. */
  get voicedSeconds(): number {
    return this.evidence.voicedFrames / 100;
  }

  /** Takes the next stretch in. */
  add(stretch: SpeechEvidence): void {
    this.evidence.merge(stretch);
  }
}
