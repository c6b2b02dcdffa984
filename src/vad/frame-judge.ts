import { FrameCutter } from './frame-cutter.js';
import { MOST_TOGETHER, type Vad, type VadStream } from './vad.js';

/** Cuts a stream's audio into a detector's frames and has each judged: at once, in promises, or several together, as the detector can. */
export class FrameJudge {
  readonly #stream: VadStream;
  readonly #cutter: FrameCutter;
  readonly #onFrame: (frame: Int16Array, probability: number) => void;
  readonly #together: Int16Array | undefined;
  #judging = false;
  #state: 'open' | 'closed' | 'freed' = 'open';

  /** @param onFrame Called with each frame in turn, which is overwritten later; never after `close()`. */
  constructor(vad: Vad, onFrame: (frame: Int16Array, probability: number) => void) {
    this.#stream = vad.open();
    this.#cutter = new FrameCutter(vad.frameLength);
    this.#onFrame = onFrame;
    if (this.#stream.judgeAll) this.#together = new Int16Array(MOST_TOGETHER * vad.frameLength);
  }

  /** The samples that don't fill a frame yet; meaningful when all that was pushed is judged. */
  get rest(): Int16Array {
    return this.#cutter.rest;
  }

  /**
   * Takes audio at 16 kHz and has the frames judged that are complete now.
   *
   * @param samples Read until they are judged.
   * @returns Nothing when they are judged; otherwise a promise, before which nothing else may be pushed. It rejects with what the detector or
   *   `onFrame` throws.
   */
  push(samples: Int16Array): void | Promise<void> {
    this.#cutter.give(samples);
    if (this.#together) {
      const count = this.#gather(this.#together);
      return count === 0 ? undefined : this.#untilFreed(this.#judgeTogether(this.#together, count));
    }
    while (this.#state === 'open' && this.#cutter.next()) {
      const probability = this.#stream.judge(this.#cutter.frame);
      if (typeof probability !== 'number') return this.#untilFreed(this.#judgeInTurn(probability));
      this.#onFrame(this.#cutter.frame, probability);
    }
  }

  /** Frees the detector's stream, once a verdict that is being made is there. Calling it again does nothing. */
  close(): void {
    if (this.#state === 'open') this.#state = 'closed';
    this.#free();
  }

  async #judgeInTurn(first: Promise<number>): Promise<void> {
    let probability = await first;
    while (this.#state === 'open') {
      this.#onFrame(this.#cutter.frame, probability);
      if (!this.#cutter.next()) return;
      probability = await this.#stream.judge(this.#cutter.frame);
    }
  }

  async #judgeTogether(frames: Int16Array, first: number): Promise<void> {
    const { length } = this.#cutter.frame;
    for (let count = first; count > 0 && this.#state === 'open'; count = this.#gather(frames)) {
      for (let next = 0; next < count && this.#state === 'open'; ) {
        const probabilities = await this.#stream.judgeAll!(frames.subarray(next * length, count * length));
        // One at least, or a detector that gives none would be asked for ever.
        const end = Math.min(count, next + Math.max(1, probabilities.length));
        for (let i = next; i < end && this.#state === 'open'; i += 1) {
          this.#onFrame(frames.subarray(i * length, (i + 1) * length), probabilities[i - next]!);
        }
        next = end;
      }
    }
  }

  #gather(frames: Int16Array): number {
    let count = 0;
    for (; count < MOST_TOGETHER && this.#cutter.next(); count += 1)
      frames.set(this.#cutter.frame, count * this.#cutter.frame.length);
    return count;
  }

  async #untilFreed(judging: Promise<void>): Promise<void> {
    this.#judging = true;
    try {
      await judging;
    } finally {
      this.#judging = false;
      if (this.#state === 'closed') this.#free();
    }
  }

  #free(): void {
    if (this.#judging || this.#state === 'freed') return;
    this.#state = 'freed';
    this.#stream.close();
  }
}
