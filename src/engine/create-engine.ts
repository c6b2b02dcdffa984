import { loadFft } from '../audio/fft/index.js';
import { loadResampler } from '../audio/resampler/index.js';
import { expectNumber, expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import type { Logger } from '../events/index.js';
import { isSileroInstalled, loadLightVad, type Vad } from '../vad/index.js';
import type { SileroNetwork, SileroRunner } from '../vad/silero/silero-runner.js';
import { loadSileroRunner, sileroVad } from '../vad/silero/silero-vad.js';
import { AnalysisStream } from './analysis-stream.js';
import type { Engine, EngineStreamOptions } from './engine.js';
import { loadModels } from './models/load-models.js';
import type { ModelDescription, ModelHost } from './models/loaded-model.js';
import type { UserModel } from './models/user-model.js';
import { type SegmentationOptions, segmentationOptions } from './segmentation-options.js';
import { findWorkerFile, PROTOCOL, WORKER_FILE, WorkerPool } from './workers/index.js';

/** How the local engine listens. */
export interface EngineOptions {
  /** `light` needs nothing installed, `silero` the optional ONNX runtime; `auto` takes Silero where it is installed. Default: `auto`. */
  vad?: 'auto' | 'light' | 'silero' | Vad;
  /** How speech is cut into utterances and segments; see {@link SegmentationOptions} for the defaults. */
  segmentation?: Partial<SegmentationOptions>;
  /** The language spoken, as an ISO 639-1 code; it decides which speaking rate is normal. Default: `en`. */
  language?: string;
  /** Models of the user's, by the wire name of the task that they answer; see {@link onnxModel}. Default: none. */
  models?: Readonly<Record<string, UserModel>>;
  /** Worker threads that share the streams; 0 analyses in the thread that calls. Default: 0. */
  workers?: number;
  /** The file the workers run, for bundles: a copy of this package's `dist/behavioral-signals-rx-worker.mjs`. Default: the one beside the library. */
  workerFile?: string | URL;
  /** Told of models that fail, and of workers that can't be had. Default: nobody. */
  logger?: Logger;
}

/** The names of {@link EngineOptions}. */
export const ENGINE_OPTION_NAMES: OptionNames<EngineOptions> = {
  vad: true,
  segmentation: true,
  language: true,
  models: true,
  workers: true,
  workerFile: true,
  logger: true,
};

/**
 * Loads the local engine: voice activity, segmentation, and the tasks that can be measured from the signal.
 *
 * @throws OptionError for an option that isn't allowed, ServiceError ENGINE_UNAVAILABLE when `vad: 'silero'` isn't installed, or when a
 *   model or a worker can't be loaded.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  expectOptions((name) => name, options, ENGINE_OPTION_NAMES);
  const segmentation = segmentationOptions(options.segmentation);
  const language = options.language ?? 'en';
  if (!/^[a-z]{2}$/.test(language))
    throw new OptionError('language', 'must be a lower-case ISO 639-1 code such as "en"', language);
  const workerFile = findWorkers(options);
  const vad = await resolveVad(options.vad ?? 'auto');
  const models = options.models && (await loadModels(options.models, options.logger).catch((error) => closed(vad, error)));
  const settings = { segmentation, language, models };
  const name = engineName(vad.name, options.segmentation, models?.models ?? []);
  const close = () => {
    models?.close();
    vad.close();
  };
  try {
    return await (workerFile !== undefined && 'kind' in vad
      ? inWorkers({ ...settings, name, vad, workerFile, size: options.workers!, close })
      : inThisThread({ ...settings, name, vad, close }));
  } catch (error) {
    close();
    throw error;
  }
}

interface EngineParts {
  readonly name: string;
  readonly segmentation: SegmentationOptions;
  readonly language: string;
  readonly models: ModelHost | undefined;
  close(): void;
}

async function inThisThread({ name, vad: choice, close, ...settings }: EngineParts & { vad: VadChoice }): Promise<Engine> {
  const [vad] = await Promise.all([vadOf(choice), loadFft(), loadResampler()]);
  return {
    name,
    open(stream) {
      checkStreamOptions(stream);
      return new AnalysisStream({ ...settings, vad }, stream);
    },
    close,
  };
}

/** ONNX runs in this thread all the same: its runtime aborts the process when that ends while a worker runs a model. */
async function inWorkers(parts: EngineParts & { vad: BuiltInVad; workerFile: string; size: number }): Promise<Engine> {
  const { name, vad, segmentation, language, models, workerFile, size, close } = parts;
  const pool = await WorkerPool.start(size, {
    file: workerFile,
    settings: {
      protocol: PROTOCOL,
      vad: vad.kind === 'light' ? { kind: 'light' } : { kind: 'silero', network: networkOf(vad.runner) },
      segmentation,
      language,
      models: models?.models ?? [],
    },
    answer: (call) => {
      if (call.method === 'model') return models!.predict(call.task, call.input);
      if (vad.kind === 'light') throw new Error('the light VAD has no network');
      return vad.runner.run(call.batch);
    },
  });
  return {
    name,
    open(stream) {
      checkStreamOptions(stream);
      return pool.open(stream);
    },
    async close() {
      await pool.close();
      close();
    },
  };
}

/** What of a runner can go to another thread. */
function networkOf({ name, maxFrames, takesSequences }: SileroRunner): SileroNetwork {
  return { name, maxFrames, takesSequences };
}

/** Where the workers' file is, if there are to be workers and it can be found. */
function findWorkers({ workers = 0, workerFile, vad, logger }: EngineOptions): string | undefined {
  expectNumber('workers', workers, { min: 0, max: 512, whole: true });
  if (workers === 0) return undefined;
  if (typeof vad === 'object')
    throw new OptionError('workers', "must be 0 with a Vad of your own, which can't go to other threads", workers);
  const file = findWorkerFile(workerFile);
  if (file === undefined) {
    logger?.info(
      { workers },
      `analysing in the main thread: ${WORKER_FILE} is not beside the library; copy it there, or give workerFile`,
    );
  }
  return file;
}

type BuiltInVad =
  | { readonly kind: 'light'; readonly name: 'light'; close(): void }
  | { readonly kind: 'silero'; readonly name: string; readonly runner: SileroRunner; close(): void };
type VadChoice = BuiltInVad | Vad;

async function resolveVad(choice: NonNullable<EngineOptions['vad']>): Promise<VadChoice> {
  const light = { kind: 'light', name: 'light', close: () => {} } as const;
  const silero = async () => {
    const runner = await loadSileroRunner();
    return { kind: 'silero', name: runner.name, runner, close: () => runner.close() } as const;
  };
  if (choice === 'light') return light;
  if (choice === 'silero') return silero();
  if (choice === 'auto') return isSileroInstalled() ? silero().catch(() => light) : light;
  if (typeof choice === 'object' && choice !== null) return choice;
  throw new OptionError('vad', 'must be "auto", "light", "silero" or a Vad', choice);
}

function vadOf(choice: VadChoice): Vad | Promise<Vad> {
  if (!('kind' in choice)) return choice;
  return choice.kind === 'light' ? loadLightVad() : sileroVad(choice.runner);
}

function closed(vad: VadChoice, error: unknown): never {
  vad.close();
  throw error;
}

/** `local-dsp/1 vad=light`, then what the user changed: segmentation in its units, and models by task. */
function engineName(vad: string, segmentation: EngineOptions['segmentation'], models: readonly ModelDescription[]): string {
  const changed = Object.entries(segmentation ?? {}).map(([option, value]) => `${option}:${value}`);
  const plugged = models.map(({ task, name }) => `${task}:${name.replaceAll(/[\s,]/g, '_')}`);
  return [
    `local-dsp/1 vad=${vad}`,
    ...(changed.length > 0 ? [`segmentation=${changed.join(',')}`] : []),
    ...(plugged.length > 0 ? [`models=${plugged.join(',')}`] : []),
  ].join(' ');
}

function checkStreamOptions({ sampleRate, analysis, level, onResult }: EngineStreamOptions): void {
  if (!(Number.isInteger(sampleRate) && sampleRate >= 4000 && sampleRate <= 384_000)) {
    throw new OptionError('sampleRate', 'must be a whole number of Hz from 4000 to 384000', sampleRate);
  }
  if (analysis !== 'behavior' && analysis !== 'deepfake') {
    throw new OptionError('analysis', 'must be "behavior" or "deepfake"', analysis);
  }
  if (level !== undefined && level !== 'segment' && level !== 'utterance') {
    throw new OptionError('level', 'must be "segment" or "utterance", or left out for both', level);
  }
  if (typeof onResult !== 'function') throw new OptionError('onResult', 'must be a function', onResult);
}
