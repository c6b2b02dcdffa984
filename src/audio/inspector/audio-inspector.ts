import { type DiagnosticCode, emitEvent } from '../../events/index.js';
import type { DecodedAudio, DecoderContext } from '../decoder.js';
import { ClippingDetector } from './clipping-detector.js';
import { PitchPlausibility } from './pitch-plausibility.js';

/** How long audio may be exactly zero before that is reported, in seconds. */
const ZERO_SECONDS = 10;

/**
 * Listens to what a decoder yields for audio that will give wrong results or none: all zero, clipped, or of a pitch that no voice has,
 * as a wrong sample rate makes it. Reports each once.
 */
export class AudioInspector {
  readonly #context: DecoderContext;
  #sampleRate = 0;
  #length = 0;
  #isAllZero = true;
  #clipping: ClippingDetector | undefined;
  #pitch: PitchPlausibility | undefined;

  constructor(context: DecoderContext) {
    this.#context = context;
  }

  push({ data, length, format }: DecodedAudio): void {
    if (format.sampleRate !== this.#sampleRate) {
      this.#sampleRate = format.sampleRate;
      this.#clipping = new ClippingDetector(format.sampleRate);
      this.#pitch = new PitchPlausibility(format.sampleRate);
    }
    this.#length += length;
    if (this.#isAllZero) this.#lookForSound(data);
    if (this.#clipping?.push(data)) {
      this.#clipping = undefined;
      this.#report(
        'CLIPPED_AUDIO',
        'the loudest peaks are cut off; clipped audio sounds more intense than it was. Record at a lower level.',
      );
    }
    const pitchHz = this.#pitch?.push(data);
    if (pitchHz !== undefined) this.#reportPitch(pitchHz);
  }

  /** The audio ended. */
  end(): void {
    if (this.#isAllZero && this.#length > 0 && this.#length < ZERO_SECONDS * this.#sampleRate) this.#reportZeros('all');
  }

  #lookForSound(data: readonly Float32Array[]): void {
    this.#isAllZero = data.every(isZero);
    if (this.#isAllZero && this.#length >= ZERO_SECONDS * this.#sampleRate) {
      this.#isAllZero = false;
      this.#reportZeros(`the first ${ZERO_SECONDS} s of`);
    }
  }

  #reportZeros(which: string): void {
    this.#report(
      'ALL_ZERO_AUDIO',
      `${which} the samples are exactly zero; a muted or unconnected source sends that, and it yields no predictions`,
    );
  }

  #reportPitch(pitchHz: number): void {
    this.#pitch = undefined;
    const [what, direction] = pitchHz < 100 ? ['below', 'low'] : ['above', 'high'];
    this.#report(
      'SUSPECT_SAMPLE_RATE',
      `at ${this.#sampleRate} Hz the voice's pitch is about ${Math.round(pitchHz)} Hz, ${what} any normal voice's. If this is speech, the sample rate is given too ${direction}.`,
    );
  }

  #report(code: DiagnosticCode, message: string): void {
    const { events, label } = this.#context;
    const atMs = (this.#length / this.#sampleRate) * 1000;
    emitEvent(events, { type: 'diagnostic', code, message: `${label}: ${message}`, atMs, stream: label });
  }
}

/** A loop, because every() calls a function for each sample for as long as nobody speaks. */
function isZero(samples: Float32Array): boolean {
  for (let i = 0; i < samples.length; i += 1) if (samples[i] !== 0) return false;
  return true;
}
