import type { SampleHistory } from '../../sample-history.js';
import type { FrameObserver } from '../frame-observer.js';
import { DESCRIPTORS, Descriptors, PLACE } from './descriptors.js';
import type { Functionals } from './functionals.js';
import { TurningPoints } from './turning-points.js';

/** The contour of F0 turns when it has come back by this, in semitones; that of loudness, by this share. */
const F0_TURN = 0.4;
const LOUDNESS_TURN = 0.1;

interface Frame {
  values: Float64Array;
  meanSquare: number;
}

/** Measures the frames of one stream for the functionals: their descriptors, smoothed over three frames, and what runs over many. */
export class FunctionalsMeter implements FrameObserver {
  readonly #functionals: Functionals;
  readonly #descriptors: Descriptors;
  readonly #f0: TurningPoints;
  readonly #loudness: TurningPoints;
  readonly #smoothed = new Float64Array(DESCRIPTORS);
  #previous = emptyFrame();
  #current = emptyFrame();
  /** Whether the current frame still waits for the one after it. */
  #waits = false;
  #run = 0;
  #runIsVoiced = false;

  /** @param functionals Where to add what is measured. */
  constructor(history: SampleHistory, functionals: Functionals) {
    this.#functionals = functionals;
    this.#descriptors = new Descriptors(history);
    this.#f0 = new TurningPoints({
      isTurn: (extreme, value) => Math.abs(value - extreme) > F0_TURN,
      rising: functionals.f0Rising,
      falling: functionals.f0Falling,
    });
    this.#loudness = new TurningPoints({
      isTurn: (extreme, value) => Math.abs(value - extreme) > LOUDNESS_TURN * Math.max(extreme, value),
      rising: functionals.loudnessRising,
      falling: functionals.loudnessFalling,
      peak: () => {
        functionals.loudnessPeaks += 1;
      },
    });
  }

  begin(): void {
    this.#descriptors.reset();
    this.#previous.values.fill(Number.NaN);
    this.#current.values.fill(Number.NaN);
    this.#waits = false;
    this.#run = 0;
  }

  frame(start: number, f0Hz: number, periodicity: number): void {
    const descriptors = this.#descriptors;
    descriptors.measure(start, f0Hz, periodicity);
    if (this.#waits) this.#smooth(descriptors.values);
    [this.#previous, this.#current] = [this.#current, this.#previous];
    this.#current.values.set(descriptors.values);
    this.#current.meanSquare = descriptors.meanSquare;
    this.#waits = true;
  }

  settle(): void {
    if (this.#waits) this.#smooth(undefined);
    this.#waits = false;
  }

  finish(): void {
    this.settle();
    this.#f0.end();
    this.#loudness.end();
    this.#endRun();
  }

  /** Adds the current frame: the mean of it and its neighbours, of those in which a descriptor applies. */
  #smooth(next: Float64Array | undefined): void {
    const { values, meanSquare } = this.#current;
    for (let place = 0; place < DESCRIPTORS; place += 1) {
      let sum = values[place]!;
      let count = 1;
      const before = this.#previous.values[place]!;
      const after = next ? next[place]! : Number.NaN;
      if (!Number.isNaN(before)) {
        sum += before;
        count += 1;
      }
      if (!Number.isNaN(after)) {
        sum += after;
        count += 1;
      }
      this.#smoothed[place] = sum / count;
    }
    this.#functionals.add(this.#smoothed, meanSquare);
    this.#follow(this.#smoothed[PLACE.f0]!, this.#smoothed[PLACE.loudness]!);
  }

  #follow(f0: number, loudness: number): void {
    const voiced = !Number.isNaN(f0);
    if (voiced) this.#f0.add(f0);
    else this.#f0.end();
    this.#loudness.add(loudness);
    if (this.#run > 0 && voiced !== this.#runIsVoiced) this.#endRun();
    this.#runIsVoiced = voiced;
    this.#run += 1;
  }

  #endRun(): void {
    if (this.#run === 0) return;
    const lengths = this.#runIsVoiced ? this.#functionals.voicedLengths : this.#functionals.unvoicedLengths;
    lengths.add(this.#run / 100);
    this.#run = 0;
  }
}

function emptyFrame(): Frame {
  return { values: new Float64Array(DESCRIPTORS).fill(Number.NaN), meanSquare: 0 };
}
