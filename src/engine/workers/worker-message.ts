import type { SileroBatch, SileroNetwork } from '../../vad/silero/silero-runner.js';
import type { EngineResult, EngineStreamOptions } from '../engine.js';
import type { ModelDescription } from '../models/loaded-model.js';
import type { SegmentationOptions } from '../segmentation-options.js';

/** Changes with the messages, so that a file left over from another version is refused. */
export const PROTOCOL = 2;

/** What a worker is started with. */
export interface WorkerSettings {
  readonly protocol: number;
  /** Silero's network runs in the main thread. */
  readonly vad: { readonly kind: 'light' } | { readonly kind: 'silero'; readonly network: SileroNetwork };
  readonly segmentation: SegmentationOptions;
  readonly language: string;
  /** The user's models, which run in the main thread. */
  readonly models: readonly ModelDescription[];
}

/** What a stream is opened with: all that is no function. */
export type WorkerStreamOptions = Omit<EngineStreamOptions, 'onResult' | 'onError'>;

/** To a worker; several travel together. */
export type WorkerRequest =
  | { readonly type: 'open'; readonly stream: number; readonly options: WorkerStreamOptions }
  | { readonly type: 'push'; readonly stream: number; readonly samples: Int16Array<ArrayBuffer> }
  | { readonly type: 'end'; readonly stream: number }
  | { readonly type: 'cancel'; readonly stream: number }
  | { readonly type: 'answer'; readonly call: number; readonly value?: unknown; readonly error?: string }
  | { readonly type: 'close' };

/** What a worker has the main thread do. */
export type WorkerCall =
  | { readonly method: 'silero'; readonly batch: SileroBatch }
  | { readonly method: 'model'; readonly task: string; readonly input: Float32Array };

/** From a worker. */
export type WorkerReport =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'result'; readonly stream: number; readonly result: EngineResult }
  /** So many more samples were analysed. */
  | { readonly type: 'consumed'; readonly stream: number; readonly samples: number }
  | { readonly type: 'ended'; readonly stream: number }
  | { readonly type: 'failed'; readonly stream: number; readonly message: string }
  | { readonly type: 'call'; readonly call: number; readonly asked: WorkerCall };

/** Samples of a stream that may be under way to its worker before the one who pushes has to wait. */
export const WINDOW = 32_768;
/** A worker reports what it has consumed in portions of this, less than the window so that nobody waits for ever. */
export const PORTION = WINDOW / 4;
