import { Renewal } from '../renewal.js';
import type { VadStream } from '../vad.js';
import type { SileroBatches, SileroRow } from './silero-batches.js';
import { CONTEXT_LENGTH, FRAME_LENGTH, INPUT_LENGTH, STATE_LENGTH } from './silero-runner.js';

const FULL_SCALE = 32_768;

/**
 * One stream of the network, renewed in silence: on streams of minutes its memory drifts, and finds words a second late (measured on
 * known speech).
 */
export class SileroStream implements VadStream {
  readonly #batches: SileroBatches;
  readonly #input = new Float32Array(INPUT_LENGTH);
  readonly #renewal = new Renewal(FRAME_LENGTH);
  #state = new Float32Array(STATE_LENGTH);
  /** That of the second detector, which counts only while there is one. */
  #nextState = new Float32Array(STATE_LENGTH);
  #rowsLeft = 0;
  #probability = 0;
  #error: Error | undefined;
  #settle: { resolve: (probability: number) => void; reject: (error: Error) => void } | undefined;

  constructor(batches: SileroBatches) {
    this.#batches = batches;
  }

  judge(frame: Int16Array): Promise<number> {
    this.#input.copyWithin(0, FRAME_LENGTH);
    for (let i = 0; i < FRAME_LENGTH; i += 1) this.#input[CONTEXT_LENGTH + i] = frame[i]! / FULL_SCALE;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#error = undefined;
      this.#rowsLeft = this.#renewal.isRunning ? 2 : 1;
      this.#batches.add(this.#row(this.#state, true));
      if (this.#renewal.isRunning) this.#batches.add(this.#row(this.#nextState, false));
    });
  }

  close(): void {}

  #row(state: Float32Array, isFirst: boolean): SileroRow {
    return {
      input: this.#input,
      state,
      judged: (probability) => {
        if (isFirst) this.#probability = probability;
        this.#rowDone();
      },
      failed: (error) => {
        this.#error = error;
        this.#rowDone();
      },
    };
  }

  #rowDone(): void {
    this.#rowsLeft -= 1;
    if (this.#rowsLeft > 0) return;
    const { resolve, reject } = this.#settle!;
    if (this.#error) {
      reject(this.#error);
      return;
    }
    const step = this.#renewal.next(this.#probability);
    if (step === 'take') [this.#state, this.#nextState] = [this.#nextState, this.#state];
    if (step === 'take' || step === 'begin') this.#nextState.fill(0);
    resolve(this.#probability);
  }
}
