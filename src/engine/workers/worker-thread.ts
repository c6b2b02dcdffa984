import { Worker } from 'node:worker_threads';
import { ServiceError } from '../../errors/index.js';
import type { EngineStream, EngineStreamOptions } from '../engine.js';
import type { WorkerCall, WorkerReport, WorkerRequest, WorkerSettings } from './worker-message.js';
import { WorkerStream } from './worker-stream.js';

/** With more streams than this, audio waits for that of others before it goes over, for so long. */
const CROWD = 8;
const GATHER_MS = 4;
/** How long a worker may take to start. */
const START_MS = 30_000;
/** How long it may take to end by itself. */
const CLOSE_MS = 2_000;

/** What a {@link WorkerThread} needs of the main thread. */
export interface WorkerThreadOptions {
  readonly file: string;
  readonly settings: WorkerSettings;
  /** Does what the worker asks for. */
  answer(call: WorkerCall): Promise<unknown>;
  /** Called once, when the worker has ended without being told to, after its streams were failed. */
  onCrash(thread: WorkerThread): void;
}

/** One worker thread, and the streams that were pinned to it. */
export class WorkerThread {
  /** Resolves when streams are analysed; rejects when the worker can't be started. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #options: WorkerThreadOptions;
  readonly #streams = new Map<number, WorkerStream>();
  readonly #exited: Promise<void>;
  #outbox: WorkerRequest[] = [];
  #transfer: ArrayBuffer[] = [];
  #immediate = false;
  #timer: NodeJS.Timeout | undefined;
  #lastStream = 0;
  #error: Error | undefined;
  #closing = false;

  constructor(options: WorkerThreadOptions) {
    this.#options = options;
    this.#worker = new Worker(options.file, {
      workerData: options.settings,
      name: 'behavioral-signals-rx engine',
      // What the process was started with, such as a loader, is not for this file.
      execArgv: [],
    });
    this.ready = new Promise((resolve, reject) => {
      const refuse = (why: string, cause?: unknown) =>
        reject(
          new ServiceError('ENGINE_UNAVAILABLE', `the engine's worker could not be started from ${options.file}: ${why}`, {
            cause,
          }),
        );
      const timer = setTimeout(() => {
        refuse(`it has not answered for ${START_MS / 1000} s`);
        void this.#worker.terminate();
      }, START_MS);
      this.#worker.once('exit', () => clearTimeout(timer));
      this.#worker.on('message', (report: WorkerReport) => {
        clearTimeout(timer);
        if (report.type === 'ready') resolve();
        else if (report.type === 'refused') refuse(report.message);
        else this.#receive(report);
      });
      this.#worker.on('error', (error) => {
        this.#error = error;
        refuse(error.message, error);
      });
      this.#worker.on('messageerror', (error) => {
        this.#error = error;
      });
      this.#worker.on('exit', (code) => refuse(`it ended with code ${code}`));
    });
    // Whoever opens the first stream hears of it; nobody need wait for the others.
    this.ready.catch(() => {});
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#failStreams(code);
        resolve();
        if (!this.#closing) options.onCrash(this);
      });
    });
  }

  /** Open streams. */
  get load(): number {
    return this.#streams.size;
  }

  /** Pins a new stream to this worker. */
  open({ onResult, onError, ...options }: EngineStreamOptions): EngineStream {
    this.#lastStream += 1;
    const id = this.#lastStream;
    const stream = new WorkerStream(id, {
      post: (request, transfer) => this.#post(request, transfer),
      onResult,
      onError,
      onOver: () => this.#streams.delete(id),
    });
    this.#streams.set(id, stream);
    this.#post({ type: 'open', stream: id, options });
    return stream;
  }

  /** Ends the worker; open streams get nothing more. Resolves when the thread is gone. */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#post({ type: 'close' });
    }
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** What is posted in one turn of the event loop travels together: with many streams, a message for each would cost more than it carries. */
  #post(request: WorkerRequest, transfer?: ArrayBuffer): void {
    this.#outbox.push(request);
    if (transfer) this.#transfer.push(transfer);
    if (this.#immediate) return;
    if (request.type === 'push' && this.#streams.size > CROWD) {
      this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
      return;
    }
    this.#immediate = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#immediate = false;
    if (this.#outbox.length === 0) return;
    const [requests, transfer] = [this.#outbox, this.#transfer];
    this.#outbox = [];
    this.#transfer = [];
    this.#worker.postMessage(requests, transfer);
  }

  #receive(report: Exclude<WorkerReport, { type: 'ready' | 'refused' }>): void {
    if (report.type === 'call') void this.#answer(report.call, report.asked);
    else this.#streams.get(report.stream)?.receive(report);
  }

  async #answer(call: number, asked: WorkerCall): Promise<void> {
    try {
      this.#post({ type: 'answer', call, value: await this.#options.answer(asked) });
    } catch (error) {
      this.#post({ type: 'answer', call, error: error instanceof Error ? error.message : String(error) });
    }
  }

  #failStreams(code: number): void {
    const message = `the engine's worker thread ended unexpectedly, with code ${code}`;
    const error = new Error(this.#error ? `${message}: ${this.#error.message}` : message, { cause: this.#error });
    for (const stream of [...this.#streams.values()]) stream.fail(error);
  }
}
