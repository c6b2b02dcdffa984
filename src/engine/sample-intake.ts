import { Resampler } from '../audio/resampler/index.js';
import { ENGINE_SAMPLE_RATE } from './engine-sample-rate.js';

const FULL_SCALE = 32_768;

/** Brings a stream's audio to the engine's 16 kHz; the samples come out the same for any chunking. */
export class SampleIntake {
  readonly #resampler: Resampler | undefined;

  /** @param sampleRate Of what is pushed, in Hz. `loadResampler()` must have resolved. */
  constructor(sampleRate: number) {
    if (sampleRate !== ENGINE_SAMPLE_RATE) {
      this.#resampler = new Resampler({ fromRate: sampleRate, toRate: ENGINE_SAMPLE_RATE, channels: 1 });
    }
  }

  /** Converts more samples. At 16 kHz they are passed on as they are. */
  convert(samples: Int16Array): Int16Array {
    if (!this.#resampler) return samples;
    const floats = Float32Array.from(samples, (sample) => sample / FULL_SCALE);
    return toInt16(this.#resampler.process([floats])[0]!);
  }

  /** The samples the resampler still held back; convert nothing after it. */
  flush(): Int16Array {
    return this.#resampler ? toInt16(this.#resampler.flush()[0]!) : new Int16Array(0);
  }

  /** Frees the resampler. */
  close(): void {
    this.#resampler?.free();
  }
}

function toInt16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (sample) => Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(sample * FULL_SCALE))));
}
