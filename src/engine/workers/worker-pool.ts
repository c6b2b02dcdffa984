import type { EngineStream, EngineStreamOptions } from '../engine.js';
import { WorkerThread, type WorkerThreadOptions } from './worker-thread.js';

/** Shares streams out among worker threads: each is pinned to the one that has the fewest when it opens. */
export class WorkerPool {
  readonly #size: number;
  readonly #options: Omit<WorkerThreadOptions, 'onCrash'>;
  readonly #threads: WorkerThread[] = [];
  #closing = false;

  private constructor(size: number, options: Omit<WorkerThreadOptions, 'onCrash'>) {
    this.#size = size;
    this.#options = options;
  }

  /**
   * Starts the first worker; the others are started when there are streams for them.
   *
   * @param size How many workers there may be.
   * @throws ServiceError ENGINE_UNAVAILABLE when it doesn't start.
   */
  static async start(size: number, options: Omit<WorkerThreadOptions, 'onCrash'>): Promise<WorkerPool> {
    const pool = new WorkerPool(size, options);
    const first = pool.#add();
    try {
      await first.ready;
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** Opens a stream on the worker with the least to do. */
  open(options: EngineStreamOptions): EngineStream {
    const least = this.#threads.reduce<WorkerThread | undefined>(
      (best, thread) => (best && best.load <= thread.load ? best : thread),
      undefined,
    );
    const thread = least && (least.load === 0 || this.#threads.length >= this.#size) ? least : this.#add();
    return thread.open(options);
  }

  /** Ends all workers; resolves when their threads are gone. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #add(): WorkerThread {
    const thread = new WorkerThread({ ...this.#options, onCrash: (crashed) => this.#replace(crashed) });
    this.#threads.push(thread);
    return thread;
  }

  /** One that has never worked is not replaced before a stream needs it: it would not work now. */
  #replace(crashed: WorkerThread): void {
    this.#threads.splice(this.#threads.indexOf(crashed), 1);
    if (this.#closing) return;
    crashed.ready.then(
      () => {
        if (!this.#closing) this.#add();
      },
      () => {},
    );
  }
}
