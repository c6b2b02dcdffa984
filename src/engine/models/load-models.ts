import { expectNumber, expectOptions, OptionError, type OptionNames } from '../../errors/index.js';
import type { Logger } from '../../events/index.js';
import { checkProbabilities, type LoadedModel, type ModelHost } from './loaded-model.js';
import { DEFAULT_BANDS } from './log-mel.js';
import { loadOnnxModel } from './onnx-session.js';
import { type FunctionModel, ONNX_MODEL_NAMES, type OnnxModel, type UserModel } from './user-model.js';

const INPUTS = ['pcm16k', 'logmel', 'egemaps88'];
const USUAL_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_MS = 3_600_000;
const FUNCTION_NAMES: OptionNames<FunctionModel> = {
  predict: true,
  labels: true,
  minSeconds: true,
  name: true,
  input: true,
  timeoutMs: true,
};
/** Answers of another kind than labels. */
const WITHOUT_LABELS = ['features', 'intensity'];

/** The models of an engine, and where they run. */
export interface LoadedModels extends ModelHost {
  /** Frees the models. */
  close(): void;
}

/**
 * Loads and checks the user's models.
 *
 * A prediction that fails rejects, and is logged for the first time of each model.
 *
 * @throws OptionError naming the option that isn't allowed or doesn't fit the model; ServiceError ENGINE_UNAVAILABLE when the ONNX runtime
 *   or a model can't be loaded.
 */
export async function loadModels(models: Readonly<Record<string, UserModel>>, logger: Logger | undefined): Promise<LoadedModels> {
  if (typeof models !== 'object' || models === null || Symbol.iterator in models) {
    throw new OptionError('models', 'must be an object of models, keyed by the tasks that they answer', models);
  }
  for (const [task, model] of Object.entries(models)) checkModel(task, model);
  const loaded = new Map<string, LoadedModel>();
  const close = () => {
    for (const model of loaded.values()) model.close();
  };
  try {
    for (const [task, model] of Object.entries(models)) {
      loaded.set(task, isOnnx(model) ? await loadOnnxModel(task, model) : functionModel(task, model));
    }
  } catch (error) {
    close();
    throw error;
  }
  const failed = new Set<string>();
  return {
    models: [...loaded.values()].map(({ predict: _, close: __, ...description }) => description),
    async predict(task, input) {
      const model = loaded.get(task)!;
      try {
        return await model.predict(input);
      } catch (error) {
        if (!failed.has(task)) {
          failed.add(task);
          const message = `the ${task} model failed, and its task is answered without it; further failures are not logged`;
          logger?.warn({ err: error, task, model: model.name }, message);
        }
        throw error;
      }
    },
    close,
  };
}

function isOnnx(model: UserModel): model is OnnxModel {
  return 'kind' in model && model.kind === 'onnx';
}

function functionModel(task: string, model: FunctionModel): LoadedModel {
  return {
    task,
    name: model.name ?? 'function',
    labels: model.labels,
    input: model.input ?? 'pcm16k',
    bands: DEFAULT_BANDS,
    minSeconds: model.minSeconds ?? 0,
    predict: async (input) => {
      const answer = await inTime(model.predict(input), model.timeoutMs ?? USUAL_TIMEOUT_MS);
      return checkProbabilities(Array.from(Object(answer) as ArrayLike<number>), model.labels.length);
    },
    close: () => {},
  };
}

/** What never answers must not hold its stream for ever. */
async function inTime<Value>(pending: Value | Promise<Value>, timeoutMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the model had not answered after ${timeoutMs} ms`)), timeoutMs).unref();
  });
  try {
    return await Promise.race([pending, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function checkModel(task: string, model: UserModel): void {
  const option = `models.${task}`;
  if (!/^[a-z][a-z0-9_]*$/.test(task))
    throw new OptionError('models', 'must be keyed by tasks such as "emotion" or "speaking_rate"', task);
  if (WITHOUT_LABELS.includes(task)) throw new OptionError(option, 'is a task without labels, which no model can answer');
  if (typeof model !== 'object' || model === null)
    throw new OptionError(option, 'must be an onnxModel() or have labels and predict()', model);
  // An object of a class may have whatever it works with.
  const isPlain = Object.getPrototypeOf(model) === Object.prototype;
  if (isOnnx(model)) expectOptions((name) => `${option}.${name}`, model, { ...ONNX_MODEL_NAMES, kind: true });
  else if (isPlain) expectOptions((name) => `${option}.${name}`, model, FUNCTION_NAMES);
  const { labels, name, input, minSeconds = 0 } = model;
  const isLabels =
    Array.isArray(labels) && labels.length > 0 && labels.every((label) => typeof label === 'string' && label !== '');
  if (!isLabels || new Set(labels).size < labels.length) {
    throw new OptionError(`${option}.labels`, 'must be different texts, in the order of the output', labels);
  }
  expectNumber(`${option}.minSeconds`, minSeconds, { min: 0, max: 600, unit: 's' });
  if (name !== undefined && !(typeof name === 'string' && name !== ''))
    throw new OptionError(`${option}.name`, 'must be a text', name);
  if (input !== undefined && !INPUTS.includes(input)) {
    throw new OptionError(`${option}.input`, 'must be "pcm16k", "logmel" or "egemaps88"', input);
  }
  if (!isOnnx(model)) {
    if (typeof model.predict !== 'function') throw new OptionError(`${option}.predict`, 'must be a function', model.predict);
    expectNumber(`${option}.timeoutMs`, model.timeoutMs ?? USUAL_TIMEOUT_MS, { min: 1, max: MAX_TIMEOUT_MS, unit: 'ms' });
    return;
  }
  if (typeof model.path !== 'string' || model.path === '')
    throw new OptionError(`${option}.path`, 'must be the path of an ONNX file', model.path);
  if (input === undefined) throw new OptionError(`${option}.input`, 'must be "pcm16k", "logmel" or "egemaps88"');
  if (model.output !== 'logits' && model.output !== 'probabilities') {
    throw new OptionError(`${option}.output`, 'must be "logits" or "probabilities"', model.output);
  }
  if (model.temperature === undefined) return;
  if (model.output !== 'logits')
    throw new OptionError(`${option}.temperature`, 'has no effect on probabilities: give it with output: "logits"');
  expectNumber(`${option}.temperature`, model.temperature, { above: 0, max: 100 });
}
