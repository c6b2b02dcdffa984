import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { VAD_SAMPLE_RATE } from '../vad.js';

/** New samples per decision. */
export const FRAME_LENGTH = 512;
/** Samples of the previous frame that go before them; without these the models miss all speech, and raise no error. */
export const CONTEXT_LENGTH = 64;
/** Floats of input for each row. */
export const INPUT_LENGTH = CONTEXT_LENGTH + FRAME_LENGTH;
/** The network's memory of a row: this many floats in each of two layers. */
export const LAYER_LENGTH = 128;
/** Floats of both layers. */
export const STATE_LENGTH = 2 * LAYER_LENGTH;

/** What the network makes of a batch. */
export interface SileroStep {
  /** By row, 0 to 1. */
  readonly probabilities: Float32Array;
  /** By layer, then by row, as in the input. */
  readonly state: Float32Array;
}

/** Runs the network over batches of frames; rows of a batch have nothing to do with each other. */
export interface SileroRunner {
  /** Which model it is: `silero-v6`. */
  readonly name: string;
  /** How many rows a batch may have. */
  readonly maxRows: number;
  /**
   * Runs one batch.
   *
   * @param rows How many.
   * @param input `INPUT_LENGTH` floats for each row; it may be reused once the promise settles, like the state.
   * @param state `LAYER_LENGTH` floats for each layer and row: all rows of the first layer, then those of the second.
   */
  run(rows: number, input: Float32Array, state: Float32Array): Promise<SileroStep>;
  /** Frees the network, once a batch that is being run is done. */
  close(): void;
}

type Runtime = Pick<typeof import('onnxruntime-node'), 'InferenceSession' | 'Tensor'>;

/** Runs batches in this thread's ONNX runtime, which keeps the thread for as long as a batch takes. */
export class SessionRunner implements SileroRunner {
  readonly name: string;
  readonly maxRows: number;
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;
  readonly #rate: Tensor;
  #running = 0;
  #closing = false;

  constructor(runtime: Runtime, session: InferenceSession, { name, maxRows }: { name: string; maxRows: number }) {
    this.name = name;
    this.maxRows = maxRows;
    this.#runtime = runtime;
    this.#session = session;
    this.#rate = new runtime.Tensor('int64', BigInt64Array.of(BigInt(VAD_SAMPLE_RATE)), []);
  }

  async run(rows: number, input: Float32Array, state: Float32Array): Promise<SileroStep> {
    const { Tensor } = this.#runtime;
    this.#running += 1;
    const running = this.#session.run({
      input: new Tensor('float32', input.subarray(0, rows * INPUT_LENGTH), [rows, INPUT_LENGTH]),
      state: new Tensor('float32', state.subarray(0, rows * STATE_LENGTH), [2, rows, LAYER_LENGTH]),
      sr: this.#rate,
    });
    try {
      const { output, stateN } = await running;
      return { probabilities: (output as Tensor).data as Float32Array, state: (stateN as Tensor).data as Float32Array };
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
}
