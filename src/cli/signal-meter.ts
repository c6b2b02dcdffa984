/** Length of the frames that are judged silent or not. */
const FRAME_MS = 20;
/** A frame quieter than this counts as silence. */
const SILENCE_DBFS = -50;
/** Samples from here on count as clipped: the last step of 16 bits, with room for rounding. */
const CLIPPED = 32_766 / 32_768;

/** What was measured of one channel. */
export interface SignalReport {
  /** Share of frames below -50 dBFS, 0 to 1. */
  readonly silence: number;
  /** Share of samples at full scale, 0 to 1. */
  readonly clipping: number;
  /** Root mean square of the frames that aren't silent, in dB below full scale; undefined when all are. */
  readonly levelDbfs: number | undefined;
  /** Largest magnitude, in dB below full scale; undefined for digital silence. */
  readonly peakDbfs: number | undefined;
  /** Mean of all samples, relative to full scale. */
  readonly dc: number;
}

/** Measures one channel as it comes: silence, clipping, level, offset. Any chunking gives the same figures. */
export class SignalMeter {
  readonly #frameLength: number;
  #samples = 0;
  #sum = 0;
  #clipped = 0;
  #peak = 0;
  #frames = 0;
  #silentFrames = 0;
  #activePower = 0;
  #framePower = 0;
  #frameSum = 0;
  #inFrame = 0;

  constructor(sampleRate: number) {
    this.#frameLength = Math.max(1, Math.round((sampleRate * FRAME_MS) / 1000));
  }

  push(samples: Float32Array): void {
    for (const sample of samples) {
      const magnitude = Math.abs(sample);
      this.#sum += sample;
      if (magnitude >= CLIPPED) this.#clipped += 1;
      if (magnitude > this.#peak) this.#peak = magnitude;
      this.#framePower += sample * sample;
      this.#frameSum += sample;
      this.#inFrame += 1;
      if (this.#inFrame === this.#frameLength) this.#endFrame();
    }
    this.#samples += samples.length;
  }

  /** The figures; a frame that isn't full counts as one. */
  report(): SignalReport {
    if (this.#inFrame > 0) this.#endFrame();
    const activeFrames = this.#frames - this.#silentFrames;
    return {
      silence: this.#frames > 0 ? this.#silentFrames / this.#frames : 1,
      clipping: this.#samples > 0 ? this.#clipped / this.#samples : 0,
      levelDbfs: activeFrames > 0 ? 10 * Math.log10(this.#activePower / activeFrames) : undefined,
      peakDbfs: this.#peak > 0 ? 20 * Math.log10(this.#peak) : undefined,
      dc: this.#samples > 0 ? this.#sum / this.#samples : 0,
    };
  }

  #endFrame(): void {
    // Without its mean, so that an offset is not taken for sound.
    const power = Math.max(0, this.#framePower / this.#inFrame - (this.#frameSum / this.#inFrame) ** 2);
    this.#frames += 1;
    if (10 * Math.log10(power) < SILENCE_DBFS) this.#silentFrames += 1;
    else this.#activePower += power;
    this.#framePower = 0;
    this.#frameSum = 0;
    this.#inFrame = 0;
  }
}
