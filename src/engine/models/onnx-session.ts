import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { OptionError, ServiceError } from '../../errors/index.js';
import { loadOnnxRuntime } from '../../vad/onnx-runtime.js';
import { ENGINE_SAMPLE_RATE } from '../engine-sample-rate.js';
import { FUNCTIONAL_NAMES } from '../features/egemaps/index.js';
import { checkProbabilities, type LoadedModel } from './loaded-model.js';
import { DEFAULT_BANDS, framesOf } from './log-mel.js';
import type { OnnxModel } from './user-model.js';

type Runtime = Pick<typeof import('onnxruntime-node'), 'InferenceSession' | 'Tensor'>;
/** Of the runtime's own messages, only those of this level are printed. */
const FATAL = 4;
/** Sizes of a tensor; undefined where any will do. */
type Shape = readonly (number | undefined)[];

/** How a model's input is laid out. */
interface Layout {
  readonly bands: number;
  /** Places an input in a tensor of the model's shape, cut or filled up with silence where its length is fixed. */
  arrange(input: Float32Array): { data: Float32Array; dims: number[] };
}

/**
 * Loads a task's ONNX model and checks it: its input, its output, and a run over silence.
 *
 * @throws ServiceError ENGINE_UNAVAILABLE when the runtime is not installed or the model doesn't load or run; OptionError when its shapes
 *   don't fit the options.
 */
export async function loadOnnxModel(task: string, model: OnnxModel): Promise<LoadedModel> {
  const runtime = loadRuntime(task);
  const option = `models.${task}`;
  // The runtime would print each failure on standard error, beside the error that it is.
  const settings = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: FATAL } as const;
  const session = await runtime.InferenceSession.create(model.path, settings).catch((cause) => {
    throw new ServiceError('ENGINE_UNAVAILABLE', `${option}: ${model.path} could not be loaded: ${(cause as Error).message}`, {
      cause,
    });
  });
  try {
    const loaded = prepare(task, model, runtime, session);
    const seconds = Math.max(model.minSeconds ?? 0, 1);
    await loaded.predict(trialInput(model, loaded.bands, seconds)).catch((cause) => {
      throw new ServiceError(
        'ENGINE_UNAVAILABLE',
        `${option}: ${model.path} failed on ${seconds} s of silence: ${cause.message}`,
        { cause },
      );
    });
    return loaded;
  } catch (error) {
    void session.release();
    throw error;
  }
}

function prepare(task: string, model: OnnxModel, runtime: Runtime, session: InferenceSession): LoadedModel {
  const option = `models.${task}`;
  if (session.inputNames.length !== 1) {
    throw new OptionError(
      `${option}.path`,
      `must have one input, but has ${session.inputNames.length}: ${session.inputNames.join(', ')}`,
    );
  }
  const [inputName, outputName] = [session.inputNames[0]!, session.outputNames[0]!];
  const shape = shapeOf(session.inputMetadata?.[0], `${option}.input`, 'input');
  const layout = shape ? layoutOf(model, shape, option) : layoutOf(model, defaultShape(model), option);
  const outputs = shapeOf(session.outputMetadata?.[0], `${option}.path`, 'output')?.at(-1);
  if (outputs !== undefined && outputs !== model.labels.length) {
    throw new OptionError(`${option}.labels`, `has ${model.labels.length} labels, but the model's output has ${outputs} values`);
  }
  let running: Promise<unknown> = Promise.resolve();
  return {
    task,
    name: model.name ?? model.path.replace(/^.*[\\/]/, ''),
    labels: model.labels,
    input: model.input,
    bands: layout.bands,
    minSeconds: model.minSeconds ?? 0,
    async predict(input) {
      const { data, dims } = layout.arrange(input);
      const run = session.run({ [inputName]: new runtime.Tensor('float32', data, dims) }, [outputName]);
      running = run.catch(() => {});
      const output = (await run)[outputName] as Tensor;
      const values = Array.from(output.data as ArrayLike<number>, Number);
      if (model.output === 'probabilities') return checkProbabilities(values, model.labels.length);
      return checkProbabilities(softmax(values, model.temperature ?? 1), model.labels.length);
    },
    close: () => void running.then(() => session.release()),
  };
}

/** The sizes a model declares; undefined where this runtime doesn't tell. */
function shapeOf(
  metadata: InferenceSession.ValueMetadata | undefined,
  option: string,
  which: 'input' | 'output',
): Shape | undefined {
  if (!metadata) return undefined;
  if (!metadata.isTensor || metadata.type !== 'float32') {
    throw new OptionError(
      option,
      `the model's ${which} must be a tensor of 32-bit floats`,
      metadata.isTensor ? metadata.type : 'no tensor',
    );
  }
  return metadata.shape.map((size) => (typeof size === 'number' && size > 0 ? size : undefined));
}

function defaultShape({ input }: OnnxModel): Shape {
  if (input === 'pcm16k') return [1, undefined];
  return input === 'egemaps88' ? [1, FUNCTIONAL_NAMES.length] : [1, undefined, DEFAULT_BANDS];
}

function layoutOf({ input }: OnnxModel, shape: Shape, option: string): Layout {
  const [first, second, third] = shape;
  const refuse = (expected: string) => {
    const found = `[${shape.map((size) => size ?? 'any').join(', ')}]`;
    return new OptionError(`${option}.input`, `"${input}" needs a model whose input is ${expected}, but it is ${found}`);
  };
  if (shape.length > 1 && (first ?? 1) !== 1) throw refuse('one stretch of speech at a time');
  if (input === 'logmel') {
    if (shape.length !== 3) throw refuse('[1, frames, bands] or [1, bands, frames]');
    if (third === undefined && second === undefined) return rows(DEFAULT_BANDS, undefined);
    if (third !== undefined) return rows(third, second);
    return columns(second!);
  }
  if (shape.length !== 1 && shape.length !== 2)
    throw refuse(input === 'pcm16k' ? '[samples] or [1, samples]' : '[88] or [1, 88]');
  const length = shape[shape.length - 1];
  if (input === 'egemaps88' && (length ?? FUNCTIONAL_NAMES.length) !== FUNCTIONAL_NAMES.length) throw refuse('[88] or [1, 88]');
  return {
    bands: DEFAULT_BANDS,
    arrange: (values) => {
      const data = fitted(values, length ?? values.length, 0);
      return { data, dims: shape.length === 1 ? [data.length] : [1, data.length] };
    },
  };
}

/** A silent frame's energy is the logarithm's floor. */
const SILENT = Math.log(1e-10);

function rows(bands: number, frames: number | undefined): Layout {
  return {
    bands,
    arrange: (values) => {
      const data = fitted(values, (frames ?? values.length / bands) * bands, SILENT);
      return { data, dims: [1, data.length / bands, bands] };
    },
  };
}

function columns(bands: number): Layout {
  return {
    bands,
    arrange: (values) => {
      const frames = values.length / bands;
      const data = Float32Array.from(values, (_, i) => values[(i % frames) * bands + Math.floor(i / frames)]!);
      return { data, dims: [1, bands, frames] };
    },
  };
}

function fitted(values: Float32Array, length: number, filler: number): Float32Array {
  if (values.length === length) return values;
  const data = new Float32Array(length).fill(filler);
  data.set(values.subarray(0, length));
  return data;
}

function trialInput({ input }: OnnxModel, bands: number, seconds: number): Float32Array {
  const samples = Math.round(seconds * ENGINE_SAMPLE_RATE);
  if (input === 'pcm16k') return new Float32Array(samples);
  if (input === 'egemaps88') return new Float32Array(FUNCTIONAL_NAMES.length);
  return new Float32Array(framesOf(samples) * bands).fill(SILENT);
}

function softmax(logits: readonly number[], temperature: number): number[] {
  const highest = Math.max(...logits);
  const unscaled = logits.map((logit) => Math.exp((logit - highest) / temperature));
  const total = unscaled.reduce((sum, value) => sum + value, 0);
  return unscaled.map((value) => value / total);
}

function loadRuntime(task: string): Runtime {
  try {
    return loadOnnxRuntime();
  } catch (cause) {
    const message = `models.${task}: ONNX models need an optional package: npm install onnxruntime-node`;
    throw new ServiceError('ENGINE_UNAVAILABLE', message, { cause });
  }
}
