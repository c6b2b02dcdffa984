import { readFile } from 'node:fs/promises';
import { expectOptions, ServiceError } from '../../errors/index.js';
import { loadOnnxRuntime, ONNX_RUNTIME } from '../onnx-runtime.js';
import { optionalPackage } from '../optional-package.js';
import type { Vad } from '../vad.js';
import { SileroBatches } from './silero-batches.js';
import { FRAME_LENGTH, INPUT_LENGTH, type SileroRunner, STATE_LENGTH } from './silero-runner.js';
import { FlatSession, PublishedSession, type SileroRuntime } from './silero-session.js';
import { SileroStream } from './silero-stream.js';

const MODELS = '@ricky0123/vad-web';
/** Frames of a batch: with more, a frame costs no less. */
const MAX_FRAMES = 32;
const ROUNDING = 1e-4;

/** Which model to run, and from where. */
export interface SileroOptions {
  /** The model in `@ricky0123/vad-web`. Default: 6. */
  version?: 5 | 6;
  /** A model file of that form to take instead. */
  modelPath?: string;
}

/**
 * Loads Silero's VAD (Silero Team 2021-2025), a small recurrent network, through the optional ONNX runtime.
 *
 * Its streams judge in promises, and frames of all streams that wait at the same time are judged together. What else is in a batch
 * changes a probability by rounding only, less than a millionth.
 *
 * @throws OptionError for an unknown option; ServiceError ENGINE_UNAVAILABLE when the runtime or the model is not installed, or doesn't load.
 */
export async function loadSileroVad(options: SileroOptions = {}): Promise<Vad> {
  expectOptions<SileroOptions>('loadSileroVad', options, { version: true, modelPath: true });
  return sileroVad(await loadSileroRunner(options));
}

/** Loads the network of {@link loadSileroVad}, with the same errors. */
export async function loadSileroRunner({ version = 6, modelPath }: SileroOptions = {}): Promise<SileroRunner> {
  const runtime = load();
  const path = modelPath ?? findModel(version);
  const limits = { name: modelPath === undefined ? `silero-v${version}` : 'silero', maxFrames: MAX_FRAMES };
  let flat: SileroRunner | undefined;
  try {
    const file = await readFile(path);
    // protobufjs is loaded by those who need it.
    const { flatNetwork } = await import('./flat-network.js');
    const rebuilt = flatNetwork(file);
    if (rebuilt) flat = new FlatSession(runtime, await openSession(runtime, rebuilt), limits);
    // A test compares what the package has; a file of the user's may be another network under the same names.
    if (flat && modelPath === undefined) return flat;
    // By its path, because it may have weights in a file beside it.
    const session = await openSession(runtime, path);
    for (const name of ['input', 'state', 'sr']) {
      if (session.inputNames.includes(name)) continue;
      void session.release();
      throw new Error(`it is no Silero VAD of version 5 or 6: it has no input "${name}"`);
    }
    const published = await new PublishedSession(runtime, session, limits).prepare();
    if (!flat) return published;
    const isSame = await saySame(flat, published);
    (isSame ? published : flat).close();
    return isSame ? flat : published;
  } catch (cause) {
    flat?.close();
    throw new ServiceError('ENGINE_UNAVAILABLE', `the Silero VAD could not be loaded from ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Whether both parts that {@link loadSileroVad} needs are installed. */
export function isSileroInstalled(): boolean {
  try {
    optionalPackage.resolve(ONNX_RUNTIME);
    findModel(6);
    return true;
  } catch {
    return false;
  }
}

/** The VAD over a runner of its network; all its streams share the runner's batches. */
export function sileroVad(runner: SileroRunner): Vad {
  const batches = new SileroBatches(runner);
  return {
    name: runner.name,
    frameLength: FRAME_LENGTH,
    open: () => new SileroStream(batches),
    close: () => runner.close(),
  };
}

function openSession(runtime: SileroRuntime, model: Uint8Array | string) {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  return typeof model === 'string'
    ? runtime.InferenceSession.create(model, options)
    : runtime.InferenceSession.create(model, options);
}

/** Whether two runners judge a few frames of a tone that comes and goes alike, up to rounding. */
async function saySame(one: SileroRunner, other: SileroRunner): Promise<boolean> {
  const input = Float32Array.from({ length: INPUT_LENGTH }, (_, i) => 0.3 * Math.sin(i / 7) * Math.sin(i / 90) ** 2);
  const hears = Int32Array.of(0);
  let states: [Float32Array, Float32Array] = [new Float32Array(STATE_LENGTH), new Float32Array(STATE_LENGTH)];
  for (let frame = 0; frame < 4; frame += 1) {
    const steps = await Promise.all(
      [one, other].map((runner, i) => runner.run({ signals: 1, frames: 1, input, hears, state: states[i]! })),
    );
    const [a, b] = steps.map(({ probabilities }) => probabilities[0]!);
    if (!(Math.abs(a! - b!) < ROUNDING)) return false;
    states = [Float32Array.from(steps[0]!.state), Float32Array.from(steps[1]!.state)];
  }
  return true;
}

function load(): SileroRuntime {
  try {
    return loadOnnxRuntime();
  } catch (cause) {
    throw unavailable(cause);
  }
}

function findModel(version: 5 | 6): string {
  try {
    return optionalPackage.resolve(`${MODELS}/dist/silero_vad_v${version}.onnx`);
  } catch (cause) {
    throw unavailable(cause);
  }
}

function unavailable(cause: unknown): ServiceError {
  return new ServiceError(
    'ENGINE_UNAVAILABLE',
    `the Silero VAD needs two optional packages: npm install ${ONNX_RUNTIME} ${MODELS} (or choose vad: "light")`,
    { cause },
  );
}
