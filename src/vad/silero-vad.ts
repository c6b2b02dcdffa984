import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { ServiceError } from '../errors/index.js';
import { optionalPackage } from './optional-package.js';
import { Renewal } from './renewal.js';
import { VAD_SAMPLE_RATE, type Vad, type VadStream } from './vad.js';

const RUNTIME = 'onnxruntime-node';
const MODELS = '@ricky0123/vad-web';
/** New samples per decision. */
const FRAME_LENGTH = 512;
/** Samples of the previous frame that go before them; without these the models miss all speech, and raise no error. */
const CONTEXT_LENGTH = 64;
const STATE_LENGTH = 2 * 128;
const FULL_SCALE = 32_768;

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
 * Its streams judge in promises.
 *
 * @throws ServiceError ENGINE_UNAVAILABLE when the runtime or the model is not installed, or doesn't load.
 */
export async function loadSileroVad({ version = 6, modelPath }: SileroOptions = {}): Promise<Vad> {
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
  return {
    name: modelPath === undefined ? `silero-v${version}` : 'silero',
    frameLength: FRAME_LENGTH,
    open: () => new SileroStream(runtime, session),
    close: () => void session.release(),
  };
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

/** The network's memory, renewed in silence: on streams of minutes it drifts, and finds words a second late (measured on known speech). */
class SileroStream implements VadStream {
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;
  readonly #input = new Float32Array(CONTEXT_LENGTH + FRAME_LENGTH);
  readonly #inputTensor: Tensor;
  readonly #rate: Tensor;
  readonly #nothing: Tensor;
  readonly #renewal = new Renewal(FRAME_LENGTH);
  #state: Tensor;
  /** That of the second detector, while there is one. */
  #nextState: Tensor | undefined;

  constructor(runtime: Runtime, session: InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
    this.#inputTensor = new runtime.Tensor('float32', this.#input, [1, this.#input.length]);
    this.#rate = new runtime.Tensor('int64', BigInt64Array.of(BigInt(VAD_SAMPLE_RATE)), []);
    this.#nothing = new this.#runtime.Tensor('float32', new Float32Array(STATE_LENGTH), [2, 1, 128]);
    this.#state = this.#nothing;
  }

  async judge(frame: Int16Array): Promise<number> {
    this.#input.copyWithin(0, FRAME_LENGTH);
    for (let i = 0; i < FRAME_LENGTH; i += 1) this.#input[CONTEXT_LENGTH + i] = frame[i]! / FULL_SCALE;
    const result = await this.#run(this.#state);
    const probability = (result.output as Tensor).data[0] as number;
    this.#state = result.stateN as Tensor;
    if (this.#nextState) this.#nextState = (await this.#run(this.#nextState)).stateN as Tensor;
    const step = this.#renewal.next(probability);
    if (step === 'take') this.#state = this.#nextState!;
    if (step === 'take' || step === 'begin') this.#nextState = this.#nothing;
    else if (step === 'give-up') this.#nextState = undefined;
    return probability;
  }

  #run(state: Tensor): Promise<InferenceSession.OnnxValueMapType> {
    return this.#session.run({ input: this.#inputTensor, state, sr: this.#rate });
  }

  close(): void {}
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
