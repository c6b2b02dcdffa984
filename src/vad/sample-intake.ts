import { Resampler } from '../audio/resampler/index.js';
import { VAD_SAMPLE_RATE } from './vad.js';

const FULL_SCALE = 32_768;
/** Samples up to which the memory for a conversion is kept for the next: 0.26 s of output. A stream that pushes more allocates. */
const KEPT_LENGTH = 4096;

/** Brings a stream's audio to the 16 kHz that it is judged at; the samples come out the same for any chunking. */
export class SampleIntake {
  readonly #resampler: Resampler | undefined;
  #floats = new Float32Array(0);
  #samples = new Int16Array(0);

  /** @param sampleRate Of what is pushed, in Hz. At 16 kHz nothing is converted; at others, `loadResampler()` must have resolved. */
  constructor(sampleRate: number) {
    if (sampleRate !== VAD_SAMPLE_RATE) {
      this.#resampler = new Resampler({ fromRate: sampleRate, toRate: VAD_SAMPLE_RATE, channels: 1, reuses: true });
    }
  }

  /** Converts more samples; the result is valid until the next call. At 16 kHz they are passed on as they are. */
  convert(samples: Int16Array): Int16Array {
    if (!this.#resampler) return samples;
    const floats = this.#floatsOf(samples.length);
    for (let i = 0; i < floats.length; i += 1) floats[i] = samples[i]! / FULL_SCALE;
    return this.#toInt16(this.#resampler.process([floats])[0]!);
  }

  /** The samples the resampler still held back; convert nothing after it. */
  flush(): Int16Array {
    return this.#resampler ? this.#toInt16(this.#resampler.flush()[0]!) : new Int16Array(0);
  }

  /** Frees the resampler. */
  close(): void {
    this.#resampler?.free();
  }

  #floatsOf(length: number): Float32Array {
    if (length > KEPT_LENGTH) return new Float32Array(length);
    if (this.#floats.length < length) this.#floats = new Float32Array(length);
    return this.#floats.length === length ? this.#floats : this.#floats.subarray(0, length);
  }

  #toInt16(floats: Float32Array): Int16Array {
    const samples = this.#samplesOf(floats.length);
    for (let i = 0; i < samples.length; i += 1) {
      samples[i] = Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(floats[i]! * FULL_SCALE)));
    }
    return samples;
  }

  #samplesOf(length: number): Int16Array {
    if (length > KEPT_LENGTH) return new Int16Array(length);
    if (this.#samples.length < length) this.#samples = new Int16Array(length);
    return this.#samples.length === length ? this.#samples : this.#samples.subarray(0, length);
  }
}
