import type { Observable } from 'rxjs';
import { expectOptions } from '../errors/index.js';
import { type AnalysisProgress, type AnalyzeOptions, analyzeRecording } from './analyze.js';
import { type AnalyzeManyOptions, analyzeRecordings, type BatchFileEvent } from './analyze-many.js';
import type { BatchCollection, RequestOptions } from './batch-collection.js';
import type { BatchProcess } from './batch-process.js';
import { type BatchResults, type BatchResultsJson, parseResults } from './batch-results.js';
import type { ListOptions } from './list-processes.js';
import { SUBMIT_NAMES, type SubmitOptions, UPLOAD_NAMES, type UploadOptions } from './submit-options.js';
import type { BatchInput } from './upload-source.js';

/**
 * The batch API for one kind of analysis: recordings are submitted, processed, and their results fetched.
 *
 * Every method rejects with BatchApiError (`REQUEST_FAILED`, `REQUEST_TIMEOUT`, `CONNECT_TIMEOUT`, `INVALID_RESPONSE`, `ABORTED`),
 * AuthenticationError or InsufficientCreditsError, and throws OptionError at once. Questions are asked again after transient failures.
 */
export class BatchApi {
  readonly #recordings: BatchCollection;

  /** Made by `createBatchClient()`. */
  constructor(recordings: BatchCollection) {
    this.#recordings = recordings;
  }

  /**
   * Submits a recording: uploads it as it is, in flat memory, whatever its size.
   *
   * A failure that leaves open whether the service has accepted it is followed by a look into the list of processes, by an ID in the
   * meta data, before it is sent again. A Readable is never sent again.
   *
   * @returns The process; it is analysed from now on.
   * @throws (as rejection) besides the above, BatchApiError `STALLED`, `SUBMISSION_UNCERTAIN`; SourceError when the input can't be read.
   */
  submit(input: BatchInput, options: UploadOptions = {}): Promise<BatchProcess> {
    expectOptions('submit', options, UPLOAD_NAMES);
    return this.#recordings.upload('submit', input, options);
  }

  /**
   * Submits a recording that the service fetches itself, from a URL that needs no credentials but those in it. The URL is never shown.
   *
   * @throws (as rejection) as `submit()`.
   */
  submitPresignedUrl(url: string | URL, options: SubmitOptions = {}): Promise<BatchProcess> {
    expectOptions('submitPresignedUrl', options, SUBMIT_NAMES);
    return this.#recordings.submitUrl('submitPresignedUrl', url, options);
  }

  /** Lists the project's processes; each iteration asks anew, page by page. */
  list(options: ListOptions = {}): AsyncIterable<BatchProcess> {
    return this.#recordings.list(options);
  }

  /** Asks where a process is. */
  status(pid: string | number, options: RequestOptions = {}): Promise<BatchProcess> {
    return this.#recordings.status('status', pid, options);
  }

  /** Fetches the results of a completed process, as typed predictions. */
  async results(pid: string | number, options: RequestOptions = {}): Promise<BatchResults> {
    const { json, engine } = await this.#recordings.results('results', pid, options);
    return parseResults(json, String(pid), engine);
  }

  /** Fetches the results of a completed process in the service's own JSON. */
  async rawResults(pid: string | number, options: RequestOptions = {}): Promise<BatchResultsJson> {
    return (await this.#recordings.results('rawResults', pid, options)).json;
  }

  /**
   * Submits a recording, waits until it is processed, and fetches the results.
   *
   * @returns Cold: each subscription submits. Emits `uploading` with the bytes sent, `pending`, `processing`, and `completed` with the
   * results, then completes. Unsubscribing ends the upload and all requests; what the service has accepted goes on there. Errors as
   * `submit()`, and with BatchApiError `PROCESS_FAILED`, `ANALYSIS_TIMEOUT`, or InsufficientCreditsError when the service gave up.
   */
  analyze(input: BatchInput, options: AnalyzeOptions = {}): Observable<AnalysisProgress> {
    expectOptions('analyze', options, SUBMIT_NAMES);
    return analyzeRecording(this.#recordings, input, options);
  }

  /**
   * Analyses many files, some at a time.
   *
   * A file that fails is reported and doesn't stop the others; refused credentials and missing credits do. With a state file a run can be
   * repeated after whatever ended it: files that are done are skipped, those under way are waited for and not uploaded again.
   *
   * @param files Paths; an iterable is read no further than it is needed.
   * @returns Cold. Emits what happens to each file, and completes when all are done. Unsubscribing ends all requests. Errors with
   * AuthenticationError, InsufficientCreditsError, BatchApiError `STATE_FILE_UNUSABLE` or `ABORTED`.
   */
  analyzeMany(files: Iterable<string> | AsyncIterable<string>, options: AnalyzeManyOptions = {}): Observable<BatchFileEvent> {
    return analyzeRecordings(this.#recordings, files, options);
  }
}
