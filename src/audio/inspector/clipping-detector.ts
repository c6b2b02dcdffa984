/** Level from which samples may be cut off; G.711's highest is 0.98. */
const RAIL = 0.98;
/** Difference below which two samples at the rail count as a flat top. */
const FLAT = 0.001;
/** Share of one second's samples that must be cut off. */
const SHARE = 0.001;

/** Notices audio whose peaks were cut off: flat tops at full scale, or samples beyond it. */
export class ClippingDetector {
  readonly #sampleRate: number;
  #previous: number[] = [];
  #clipped = 0;
  #samples = 0;

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
  }

  /** Takes more audio; true once a second of it is clipped. */
  push(channels: readonly Float32Array[]): boolean {
    const length = channels[0]?.length ?? 0;
    for (let channel = 0; channel < channels.length; channel += 1) {
      const samples = channels[channel]!;
      let previous = this.#previous[channel] ?? 0;
      let clipped = 0;
      for (let i = 0; i < length; i += 1) {
        const sample = samples[i]!;
        if ((sample >= RAIL || sample <= -RAIL) && (Math.abs(sample - previous) < FLAT || sample > 1 || sample < -1))
          clipped += 1;
        previous = sample;
      }
      this.#previous[channel] = previous;
      this.#clipped += clipped;
    }
    this.#samples += length;
    if (this.#samples < this.#sampleRate) return false;
    const isClipped = this.#clipped > this.#samples * channels.length * SHARE;
    this.#samples = 0;
    this.#clipped = 0;
    return isClipped;
  }
}
