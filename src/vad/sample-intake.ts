import { Resampler } from '../audio/resampler/index.js';
import { VAD_SAMPLE_RATE } from './vad.js';

const FULL_SCALE = 32_768;

/** Brings a stream's audio to the 16 kHz that it is judged at; the samples come out the same for any chunking. */
export class SampleIntake {
  readonly #resampler: Resampler | undefined;

  /** @param sampleRate Of what is pushed, in Hz. `loadResampler()` must have resolved. */
  constructor(sampleRate: number) {
    if (sampleRate !== VAD_SAMPLE_RATE) {
      this.#resampler = new Resampler({ fromRate: sampleRate, toRate: VAD_SAMPLE_RATE, channels: 1 });
    }
  }

  /** Converts more samples. At 16 kHz they are passed on as they are. */
  convert(samples: Int16Array): Int16Array {
    if (!this.#resampler) return samples;
    const floats = new Float32Array(samples.length);
    for (let i = 0; i < floats.length; i += 1) floats[i] = samples[i]! / FULL_SCALE;
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

function toInt16(floats: Float32Array): Int16Array {
  const samples = new Int16Array(floats.length);
  for (let i = 0; i < samples.length; i += 1) {
    samples[i] = Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(floats[i]! * FULL_SCALE)));
  }
  return samples;
}
