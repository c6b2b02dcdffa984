import { Renewal } from '../renewal.js';
import { MOST_TOGETHER, type VadStream } from '../vad.js';
import type { SileroBatches } from './silero-batches.js';
import { CONTEXT_LENGTH, FRAME_LENGTH, STATE_LENGTH } from './silero-runner.js';

const FULL_SCALE = 32_768;

/**
 * One stream of the network, renewed in silence: on streams of minutes its memory drifts, and finds words a second late (measured on
 * known speech).
 */
export class SileroStream implements VadStream {
  readonly #batches: SileroBatches;
  readonly #renewal = new Renewal(FRAME_LENGTH);
  /** The end of what was judged, and what is judged now. */
  readonly #signal = new Float32Array(CONTEXT_LENGTH + MOST_TOGETHER * FRAME_LENGTH);
  readonly #probabilities = new Float32Array(MOST_TOGETHER);
  #state = new Float32Array(STATE_LENGTH);
  /** That of the second detector, which counts only while there is one. */
  #nextState = new Float32Array(STATE_LENGTH);

  constructor(batches: SileroBatches) {
    this.#batches = batches;
  }

  judge(frame: Int16Array): Promise<number> {
    return this.#judgeSome(frame).then(() => this.#probabilities[0]!);
  }

  async judgeAll(frames: Int16Array): Promise<Float32Array> {
    const count = frames.length / FRAME_LENGTH;
    const all = new Float32Array(count);
    for (let judged = 0; judged < count; ) {
      const some = Math.min(count - judged, this.#mostFrames());
      try {
        await this.#judgeSome(frames.subarray(judged * FRAME_LENGTH, (judged + some) * FRAME_LENGTH));
      } catch (error) {
        if (judged === 0) throw error;
        return all.subarray(0, judged);
      }
      all.set(this.#probabilities.subarray(0, some), judged);
      judged += some;
    }
    return all;
  }

  close(): void {}

  /** A renewal changes which detectors hear what follows. */
  #mostFrames(): number {
    return Math.min(MOST_TOGETHER, this.#renewal.framesUntilDue, this.#batches.framesFor(this.#renewal.isRunning ? 2 : 1));
  }

  #judgeSome(frames: Int16Array): Promise<void> {
    const signal = this.#signal;
    for (let i = 0; i < frames.length; i += 1) signal[CONTEXT_LENGTH + i] = frames[i]! / FULL_SCALE;
    const count = frames.length / FRAME_LENGTH;
    return new Promise((resolve, reject) => {
      this.#batches.add({
        signal,
        frames: count,
        states: this.#renewal.isRunning ? [this.#state, this.#nextState] : [this.#state],
        probabilities: this.#probabilities,
        done: () => {
          signal.copyWithin(0, frames.length, frames.length + CONTEXT_LENGTH);
          for (let frame = 0; frame < count; frame += 1) this.#renew(this.#probabilities[frame]!);
          resolve();
        },
        failed: reject,
      });
    });
  }

  #renew(probability: number): void {
    const step = this.#renewal.next(probability);
    if (step === 'take') [this.#state, this.#nextState] = [this.#nextState, this.#state];
    if (step === 'take' || step === 'begin') this.#nextState.fill(0);
  }
}
