import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { catchError, concatMap, defer, Observable, type ObservedValueOf, of, type Subscription, switchMap } from 'rxjs';
import {
  BatchApiError,
  type BehavioralSignalsError,
  expectNumber,
  expectOptions,
  isBehavioralSignalsError,
  OptionError,
  type OptionNames,
  SourceError,
} from '../errors/index.js';
import { type AnalysisProgress, type AnalyzeOptions, analyzeRecording, followProcess } from './analyze.js';
import type { BatchCollection, EarlierAttempt } from './batch-collection.js';
import { BatchJournal, expectStateFile, type JournalEntry } from './batch-journal.js';
import type { BatchProcess } from './batch-process.js';
import type { BatchResults } from './batch-results.js';
import { SUBMIT_NAMES } from './submit-options.js';
import { abortedError } from './wait.js';
import { workOff } from './work-off.js';

/** What to analyse many files with. */
export interface AnalyzeManyOptions extends Omit<AnalyzeOptions, 'name' | 'fileName' | 'submissionId'> {
  /** How many files are worked on at a time, waiting for the service included. Default: 4. */
  concurrency?: number | undefined;
  /** Where to note what was done, so that a later run goes on from there. One run at a time can use it. Default: nowhere. */
  stateFile?: string | undefined;
  /**
   * Keeps a file's results; what it returns is awaited before the file counts as done, so that nothing is lost when the process ends in
   * between. What it throws is the file's failure. Default: results are emitted only.
   */
  save?: ((file: string, results: BatchResults, process: BatchProcess) => void | Promise<void>) | undefined;
  /** Decides whether a file may be uploaded, just before it is; files under way or done are not asked about. Default: all are. */
  admit?: ((file: string) => boolean | Promise<boolean>) | undefined;
}

/** What happens to one of many files. */
export type BatchFileEvent = {
  /** As it was given. */
  readonly file: string;
} & (
  | AnalysisProgress
  | {
      /** This file failed; the others go on. */
      readonly state: 'failed';
      /** Why. */
      readonly error: BehavioralSignalsError;
    }
  | {
      /** `skipped`: done by an earlier run, or named twice. `left-out`: `admit` said no. */
      readonly state: 'skipped' | 'left-out';
      /** The process of the earlier run. */
      readonly pid?: string;
    }
);

// What is of one recording only.
const { name: _name, fileName: _fileName, submissionId: _submissionId, ...OF_SUBMIT } = SUBMIT_NAMES;
const NAMES: OptionNames<AnalyzeManyOptions> = { ...OF_SUBMIT, concurrency: true, stateFile: true, save: true, admit: true };
const FATAL = new Set(['UNAUTHENTICATED', 'MISSING_CREDENTIALS', 'INSUFFICIENT_CREDITS', 'STATE_FILE_UNUSABLE', 'ABORTED']);

/** Analyses many files, some at a time; see `BatchApi.analyzeMany`. */
export function analyzeRecordings(
  recordings: BatchCollection,
  files: Iterable<string> | AsyncIterable<string>,
  options: AnalyzeManyOptions,
): Observable<BatchFileEvent> {
  expectOptions('analyzeMany', options, NAMES);
  recordings.check('analyzeMany', options);
  const { concurrency = 4, stateFile, signal } = options;
  expectNumber('analyzeMany({ concurrency })', concurrency, { min: 1, max: 1000, whole: true });
  expectStateFile('analyzeMany({ stateFile })', stateFile);
  for (const name of ['save', 'admit'] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'function')
      throw new OptionError(`analyzeMany({ ${name} })`, 'must be a function', value);
  }
  if (typeof files === 'string' || !(Symbol.iterator in Object(files) || Symbol.asyncIterator in Object(files))) {
    throw new OptionError('analyzeMany(files)', 'must be an array, or another iterable, of paths', files);
  }
  return new Observable((subscriber) => {
    let journal: BatchJournal | undefined;
    let running: Subscription | undefined;
    const close = () => {
      running?.unsubscribe();
      signal?.removeEventListener('abort', onAbort);
      journal?.close();
    };
    const end = (finish: () => void) => {
      // Closed first: whoever hears of the end may open it again.
      close();
      finish();
    };
    const onAbort = () => end(() => subscriber.error(abortedError(signal)));
    if (signal?.aborted) {
      subscriber.error(abortedError(signal));
      return undefined;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      journal = stateFile === undefined ? undefined : BatchJournal.open(stateFile, recordings.identity);
    } catch (error) {
      end(() => subscriber.error(error));
      return undefined;
    }
    const run = new FileRun(recordings, options, journal);
    running = workOff(files, concurrency, (file) => run.events(file)).subscribe({
      next: (event) => subscriber.next(event),
      error: (error) => end(() => subscriber.error(error)),
      complete: () => end(() => subscriber.complete()),
    });
    return close;
  });
}

/** One run over files. */
class FileRun {
  readonly #recordings: BatchCollection;
  readonly #options: AnalyzeManyOptions;
  readonly #journal: BatchJournal | undefined;
  readonly #seen = new Set<string>();

  constructor(recordings: BatchCollection, options: AnalyzeManyOptions, journal: BatchJournal | undefined) {
    this.#recordings = recordings;
    this.#options = options;
    this.#journal = journal;
  }

  /** What happens to one file; errors only with what ends the whole run. */
  events(file: string): Observable<BatchFileEvent> {
    return defer(() => this.#begin(file)).pipe(
      switchMap((events$) => events$),
      catchError((error: unknown) => {
        this.#noteFailure(file, error);
        if (isBehavioralSignalsError(error) && !FATAL.has(error.code)) return of({ file, state: 'failed', error } as const);
        throw error;
      }),
    );
  }

  async #begin(file: string): Promise<Observable<BatchFileEvent>> {
    if (typeof file !== 'string' || file === '') throw new OptionError('analyzeMany(files)', 'must be paths', file);
    const name = path.resolve(file);
    if (this.#seen.has(name)) return of({ file, state: 'skipped' });
    this.#seen.add(name);
    const { size, mtimeMs } = await stat(name).catch((cause: Error) => {
      throw new SourceError('SOURCE_FAILED', `${file} can't be read: ${cause.message}`, { cause });
    });
    const known = this.#journal?.get(name);
    const earlier = known?.size === size && known.mtimeMs === mtimeMs ? known : undefined;
    if (earlier?.state === 'completed') return of({ file, state: 'skipped', ...(earlier.pid && { pid: earlier.pid }) });
    const { signal, save: _, admit, concurrency: __, stateFile: ___, ...submit } = this.#options;
    if (earlier?.state === 'submitted' && earlier.pid !== undefined) {
      return this.#noted(file, earlier, followProcess(this.#recordings, earlier.pid, signal));
    }
    const begun = earlier?.state === 'submitting' ? earlier : undefined;
    // What was begun may be at the service already, where it costs whatever is decided now.
    if (!begun && admit && !(await admit(file))) return of({ file, state: 'left-out' });
    const entry: JournalEntry = begun ?? {
      state: 'submitting',
      size,
      mtimeMs,
      submissionId: randomUUID(),
      attemptedAt: Date.now(),
    };
    if (!begun) this.#journal?.record(file, entry);
    const { submissionId } = entry;
    const onRefused = () => this.#journal?.record(file, { ...entry, state: 'refused' });
    const attempt: EarlierAttempt = { attemptedAt: begun ? begun.attemptedAt : 'never', onRefused };
    return this.#noted(file, entry, analyzeRecording(this.#recordings, file, { ...submit, signal, submissionId, ...attempt }));
  }

  /** Keeps the journal and the results while an analysis goes on. */
  #noted(file: string, entry: JournalEntry, progress$: Observable<AnalysisProgress>): Observable<BatchFileEvent> {
    let isSubmitted = entry.state === 'submitted';
    return progress$.pipe(
      concatMap((progress: ObservedValueOf<typeof progress$>): Observable<BatchFileEvent> => {
        if (progress.state === 'uploading') return of({ file, ...progress });
        const { pid } = progress.process;
        if (!isSubmitted) this.#journal?.record(file, { ...entry, state: 'submitted', pid });
        isSubmitted = true;
        if (progress.state !== 'completed') return of({ file, ...progress });
        return defer(async () => {
          await this.#save(file, progress.results, progress.process);
          this.#journal?.record(file, { ...entry, state: 'completed', pid });
          return { file, ...progress };
        });
      }),
    );
  }

  async #save(file: string, results: BatchResults, process: BatchProcess): Promise<void> {
    try {
      await this.#options.save?.(file, results, process);
    } catch (cause) {
      if (isBehavioralSignalsError(cause)) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new SourceError('SOURCE_FAILED', `The results of ${file} could not be saved: ${why}`, { cause });
    }
  }

  /** A process that is of no more use is forgotten; everything else can be gone on with. */
  #noteFailure(file: string, error: unknown): void {
    const entry = this.#journal?.get(file);
    const { cause } = Object(error) as { cause?: unknown };
    const failure = [error, cause].find((one) => one instanceof BatchApiError);
    const isDead = failure?.code === 'PROCESS_FAILED' || (failure?.statusCode === 404 && entry?.state === 'submitted');
    if (entry && isDead) this.#journal?.record(file, { ...entry, state: 'failed' });
  }
}
