import { FRAME_LENGTH, INPUT_LENGTH, LAYER_LENGTH, type SileroRunner, type SileroStep, STATE_LENGTH } from './silero-runner.js';

/** Frames of one signal that wait to be judged. */
export interface SileroJob {
  /** `CONTEXT_LENGTH` floats, then `FRAME_LENGTH` for each frame. */
  readonly signal: Float32Array;
  /** How many frames, from 1; what a batch may have. */
  readonly frames: number;
  /** The memory of each detector that hears them, `STATE_LENGTH` floats: read, and then overwritten. */
  readonly states: readonly Float32Array[];
  /** Takes the first detector's probability for each frame. */
  readonly probabilities: Float32Array;
  /** Called when probabilities and memories are there. */
  done(): void;
  /** Called instead when the network failed. */
  failed(error: Error): void;
}

/**
 * Gathers the frames that wait in all streams of a thread and has the network judge them at once: sixteen together cost a fraction of
 * what they cost alone (benchmarks/engine.mjs).
 *
 * A batch begins as soon as the one before is done and all that is due in this turn of the event loop was heard; nothing waits longer.
 */
export class SileroBatches {
  readonly #runner: SileroRunner;
  readonly #input: Float32Array;
  readonly #state: Float32Array;
  readonly #hears: Int32Array;
  #waiting: SileroJob[] = [];
  #scheduled = false;

  constructor(runner: SileroRunner) {
    this.#runner = runner;
    this.#input = new Float32Array(runner.maxFrames * INPUT_LENGTH);
    this.#state = new Float32Array(runner.maxFrames * STATE_LENGTH);
    this.#hears = new Int32Array(runner.maxFrames);
  }

  /** How many frames a job of so many detectors may have. */
  framesFor(detectors: number): number {
    return this.#runner.takesSequences ? Math.max(1, Math.floor(this.#runner.maxFrames / detectors)) : 1;
  }

  /** Has a job done with the next batch; its signal must stay as it is until then. */
  add(job: SileroJob): void {
    this.#waiting.push(job);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    const batch = this.#take();
    try {
      const hears = this.#gather(batch);
      const { frames } = batch[0]!;
      const step = await this.#runner.run({ signals: batch.length, frames, input: this.#input, hears, state: this.#state });
      scatter(batch, hears.length, step);
    } catch (error) {
      for (const job of batch) job.failed(error instanceof Error ? error : new Error(String(error)));
    }
    this.#scheduled = false;
    if (this.#waiting.length > 0) this.#schedule();
  }

  /** The first job that waits, and as many with as many frames as there is room for. */
  #take(): SileroJob[] {
    const { frames } = this.#waiting[0]!;
    const batch: SileroJob[] = [];
    const later: SileroJob[] = [];
    let detectors = 0;
    for (const job of this.#waiting) {
      const fits =
        job.frames === frames && (batch.length === 0 || (detectors + job.states.length) * frames <= this.#runner.maxFrames);
      if (fits) detectors += job.states.length;
      (fits ? batch : later).push(job);
    }
    this.#waiting = later;
    return batch;
  }

  #gather(batch: readonly SileroJob[]): Int32Array {
    const signals = batch.length;
    const detectors = batch.reduce((total, { states }) => total + states.length, 0);
    let detector = 0;
    for (const [index, { signal, frames, states }] of batch.entries()) {
      for (let frame = 0; frame < frames; frame += 1) {
        const from = frame * FRAME_LENGTH;
        this.#input.set(signal.subarray(from, from + INPUT_LENGTH), (frame * signals + index) * INPUT_LENGTH);
      }
      for (const state of states) {
        this.#hears[detector] = index;
        for (let unit = 0; unit < LAYER_LENGTH; unit += 1) {
          this.#state[detector * LAYER_LENGTH + unit] = state[unit]!;
          this.#state[(detectors + detector) * LAYER_LENGTH + unit] = state[LAYER_LENGTH + unit]!;
        }
        detector += 1;
      }
    }
    return this.#hears.subarray(0, detectors);
  }
}

function scatter(batch: readonly SileroJob[], detectors: number, step: SileroStep): void {
  let detector = 0;
  for (const { frames, states, probabilities } of batch) {
    for (let frame = 0; frame < frames; frame += 1) probabilities[frame] = step.probabilities[frame * detectors + detector]!;
    for (const state of states) {
      for (let unit = 0; unit < LAYER_LENGTH; unit += 1) {
        state[unit] = step.state[detector * LAYER_LENGTH + unit]!;
        state[LAYER_LENGTH + unit] = step.state[(detectors + detector) * LAYER_LENGTH + unit]!;
      }
      detector += 1;
    }
  }
  for (const job of batch) job.done();
}
