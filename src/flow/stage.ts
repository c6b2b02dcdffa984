import { OverflowError } from '../errors/index.js';
import { Fifo } from './fifo.js';
import type { Flow } from './flow.js';
import { FlowGate } from './flow-gate.js';
import { Holder } from './holder.js';

/** Bytes a stage queues from an input without a flow (a plain Observable) before it gives up. */
export const UNPACED_QUEUE_BYTES = 16 * 1024 * 1024;

/** What a {@link Stage} is made of. */
export interface StageOptions<In, Out> {
  /**
   * Turns one input into outputs, lazily: the next one is asked for only while nobody holds. What can be one output at most, as with live
   * audio, is better an array, because an iterator costs more than such work.
   */
  process: (input: In) => Iterable<Out>;
  /** What is left at the end of the input, after completion or an upstream error. */
  flush?: () => Iterable<Out>;
  emit: (output: Out) => void;
  complete: () => void;
  error: (error: unknown) => void;
  /** The flow an input carries; undefined for inputs that can't be paused. */
  flowOf: (input: In) => Flow | undefined;
  /** Size of an input in bytes, for the bound on inputs that can't be paused. */
  bytesOf: (input: In) => number;
  /** Work that must be done before the first input is processed, such as loading a decoder. */
  ready?: Promise<unknown>;
  /** Names the operator in the overflow error. */
  name: string;
}

/**
 * An asynchronous boundary: a queue whose inputs are turned into outputs one at a time, looking at the holds before each.
 *
 * Use it for any operator whose one input can become much output. While its own consumers hold, or while it isn't ready, it
 * holds the boundary above. An upstream error is passed on only after everything that came before it.
 */
export class Stage<In, Out> {
  readonly #options: StageOptions<In, Out>;
  readonly #gate: FlowGate;
  readonly #queue = new Fifo<In>();
  #queuedBytes = 0;
  #current: Iterator<Out> | undefined;
  #upstream: Flow | undefined;
  readonly #above = new Holder();
  #ready: boolean;
  #running = false;
  #stopped = false;
  #flushed = false;
  #end: { error?: unknown; failed: boolean } | undefined;

  constructor(options: StageOptions<In, Out>) {
    this.#options = options;
    this.#gate = new FlowGate({ onHold: () => this.#holdUpstream(), onResume: () => this.#run() });
    this.#ready = options.ready === undefined;
    options.ready?.then(
      () => {
        this.#ready = true;
        this.#run();
      },
      (error) => this.#fail(error),
    );
  }

  /** The flow that outputs carry. */
  get flow(): Flow {
    return this.#gate;
  }

  /** Open holds of the consumers; for tests of the operator contract. */
  get holds(): number {
    return this.#gate.holds;
  }

  /** Whether all that was pushed has been worked on. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && !this.#current && !this.#running;
  }

  push(input: In): void {
    if (this.#stopped || this.#end) return;
    const flow = this.#options.flowOf(input);
    this.#upstream = flow;
    this.#queue.push(input);
    this.#queuedBytes += this.#options.bytesOf(input);
    this.#run();
    if (!flow && this.#queuedBytes > UNPACED_QUEUE_BYTES) {
      this.#fail(
        new OverflowError(
          `${this.#options.name}: more than ${UNPACED_QUEUE_BYTES} bytes wait, because the source can't be paused and what follows is slower. Give fromReadable() a stream or an iterable instead of an Observable, or drop audio before ${this.#options.name}.`,
          UNPACED_QUEUE_BYTES,
        ),
      );
    }
  }

  /** The input is complete: outputs what is left, then completes. */
  end(): void {
    this.#endInput({ failed: false });
  }

  /** The input failed: outputs what is left, then passes the error on. */
  endWithError(error: unknown): void {
    this.#endInput({ error, failed: true });
  }

  /** Drops everything and lets go of the boundary above; nothing is emitted any more. */
  stop(): void {
    this.#halt();
    this.#above.release();
  }

  #halt(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#queue.clear();
    this.#queuedBytes = 0;
    const current = this.#current;
    this.#current = undefined;
    if (!this.#running) current?.return?.();
    this.#gate.end();
  }

  #endInput(end: { error?: unknown; failed: boolean }): void {
    this.#end ??= end;
    this.#run();
    // Whoever shares the source with this stage need not wait for it any more: it takes no further input.
    this.#above.release();
  }

  #run(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    try {
      while (this.#isFree && this.#step());
    } catch (error) {
      this.#running = false;
      this.#fail(error);
      return;
    }
    this.#running = false;
    if (this.#stopped) return;
    if (!this.#ready || this.#gate.isHeld) this.#holdUpstream();
    else this.#above.release();
  }

  /** Does one small piece of work; false when there is none. */
  #step(): boolean {
    if (this.#current) {
      const next = this.#current.next();
      if (next.done) this.#current = undefined;
      else this.#options.emit(next.value);
      return true;
    }
    if (this.#queue.length > 0) {
      const input = this.#queue.shift() as In;
      this.#queuedBytes -= this.#options.bytesOf(input);
      this.#output(this.#options.process(input));
      return true;
    }
    if (!this.#end) return false;
    if (!this.#flushed) {
      this.#flushed = true;
      this.#current = this.#options.flush?.()[Symbol.iterator]();
      return true;
    }
    const { failed, error } = this.#end;
    this.stop();
    if (failed) this.#options.error(error);
    else this.#options.complete();
    return false;
  }

  #output(outputs: Iterable<Out>): void {
    if (!Array.isArray(outputs) || outputs.length > 1 || !this.#isFree) this.#current = outputs[Symbol.iterator]();
    else if (outputs.length === 1) this.#options.emit(outputs[0]);
  }

  get #isFree(): boolean {
    return this.#ready && !this.#stopped && !this.#gate.isHeld;
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.#halt();
    this.#options.error(error);
    // Only now, when who was told has unsubscribed: the boundary above would go on with what it has, for nobody.
    this.#above.release();
  }

  #holdUpstream(): void {
    if (!this.#stopped && !this.#end) this.#above.hold(this.#upstream);
  }
}
