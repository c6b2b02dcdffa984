import { OptionError, type OptionNames } from '../errors/index.js';
import type { JsonValue } from '../predictions/index.js';

/** What to submit a recording with. */
export interface SubmitOptions {
  /** What to call it. Default: the file's name. */
  name?: string | undefined;
  /** The file's name that the service is told; its ending may say what format it is. Default: the input's own, or `recording`. */
  fileName?: string | undefined;
  /** Whether results carry embeddings, under the task `features`. Default: false. Embeddings of voices are biometric data. */
  embeddings?: boolean | undefined;
  /** JSON to keep with the process, with an ID added as `submissionId`. Default: that ID alone. */
  meta?: Readonly<Record<string, JsonValue>> | undefined;
  /** Deepfakes only: whether to ask what made synthetic speech; experimental. Default: false. */
  generatorDetection?: boolean | undefined;
  /**
   * A UUID of yours that tells this recording from all others. What was submitted with it in the last 7 days is found, and not submitted
   * again. Default: a new one, and nothing is looked for before it is submitted.
   */
  submissionId?: string | undefined;
  /** Ends the work with `ABORTED` when it fires; what the service has accepted by then stays there. */
  signal?: AbortSignal | undefined;
}

/** What to submit a file with. */
export interface UploadOptions extends SubmitOptions {
  /** Called while the file is sent: bytes that have left this process, of how many, where that is known. Starts again when it is sent again. */
  onProgress?: ((sentBytes: number, totalBytes: number | undefined) => void) | undefined;
}

/** The names of {@link SubmitOptions}. */
export const SUBMIT_NAMES: OptionNames<SubmitOptions> = {
  name: true,
  fileName: true,
  embeddings: true,
  meta: true,
  generatorDetection: true,
  submissionId: true,
  signal: true,
};

/** The names of {@link UploadOptions}. */
export const UPLOAD_NAMES: OptionNames<UploadOptions> = { ...SUBMIT_NAMES, onProgress: true };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Checks what a recording is submitted with.
 *
 * @param call As the caller writes it, for instance `submit`.
 * @throws OptionError.
 */
export function checkSubmitOptions(call: string, options: UploadOptions, canDetectGenerators: boolean): void {
  const option = (name: string) => `${call}({ ${name} })`;
  const { meta, signal, submissionId, onProgress } = options;
  for (const name of ['name', 'fileName'] as const) {
    const value = options[name];
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new OptionError(option(name), 'must be a text that is not empty', value);
    }
  }
  for (const name of ['embeddings', 'generatorDetection'] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'boolean') throw new OptionError(option(name), 'must be true or false', value);
  }
  if (options.generatorDetection && !canDetectGenerators) {
    throw new OptionError(option('generatorDetection'), 'is for deepfakes only: use client.deepfakes');
  }
  if (meta !== undefined && (typeof meta !== 'object' || meta === null || Array.isArray(meta) || !isWritable(meta))) {
    throw new OptionError(option('meta'), 'must be an object that JSON can hold', meta);
  }
  if (submissionId !== undefined && !UUID.test(submissionId)) {
    throw new OptionError(option('submissionId'), 'must be a UUID, as crypto.randomUUID() makes them');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new OptionError(option('signal'), 'must be an AbortSignal', signal);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new OptionError(option('onProgress'), 'must be a function', onProgress);
  }
}

/** Whether JSON can hold something: no circles, no BigInt. */
function isWritable(value: object): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
