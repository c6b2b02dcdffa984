import { rm } from 'node:fs/promises';
import type { Engine } from '../../engine/index.js';
import type { Logger } from '../../events/index.js';
import { isStorageFull, STORAGE_FULL } from '../storage-full.js';
import { type DataDirectory, fetchedName } from '../store/data-directory.js';
import type { ProcessStore } from '../store/process-store.js';
import { ProcessStatus, type StoredProcess } from '../store/stored-process.js';
import { analyseRecording } from './analyse-recording.js';
import { type FetchLimits, fetchRecording } from './fetch-recording.js';
import { JobFailure } from './job-failure.js';
import { ProjectTurns } from './project-turns.js';

/** Pieces of results that wait to be written together. */
const PIECES_PER_WRITE = 64;

/** What a {@link JobQueue} works with. */
export interface JobQueueOptions {
  readonly engine: Engine;
  readonly store: ProcessStore;
  readonly directory: DataDirectory;
  readonly maxJobs: number;
  readonly maxJobsPerProject: number;
  readonly maxDurationMs: number;
  readonly jobTimeoutMs: number;
  readonly fetch: FetchLimits;
  readonly logger: Logger;
}

/**
 * Works on what the store has pending, so many at a time, each project in its turn; the store alone knows what is to be done.
 *
 * Each process ends once: completed with all of its results, or failed with a reason. Its audio is deleted then.
 */
export class JobQueue {
  readonly #options: JobQueueOptions;
  readonly #turns: ProjectTurns;
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #closing = false;

  constructor(options: JobQueueOptions) {
    this.#options = options;
    this.#turns = new ProjectTurns(options.maxJobsPerProject);
  }

  /** Begins what can be begun; to be called after each submission. What waits stays where it is when the store fails. */
  wake(): void {
    try {
      while (!this.#closing && this.#running.size < this.#options.maxJobs && this.#beginNext());
    } catch (error) {
      this.#options.logger.error({ err: error }, 'the store failed; jobs wait for the next submission, or the next start');
    }
  }

  #beginNext(): boolean {
    const { store, logger } = this.#options;
    const turn = this.#turns.next(store.waiting());
    const next = turn && store.take(turn);
    if (!turn || !next) return false;
    this.#turns.begun(turn);
    const job = this.#work(next)
      .catch((error) => logger.error({ pid: next.pid, err: error }, 'the store failed; the next start goes on'))
      .then(() => {
        this.#running.delete(job);
        this.#turns.ended(next.cid);
        this.wake();
      });
    this.#running.add(job);
    return true;
  }

  /** Begins nothing more; what is at work when the grace ends goes back to the store, for the next start. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.allSettled(this.#running), grace]);
    clearTimeout(timer);
    this.#stop.abort(new ClosingError());
    await Promise.allSettled(this.#running);
  }

  async #work(process: StoredProcess): Promise<void> {
    const { store, logger, jobTimeoutMs } = this.#options;
    const { pid, cid } = process;
    const timeout = AbortSignal.timeout(jobTimeoutMs);
    const startedMs = performance.now();
    const tookMs = () => Math.round(performance.now() - startedMs);
    try {
      const durationMs = await this.#analyse(process, AbortSignal.any([this.#stop.signal, timeout]));
      logger.info({ cid, pid, durationMs, tookMs: tookMs() }, 'job completed');
    } catch (error) {
      if (error instanceof ClosingError) {
        store.giveBack(pid);
        logger.info({ cid, pid }, 'job put off until the next start');
        return;
      }
      const statusmsg = reasonOf(error, timeout.aborted && `Work on the recording took longer than ${jobTimeoutMs / 1000} s.`);
      store.finish(pid, { status: ProcessStatus.failed, statusmsg, durationMs: null });
      if (error instanceof JobFailure || timeout.aborted) logger.warn({ cid, pid, reason: statusmsg }, 'job failed');
      else logger.error({ cid, pid, err: error }, 'job failed');
    }
    await this.#deleteAudio(process);
  }

  async #analyse({ pid, analysis, embeddings, file, url }: StoredProcess, signal: AbortSignal): Promise<number> {
    const { store, directory, engine, maxDurationMs, fetch, logger } = this.#options;
    const path = directory.uploadPath(file ?? fetchedName(pid));
    if (url !== null) await fetchRecording(url, path, fetch, signal);
    let written = 0;
    let waiting: string[] = [];
    const onPiece = (piece: string) => {
      waiting.push(piece);
      if (waiting.length < PIECES_PER_WRITE) return;
      store.addResults(pid, written, waiting);
      written += waiting.length;
      waiting = [];
    };
    const events = { next: (event: object) => logger.debug?.({ pid, event }, 'noticed in a recording') };
    const recording = { file: path, analysis, embeddings };
    const { durationMs, note } = await analyseRecording(recording, { engine, maxDurationMs, onPiece, events, signal });
    const statusmsg = note === undefined ? 'completed' : `completed, as far as the recording goes: ${note}`;
    store.finish(pid, { status: ProcessStatus.completed, statusmsg, durationMs }, waiting, written);
    return durationMs;
  }

  async #deleteAudio({ pid, file }: StoredProcess): Promise<void> {
    const { directory, logger } = this.#options;
    try {
      await rm(directory.uploadPath(file ?? fetchedName(pid)), { force: true });
    } catch (error) {
      logger.error({ pid, err: error }, 'the audio of a job could not be deleted; the next start tries again');
    }
  }
}

function reasonOf(error: unknown, timeout: string | false): string {
  if (error instanceof JobFailure) return error.message;
  if (isStorageFull(error)) return STORAGE_FULL;
  return timeout || 'The service failed on this recording; it has logged why.';
}

/** The service ends; the job is not at fault. */
class ClosingError extends Error {}
