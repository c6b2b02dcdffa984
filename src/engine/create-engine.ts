import { loadFft } from '../audio/fft/index.js';
import { loadResampler } from '../audio/resampler/index.js';
import { OptionError } from '../errors/index.js';
import { isSileroInstalled, loadLightVad, loadSileroVad, type Vad } from '../vad/index.js';
import { AnalysisStream } from './analysis-stream.js';
import type { Engine, EngineStreamOptions } from './engine.js';
import { type SegmentationOptions, segmentationOptions } from './segmentation-options.js';

/** How the local engine listens. */
export interface EngineOptions {
  /** `light` needs nothing installed, `silero` the optional ONNX runtime; `auto` takes Silero where it is installed. Default: `auto`. */
  vad?: 'auto' | 'light' | 'silero' | Vad;
  /** How speech is cut into utterances and segments; see {@link SegmentationOptions} for the defaults. */
  segmentation?: Partial<SegmentationOptions>;
  /** The language spoken, as an ISO 639-1 code; it decides which speaking rate is normal. Default: `en`. */
  language?: string;
}

/**
 * Loads the local engine: voice activity, segmentation, and the tasks that can be measured from the signal.
 *
 * @throws OptionError for an option that isn't allowed, ServiceError ENGINE_UNAVAILABLE when `vad: 'silero'` isn't installed.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const segmentation = segmentationOptions(options.segmentation);
  const language = options.language ?? 'en';
  if (!/^[a-z]{2}$/.test(language))
    throw new OptionError('language', 'must be a lower-case ISO 639-1 code such as "en"', language);
  const [vad] = await Promise.all([resolveVad(options.vad ?? 'auto'), loadFft(), loadResampler()]);
  return {
    name: `local-dsp/1 vad=${vad.name}`,
    open(stream: EngineStreamOptions) {
      checkStreamOptions(stream);
      return new AnalysisStream({ vad, segmentation, language }, stream);
    },
    close: () => vad.close(),
  };
}

async function resolveVad(choice: NonNullable<EngineOptions['vad']>): Promise<Vad> {
  if (choice === 'light') return loadLightVad();
  if (choice === 'silero') return loadSileroVad();
  if (choice === 'auto') return isSileroInstalled() ? loadSileroVad().catch(() => loadLightVad()) : loadLightVad();
  if (typeof choice === 'object' && choice !== null) return choice;
  throw new OptionError('vad', 'must be "auto", "light", "silero" or a Vad', choice);
}

function checkStreamOptions({ sampleRate, analysis, onResult }: EngineStreamOptions): void {
  if (!(Number.isInteger(sampleRate) && sampleRate >= 4000 && sampleRate <= 384_000)) {
    throw new OptionError('sampleRate', 'must be a whole number of Hz from 4000 to 384000', sampleRate);
  }
  if (analysis !== 'behavior' && analysis !== 'deepfake') {
    throw new OptionError('analysis', 'must be "behavior" or "deepfake"', analysis);
  }
  if (typeof onResult !== 'function') throw new OptionError('onResult', 'must be a function', onResult);
}
