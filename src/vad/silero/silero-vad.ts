import type { InferenceSession } from 'onnxruntime-node';
import { ServiceError } from '../../errors/index.js';
import { optionalPackage } from '../optional-package.js';
import type { Vad } from '../vad.js';
import { SileroBatches } from './silero-batches.js';
import { FRAME_LENGTH, INPUT_LENGTH, SessionRunner, type SileroRunner, STATE_LENGTH } from './silero-runner.js';
import { SileroStream } from './silero-stream.js';

const RUNTIME = 'onnxruntime-node';
const MODELS = '@ricky0123/vad-web';
/** Rows of a batch: with more, a row costs no less. */
const MAX_ROWS = 32;

type Runtime = Pick<typeof import('onnxruntime-node'), 'InferenceSession' | 'Tensor'>;

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
 * @throws ServiceError ENGINE_UNAVAILABLE when the runtime or the model is not installed, or doesn't load.
 */
export async function loadSileroVad(options: SileroOptions = {}): Promise<Vad> {
  return sileroVad(await loadSileroRunner(options));
}

/** Loads the network of {@link loadSileroVad}, with the same errors. */
export async function loadSileroRunner({ version = 6, modelPath }: SileroOptions = {}): Promise<SileroRunner> {
  const runtime = load();
  const path = modelPath ?? findModel(version);
  let session: InferenceSession;
  try {
    session = await runtime.InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  } catch (cause) {
    throw new ServiceError('ENGINE_UNAVAILABLE', `the Silero VAD could not be loaded from ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
  for (const name of ['input', 'state', 'sr']) {
    if (session.inputNames.includes(name)) continue;
    throw new ServiceError('ENGINE_UNAVAILABLE', `${path} is no Silero VAD of version 5 or 6: it has no input "${name}"`);
  }
  const name = modelPath === undefined ? `silero-v${version}` : 'silero';
  const runner = new SessionRunner(runtime, session, { name, maxRows: MAX_ROWS });
  if (await takesBatches(runner)) return runner;
  return new SessionRunner(runtime, session, { name, maxRows: 1 });
}

/** Whether both parts that {@link loadSileroVad} needs are installed. */
export function isSileroInstalled(): boolean {
  try {
    optionalPackage.resolve(RUNTIME);
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

/** Not every model of this form takes several rows. */
async function takesBatches(runner: SileroRunner): Promise<boolean> {
  try {
    const { probabilities } = await runner.run(2, new Float32Array(2 * INPUT_LENGTH), new Float32Array(2 * STATE_LENGTH));
    return probabilities.length === 2;
  } catch {
    return false;
  }
}

function load(): Runtime {
  try {
    return optionalPackage.load(RUNTIME) as Runtime;
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
    `the Silero VAD needs two optional packages: npm install ${RUNTIME} ${MODELS} (or choose vad: "light")`,
    { cause },
  );
}
