import type { RunningMean } from '../running-mean.js';

/**
 * Finds where a contour of frames of 10 ms turns, for the slopes between: a turn counts once the contour has come back from it far
 * enough, so that small waves don't.
 */
export class TurningPoints {
  readonly #isTurn: (extreme: number, value: number) => boolean;
  readonly #rising: RunningMean;
  readonly #falling: RunningMean;
  readonly #peak: () => void;
  #frames = 0;
  #direction: 'unknown' | 'rising' | 'falling' = 'unknown';
  #from = 0;
  #fromFrame = 0;
  #extreme = 0;
  #extremeFrame = 0;

  /** What is found is added to the means of the slopes, in units per second. */
  constructor(options: {
    /** Whether the contour has come back far enough from an extreme value. */
    isTurn: (extreme: number, value: number) => boolean;
    rising: RunningMean;
    falling: RunningMean;
    /** Called for each maximum. */
    peak?: () => void;
  }) {
    this.#isTurn = options.isTurn;
    this.#rising = options.rising;
    this.#falling = options.falling;
    this.#peak = options.peak ?? (() => {});
  }

  /** Takes the contour's next value. */
  add(value: number): void {
    const frame = this.#frames;
    this.#frames += 1;
    if (frame === 0) {
      this.#from = value;
      this.#fromFrame = frame;
      this.#extreme = value;
      this.#extremeFrame = frame;
      return;
    }
    if (this.#direction === 'unknown') {
      if (!this.#isTurn(this.#from, value)) return;
      this.#direction = value > this.#from ? 'rising' : 'falling';
      this.#reach(value, frame);
      return;
    }
    const sign = this.#direction === 'rising' ? 1 : -1;
    if (sign * (value - this.#extreme) >= 0) this.#reach(value, frame);
    else if (this.#isTurn(this.#extreme, value)) this.#turn(value, frame);
  }

  /** Ends the contour: the last slope counts up to its extreme. */
  end(): void {
    if (this.#direction !== 'unknown') this.#countSlope();
    this.#direction = 'unknown';
    this.#frames = 0;
  }

  #reach(value: number, frame: number): void {
    this.#extreme = value;
    this.#extremeFrame = frame;
  }

  #turn(value: number, frame: number): void {
    this.#countSlope();
    if (this.#direction === 'rising') this.#peak();
    this.#direction = this.#direction === 'rising' ? 'falling' : 'rising';
    this.#from = this.#extreme;
    this.#fromFrame = this.#extremeFrame;
    this.#reach(value, frame);
  }

  #countSlope(): void {
    const seconds = (this.#extremeFrame - this.#fromFrame) / 100;
    if (seconds <= 0) return;
    const slope = Math.abs(this.#extreme - this.#from) / seconds;
    (this.#direction === 'rising' ? this.#rising : this.#falling).add(slope);
  }
}
