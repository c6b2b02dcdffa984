import type { ModelInput } from './user-model.js';

/** What a stream must know of a model to feed it; plain data, for any thread. */
export interface ModelDescription {
  /** The task that it answers, by its wire name. */
  readonly task: string;
  /** For people. */
  readonly name: string;
  readonly labels: readonly string[];
  readonly input: ModelInput;
  /** Bands of log-mel energies. */
  readonly bands: number;
  readonly minSeconds: number;
}

/** A model that was loaded and checked. */
export interface LoadedModel extends ModelDescription {
  /** Gives a probability for each label; they sum to 1. Rejects when the model fails or gives something else. */
  predict(input: Float32Array): Promise<readonly number[]>;
  /** Frees it, once a prediction that is being made is done. */
  close(): void;
}

/** Where predictions are made: in this thread, or from a worker in another. */
export interface ModelHost {
  readonly models: readonly ModelDescription[];
  /** As {@link LoadedModel.predict}, of the task's model. The input may not be used afterwards. */
  predict(task: string, input: Float32Array): Promise<readonly number[]>;
}

/** How far the sum of probabilities may be from 1 for rounding. */
const TOLERANCE = 0.01;

/**
 * Checks that an answer holds a probability for each label, and scales them so that they sum to 1.
 *
 * @throws Error saying what is wrong.
 */
export function checkProbabilities(values: unknown, labels: number): number[] {
  if (!isNumbers(values)) throw new Error('the answer is no list of numbers');
  if (values.length !== labels) throw new Error(`the answer has ${values.length} values for ${labels} labels`);
  const sum = values.reduce((total, value) => total + value, 0);
  if (!values.every((value) => value >= -1e-6 && value <= 1 + TOLERANCE) || !(Math.abs(sum - 1) <= TOLERANCE)) {
    throw new Error(`the answer is no probabilities that sum to 1: ${values.map((value) => value.toPrecision(3)).join(', ')}`);
  }
  return values.map((value) => Math.max(0, value) / sum);
}

function isNumbers(values: unknown): values is number[] {
  return Array.isArray(values) && values.every((value) => typeof value === 'number');
}
