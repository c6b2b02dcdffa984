import { expectOptions, type OptionNames } from '../../errors/index.js';

/**
 * What a model is given of each stretch of speech: its samples at 16 kHz in [-1, 1]; log-mel energies, one row for each 10 ms; or the 88
 * functionals of docs/features.md.
 */
export type ModelInput = 'pcm16k' | 'logmel' | 'egemaps88';

interface ModelBase {
  /** Its labels, in the order of its output: those of the API's task, or any others. */
  labels: readonly string[];
  /** Shorter stretches of speech, in seconds, are answered by the local engine's own measure. Default: 0. */
  minSeconds?: number;
  /** How the service's metadata and log name it. Default: the model file's name, or `function`. */
  name?: string;
  /** What it is given. Default for functions: `pcm16k`. */
  input?: ModelInput;
}

/** A task's model as a function: anything that turns speech into probabilities. It runs in the main thread. */
export interface FunctionModel extends ModelBase {
  /**
   * Judges one segment or utterance.
   *
   * @param input By `input`: the samples, the log-mel energies row after row (80 bands each), or the 88 functionals.
   * @returns A probability, 0 to 1, for each label; they sum to 1. A rejection leaves the answer to the local engine's own measure.
   */
  predict(input: Float32Array): Promise<readonly number[]> | readonly number[];
  /** A prediction that has not come after this long counts as failed, in milliseconds, 1 to 3,600,000. Default: 30,000. */
  timeoutMs?: number;
}

/** How to run an ONNX model; see {@link onnxModel}. */
export interface OnnxModelOptions extends ModelBase {
  /** The model file. */
  path: string;
  /** What it is given. */
  input: ModelInput;
  /** Whether it gives logits or probabilities. */
  output: 'logits' | 'probabilities';
  /** Logits are divided by this before they become probabilities, to calibrate them (Guo et al. 2017). Default: 1. */
  temperature?: number;
}

/** The options of {@link onnxModel}. */
export const ONNX_MODEL_NAMES: OptionNames<OnnxModelOptions> = {
  path: true,
  input: true,
  output: true,
  labels: true,
  minSeconds: true,
  name: true,
  temperature: true,
};

/** An ONNX model for a task, as {@link onnxModel} describes it. */
export interface OnnxModel extends OnnxModelOptions {
  /** Tells it from a model that is a function. */
  readonly kind: 'onnx';
}

/** A model of the user's for one task. */
export type UserModel = OnnxModel | FunctionModel;

/**
 * Describes an ONNX model of one's own for a task, for the `models` option of `startLocalService()`.
 *
 * Its first input takes 32-bit floats: `pcm16k` as [samples] or [1, samples]; `logmel` as [1, frames, bands] or [1, bands, frames], in
 * frames of 25 ms every 10 ms, HTK's mel bands from 0 to 8 kHz (80, unless the model says otherwise), natural logarithm, not normalised;
 * `egemaps88` as [88] or [1, 88]. A fixed number of samples or frames is met by cutting the end off or adding silence. Its first output
 * is a number for each label. All that is checked when the service starts, by a run over silence too. It needs the optional package
 * `onnxruntime-node`, and runs outside of any thread of JavaScript.
 *
 * @throws OptionError for an unknown option, at once.
 * @example
 * await startLocalService({
 *   models: { emotion: onnxModel({ path: 'emotion.onnx', input: 'pcm16k', labels: ['angry', 'calm'], output: 'logits', minSeconds: 1 }) },
 * });
 */
export function onnxModel(options: OnnxModelOptions): OnnxModel {
  expectOptions('onnxModel', options, ONNX_MODEL_NAMES);
  return { ...options, kind: 'onnx' };
}
