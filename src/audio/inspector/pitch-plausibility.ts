import { estimatePitch, pitchWindow } from './pitch-estimate.js';

/** One window is looked at in so many seconds. */
const STEP_SECONDS = 0.25;
/** Voiced windows it takes for a judgement, and windows after which it is given up. */
const VOICED_WINDOWS = 24;
const MAX_WINDOWS = 480;
/** Median pitch that speech doesn't leave: below a deep man's creak, above an excited woman's; in Hz. */
const LOWEST_MEDIAN_HZ = 60;
const HIGHEST_MEDIAN_HZ = 380;
/** Spread of the middle half, relative to the median, below which it is a hum or a tone. */
const LEAST_SPREAD = 0.03;

/**
 * Judges from the pitch of its first voices whether audio can have the sample rate it is said to have.
 *
 * Honest about little: it notices most voices at half the true rate or less, high ones at double, and nothing within that.
 */
export class PitchPlausibility {
  readonly #sampleRate: number;
  readonly #window: Float32Array;
  readonly #step: number;
  #position = 0;
  #windows = 0;
  #pitches: number[] = [];

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
    this.#window = new Float32Array(pitchWindow(sampleRate));
    this.#step = Math.max(this.#window.length, Math.floor(sampleRate * STEP_SECONDS));
  }

  /** Takes more audio; returns the median pitch in Hz, once, when it is implausible. */
  push(channels: readonly Float32Array[]): number | undefined {
    if (this.#windows >= MAX_WINDOWS) return undefined;
    const length = channels[0]?.length ?? 0;
    let implausible: number | undefined;
    for (let from = 0; from < length; ) {
      const into = this.#position % this.#step;
      const isCollecting = into < this.#window.length;
      const count = Math.min(length - from, (isCollecting ? this.#window.length : this.#step) - into);
      if (isCollecting) {
        this.#collect(channels, from, count, into);
        if (into + count === this.#window.length) implausible ??= this.#judge();
      }
      this.#position += count;
      from += count;
    }
    return implausible;
  }

  #collect(channels: readonly Float32Array[], from: number, count: number, into: number): void {
    this.#window.fill(0, into, into + count);
    for (const samples of channels) {
      for (let i = 0; i < count; i += 1) this.#window[into + i]! += samples[from + i]!;
    }
  }

  #judge(): number | undefined {
    this.#windows += 1;
    const pitch = estimatePitch(this.#window, this.#sampleRate);
    if (pitch !== undefined) this.#pitches.push(pitch);
    if (this.#pitches.length < VOICED_WINDOWS) return undefined;
    this.#windows = MAX_WINDOWS;
    const sorted = this.#pitches.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)]!;
    const median = at(0.5);
    const spread = (at(0.75) - at(0.25)) / median;
    const isPlausible = median >= LOWEST_MEDIAN_HZ && median <= HIGHEST_MEDIAN_HZ;
    return isPlausible || spread < LEAST_SPREAD ? undefined : median;
  }
}
