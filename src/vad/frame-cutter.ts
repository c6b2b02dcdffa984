const NOTHING = new Int16Array(0);

/** Cuts audio of any chunking into frames of one length, without allocation: `give()` some, then `next()` until it says false. */
export class FrameCutter {
  /** The last complete frame; overwritten by the next. */
  readonly frame: Int16Array;
  #given: Int16Array = NOTHING;
  #used = 0;
  #filled = 0;

  /** @param frameLength In samples. */
  constructor(frameLength: number) {
    this.frame = new Int16Array(frameLength);
  }

  /** Takes over a chunk; the previous one must have been used up, that is, `next()` must have said false. */
  give(samples: Int16Array): void {
    this.#given = samples;
    this.#used = 0;
  }

  /** Fills `frame` with the next samples; false when the chunk ended before it was full, and what there was is kept for later. */
  next(): boolean {
    if (this.#filled === this.frame.length) this.#filled = 0;
    const take = Math.min(this.frame.length - this.#filled, this.#given.length - this.#used);
    for (let i = 0; i < take; i += 1) this.frame[this.#filled + i] = this.#given[this.#used + i]!;
    this.#used += take;
    this.#filled += take;
    if (this.#filled === this.frame.length) return true;
    // A chunk can be long, and the next one far away.
    this.#given = NOTHING;
    this.#used = 0;
    return false;
  }

  /** The samples that don't fill a frame yet; meaningful after `next()` said false. */
  get rest(): Int16Array {
    return this.frame.subarray(0, this.#filled % this.frame.length);
  }
}
