import type { EngineStream, EngineStreamOptions } from '../engine.js';
import { WINDOW, type WorkerReport, type WorkerRequest } from './worker-message.js';

/** What a {@link WorkerStream} is given by its thread. */
export interface WorkerStreamContext {
  post(request: WorkerRequest, transfer?: ArrayBuffer): void;
  onResult: EngineStreamOptions['onResult'];
  onError: EngineStreamOptions['onError'];
  /** The stream is over; nothing is received for it any more. */
  onOver(): void;
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** The main thread's end of a stream that is analysed in a worker. */
export class WorkerStream implements EngineStream {
  readonly #id: number;
  readonly #context: WorkerStreamContext;
  #underWay = 0;
  #waiter: Waiter | undefined;
  #state: 'open' | 'ending' | 'over' = 'open';
  #error: Error | undefined;

  constructor(id: number, context: WorkerStreamContext) {
    this.#id = id;
    this.#context = context;
  }

  push(samples: Int16Array): void | Promise<void> {
    if (this.#error) return Promise.reject(this.#error);
    if (this.#state !== 'open') return;
    // A copy, because whoever pushes may go on with theirs; it goes over without another.
    const own = new Int16Array(samples);
    this.#underWay += own.length;
    this.#context.post({ type: 'push', stream: this.#id, samples: own }, own.buffer);
    if (this.#underWay > WINDOW) return this.#wait();
  }

  end(): void | Promise<void> {
    if (this.#error) return Promise.reject(this.#error);
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#context.post({ type: 'end', stream: this.#id });
    return this.#wait();
  }

  cancel(): void {
    if (this.#state === 'over') return;
    this.#context.post({ type: 'cancel', stream: this.#id });
    this.#over();
    this.#settle();
  }

  /** Takes what the worker says. */
  receive(report: Extract<WorkerReport, { stream: number }>): void {
    if (report.type === 'result') {
      this.#context.onResult(report.result);
    } else if (report.type === 'consumed') {
      this.#underWay -= report.samples;
      if (this.#state === 'open' && this.#underWay <= WINDOW) this.#settle();
    } else if (report.type === 'ended') {
      this.#over();
      this.#settle();
    } else {
      this.fail(new Error(report.message));
    }
  }

  /** Ends the stream with an error, for whoever waits, or else for `onError`. */
  fail(error: Error): void {
    if (this.#state === 'over') return;
    this.#error = error;
    this.#over();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter) waiter.reject(error);
    else this.#context.onError?.(error);
  }

  #over(): void {
    this.#state = 'over';
    this.#context.onOver();
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  #settle(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.resolve();
  }
}
