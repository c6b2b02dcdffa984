import { Observable } from 'rxjs';
import { BatchApiError } from '../errors/index.js';
import { onAbort } from '../flow/index.js';
import type { BatchCollection, EarlierAttempt } from './batch-collection.js';
import { type BatchProcess, expectNotFailed } from './batch-process.js';
import { type BatchResults, parseResults } from './batch-results.js';
import type { UploadOptions } from './submit-options.js';
import { type BatchInput, uploadSource } from './upload-source.js';
import { abortedError, wait } from './wait.js';

/** Each question waits so much longer than the one before. */
const POLL_GROWTH = 1.5;

/** What to analyse a recording with. */
export type AnalyzeOptions = Omit<UploadOptions, 'onProgress'>;

/** How far an analysis is. */
export type AnalysisProgress =
  | {
      /** The recording is on its way to the service. */
      readonly state: 'uploading';
      /** Bytes that have left this process; they begin at 0 again when the upload does. */
      readonly sentBytes: number;
      /** Of how many; undefined for a Readable. */
      readonly totalBytes: number | undefined;
    }
  | {
      /** The service has accepted the recording, or has begun with it. Emitted when that changes. */
      readonly state: 'pending' | 'processing';
      /** As the service said last. */
      readonly process: BatchProcess;
    }
  | {
      /** The analysis is over. */
      readonly state: 'completed';
      /** As the service said last. */
      readonly process: BatchProcess;
      /** The typed predictions. */
      readonly results: BatchResults;
    };

/** Submits a recording, waits for it, and fetches the results; see `BatchApi.analyze`. */
export function analyzeRecording(
  recordings: BatchCollection,
  input: BatchInput,
  options: AnalyzeOptions & EarlierAttempt,
): Observable<AnalysisProgress> {
  recordings.check('analyze', options);
  uploadSource('analyze(input)', input);
  return underDeadline(recordings, options.signal, async (signal, emit) => {
    const onProgress = (sentBytes: number, totalBytes: number | undefined) => emit({ state: 'uploading', sentBytes, totalBytes });
    const process = await recordings.upload('analyze', input, { ...options, signal, onProgress });
    await follow(recordings, process, signal, emit);
  });
}

/** Waits for a process that was submitted before, and fetches the results. */
export function followProcess(recordings: BatchCollection, pid: string, signal?: AbortSignal): Observable<AnalysisProgress> {
  return underDeadline(recordings, signal, async (ended, emit) => {
    const process = await recordings.status('analyze', pid, { signal: ended });
    await follow(recordings, process, ended, emit);
  });
}

type Emit = (progress: AnalysisProgress) => void;

async function follow(recordings: BatchCollection, submitted: BatchProcess, signal: AbortSignal, emit: Emit): Promise<void> {
  const { initialDelayMs, maxDelayMs } = recordings.settings.poll;
  const { pid } = submitted;
  let process = submitted;
  let shown: string | undefined;
  let delayMs = initialDelayMs;
  for (;;) {
    expectNotFailed(process);
    if (process.state === 'completed') break;
    // A status that nobody has heard of is not the end.
    const state = process.state === 'pending' ? 'pending' : 'processing';
    if (state !== shown) emit({ state, process });
    shown = state;
    await wait(delayMs, signal);
    delayMs = Math.min(maxDelayMs, delayMs * POLL_GROWTH);
    process = await recordings.status('analyze', pid, { signal });
  }
  const { json, engine } = await recordings.results('analyze', pid, { signal });
  emit({ state: 'completed', process, results: parseResults(json, pid, engine) });
}

/** Runs work that ends with its subscription, with the caller's signal, and when it takes too long. */
function underDeadline(
  { settings: { analysisTimeoutMs } }: BatchCollection,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal, emit: Emit) => Promise<void>,
): Observable<AnalysisProgress> {
  return new Observable((subscriber) => {
    if (outer?.aborted) {
      subscriber.error(abortedError(outer));
      return undefined;
    }
    const controller = new AbortController();
    let pid: string | undefined;
    let isLate = false;
    const ignoreOuter = onAbort(outer, () => controller.abort(outer?.reason));
    const deadline = setTimeout(() => {
      isLate = true;
      controller.abort();
    }, analysisTimeoutMs);
    const emit: Emit = (progress) => {
      if (progress.state !== 'uploading') pid = progress.process.pid;
      subscriber.next(progress);
    };
    work(controller.signal, emit).then(
      () => subscriber.complete(),
      (error) => {
        const where = pid === undefined ? 'before the service had accepted it' : `while process ${pid} went on at the service`;
        const late = new BatchApiError('ANALYSIS_TIMEOUT', `The analysis was not over after ${analysisTimeoutMs} ms ${where}`, {
          pid,
          cause: error,
          retryable: true,
        });
        subscriber.error(isLate ? late : error);
      },
    );
    return () => {
      clearTimeout(deadline);
      ignoreOuter();
      controller.abort();
    };
  });
}
