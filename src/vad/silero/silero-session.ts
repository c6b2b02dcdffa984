import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { VAD_SAMPLE_RATE } from '../vad.js';
import {
  INPUT_LENGTH,
  LAYER_LENGTH,
  type SileroBatch,
  type SileroRunner,
  type SileroStep,
  STATE_LENGTH,
} from './silero-runner.js';

/** What of the ONNX runtime is used. */
export type SileroRuntime = Pick<typeof import('onnxruntime-node'), 'InferenceSession' | 'Tensor'>;

/** One of this thread's sessions of the ONNX runtime, which keeps the thread for as long as a batch takes. */
abstract class SileroSession implements SileroRunner {
  abstract readonly takesSequences: boolean;
  readonly name: string;
  readonly maxFrames: number;
  protected readonly runtime: SileroRuntime;
  readonly #session: InferenceSession;
  #running = 0;
  #closing = false;

  constructor(runtime: SileroRuntime, session: InferenceSession, { name, maxFrames }: { name: string; maxFrames: number }) {
    this.name = name;
    this.maxFrames = maxFrames;
    this.runtime = runtime;
    this.#session = session;
  }

  async run(batch: SileroBatch): Promise<SileroStep> {
    // What waits in streams comes after it was closed; the runtime throws at whoever asks a session that was released.
    if (this.#closing) throw new Error('the Silero VAD was closed');
    this.#running += 1;
    try {
      return await this.judge(batch);
    } finally {
      this.#running -= 1;
      if (this.#closing && this.#running === 0) void this.#session.release();
    }
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#running === 0) void this.#session.release();
  }

  protected async judge(batch: SileroBatch): Promise<SileroStep> {
    const { output, stateN } = await this.#session.run(this.feeds(batch));
    return { probabilities: (output as Tensor).data as Float32Array, state: (stateN as Tensor).data as Float32Array };
  }

  protected abstract feeds(batch: SileroBatch): Record<string, Tensor>;
}

/** Runs what `flatNetwork()` builds. */
export class FlatSession extends SileroSession {
  readonly takesSequences = true;

  protected feeds({ signals, frames, input, hears, state }: SileroBatch): Record<string, Tensor> {
    const { Tensor } = this.runtime;
    const detectors = hears.length;
    const rows = frames * signals;
    return {
      input: new Tensor('float32', input.subarray(0, rows * INPUT_LENGTH), [rows, INPUT_LENGTH]),
      sizes: new Tensor('int64', BigInt64Array.of(BigInt(frames), BigInt(signals), BigInt(LAYER_LENGTH)), [3]),
      hears: new Tensor('int32', hears, [detectors]),
      state: new Tensor('float32', state.subarray(0, detectors * STATE_LENGTH), [2, detectors, LAYER_LENGTH]),
    };
  }
}

/** Runs the file as it is published, one frame at a time: a row for each detector, or a batch for each where the file takes no rows. */
export class PublishedSession extends SileroSession {
  readonly takesSequences = false;
  readonly #rate = new this.runtime.Tensor('int64', BigInt64Array.of(BigInt(VAD_SAMPLE_RATE)), []);
  #takesRows = true;

  /** Finds out whether the file takes several rows. */
  async prepare(): Promise<this> {
    const input = new Float32Array(2 * INPUT_LENGTH);
    const state = new Float32Array(2 * STATE_LENGTH);
    const both = super.judge({ signals: 2, frames: 1, input, hears: Int32Array.of(0, 1), state });
    this.#takesRows = await both.then(
      ({ probabilities }) => probabilities.length === 2,
      () => false,
    );
    return this;
  }

  protected override async judge(batch: SileroBatch): Promise<SileroStep> {
    const detectors = batch.hears.length;
    if (this.#takesRows || detectors === 1) return super.judge(batch);
    const probabilities = new Float32Array(detectors);
    const state = new Float32Array(detectors * STATE_LENGTH);
    for (let detector = 0; detector < detectors; detector += 1) {
      const places = [0, 1].map((layer) => (layer * detectors + detector) * LAYER_LENGTH);
      const alone = new Float32Array(STATE_LENGTH);
      for (const [layer, at] of places.entries()) alone.set(batch.state.subarray(at, at + LAYER_LENGTH), layer * LAYER_LENGTH);
      const step = await super.judge({ ...batch, hears: batch.hears.subarray(detector, detector + 1), state: alone });
      probabilities[detector] = step.probabilities[0]!;
      for (const [layer, at] of places.entries()) {
        state.set(step.state.subarray(layer * LAYER_LENGTH, (layer + 1) * LAYER_LENGTH), at);
      }
    }
    return { probabilities, state };
  }

  protected feeds({ input, hears, state }: SileroBatch): Record<string, Tensor> {
    const { Tensor } = this.runtime;
    const detectors = hears.length;
    const rows = new Float32Array(detectors * INPUT_LENGTH);
    for (const [detector, signal] of hears.entries()) {
      rows.set(input.subarray(signal * INPUT_LENGTH, (signal + 1) * INPUT_LENGTH), detector * INPUT_LENGTH);
    }
    return {
      input: new Tensor('float32', rows, [detectors, INPUT_LENGTH]),
      state: new Tensor('float32', state.subarray(0, detectors * STATE_LENGTH), [2, detectors, LAYER_LENGTH]),
      sr: this.#rate,
    };
  }
}
