/** Level from which samples may be cut off; G.711's highest is 0.98. */
const RAIL = 0.98;
/** Difference below which two samples at the rail count as a flat top. */
const FLAT = 0.001;
/** Only so many samples in a second are looked at: clipping shows in every stretch of samples, not in single ones. */
const LOOKS_PER_SECOND = 8000;
/** Share of one second's samples that must be cut off. */
const SHARE = 0.001;

/** Notices audio whose peaks were cut off: flat tops at full scale, or samples beyond it. */
export class ClippingDetector {
  readonly #sampleRate: number;
  readonly #step: number;
  #clipped = 0;
  #looks = 0;
  #samples = 0;

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
    this.#step = Math.max(1, Math.floor(sampleRate / LOOKS_PER_SECOND));
  }

  /** Takes more audio; true once a second of it is clipped. */
  push(channels: readonly Float32Array[]): boolean {
    for (const samples of channels) {
      this.#clipped += countClipped(samples, this.#step);
      this.#looks += samples.length / this.#step;
    }
    this.#samples += channels[0]?.length ?? 0;
    if (this.#samples < this.#sampleRate) return false;
    const isClipped = this.#clipped > this.#looks * SHARE;
    this.#samples = 0;
    this.#looks = 0;
    this.#clipped = 0;
    return isClipped;
  }
}

function countClipped(samples: Float32Array, step: number): number {
  let clipped = 0;
  for (let i = 1; i < samples.length; i += step) {
    const sample = samples[i]!;
    if (sample < RAIL && sample > -RAIL) continue;
    if (sample > 1 || sample < -1 || Math.abs(sample - samples[i - 1]!) < FLAT) clipped += 1;
  }
  return clipped;
}
