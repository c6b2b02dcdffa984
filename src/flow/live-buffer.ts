import { OverflowError } from '../errors/index.js';
import { Fifo } from './fifo.js';
import type { Flow } from './flow.js';
import { FlowGate } from './flow-gate.js';

/**
 * What a full buffer of a live source does: give up what has waited longest, which keeps latency low; refuse what has just come, which
 * keeps the beginning; or end with an error.
 */
export type OverflowPolicy = 'drop-oldest' | 'drop-newest' | 'error';

/** Items that were dropped one after the other. */
export interface DroppedRun {
  readonly items: number;
  readonly bytes: number;
  readonly ms: number;
}

/** What a {@link LiveBuffer} is made of. */
export interface LiveBufferOptions<Item> {
  /** Names the source or operator in the overflow error, as the user writes it. */
  name: string;
  /** Bytes that may wait. */
  maxBytes: number;
  /** Time that may wait, in milliseconds. Default: any. */
  maxMs?: number | undefined;
  overflow: OverflowPolicy;
  bytesOf: (item: Item) => number;
  msOf: (item: Item) => number;
  /** Takes an item; `dropped` is what is missing directly before it. */
  emit: (item: Item, dropped: DroppedRun | undefined) => void;
  /** The input is complete and everything that waited was emitted; `dropped` is what is missing at the end. */
  complete: (dropped: DroppedRun | undefined) => void;
  /** As `complete`, but the input failed, or with the policy `error` the buffer was full. */
  error: (error: unknown, dropped: DroppedRun | undefined) => void;
}

/**
 * Bytes that an item counts as, at least: an item costs about as much for what surrounds its data, and a flood of tiny or empty items
 * must not get past a bound on bytes.
 */
export const LEAST_ITEM_BYTES = 256;

interface Entry<Item> {
  readonly item: Item;
  readonly bytes: number;
  readonly ms: number;
  /** What is missing directly before it. */
  dropped: DroppedRun | undefined;
}

/**
 * The asynchronous boundary of a source that can't be paused: what comes while a consumer holds waits here, within bounds.
 *
 * Items leave in the order they came, at once while nobody holds. What can't wait any more is dropped by whole items, and the item
 * after a run of drops says how much is missing before it. An item that is larger than the bounds by itself is dropped when it has to wait.
 */
export class LiveBuffer<Item> {
  readonly #options: LiveBufferOptions<Item>;
  readonly #gate = new FlowGate({ onResume: () => this.#run() });
  readonly #queue = new Fifo<Entry<Item>>();
  #bytes = 0;
  #ms = 0;
  /** What is missing after the last item that waits. */
  #dropped: DroppedRun | undefined;
  #total: DroppedRun = { items: 0, bytes: 0, ms: 0 };
  #end: { error?: unknown; failed: boolean } | undefined;
  #running = false;
  #stopped = false;

  constructor(options: LiveBufferOptions<Item>) {
    this.#options = options;
  }

  /** The flow that what is emitted carries. */
  get flow(): Flow {
    return this.#gate;
  }

  /** How many items wait. */
  get length(): number {
    return this.#queue.length;
  }

  /** Bytes that wait; never more than `maxBytes`. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Everything that was dropped so far. */
  get total(): DroppedRun {
    return this.#total;
  }

  /** Whether it takes items: not after the input's end, and with the policy `error` not after the first overflow. */
  get isOpen(): boolean {
    return !this.#end && !this.#stopped;
  }

  /** Whether an item that comes now goes on at once. */
  get isClear(): boolean {
    return this.isOpen && !this.#gate.isHeld && !this.#running && this.#queue.length === 0;
  }

  /** Takes an item from the source; never holds it. */
  push(item: Item): void {
    if (!this.isOpen) return;
    if (this.isClear) {
      this.#passOn(item);
      return;
    }
    const { bytesOf, msOf } = this.#options;
    const entry = { item, bytes: Math.max(LEAST_ITEM_BYTES, bytesOf(item)), ms: msOf(item), dropped: undefined };
    if (this.#makeRoom(entry)) this.#append(entry);
  }

  /** The input is complete: what waits is emitted as the consumers allow, then it completes. */
  end(): void {
    this.#endInput({ failed: false });
  }

  /** The input failed: what waits is emitted as the consumers allow, then the error is passed on. */
  endWithError(error: unknown): void {
    this.#endInput({ error, failed: true });
  }

  /** Drops everything; nothing is emitted any more. */
  stop(): void {
    this.#stopped = true;
    this.#queue.clear();
    this.#bytes = 0;
    this.#ms = 0;
    this.#gate.end();
  }

  /** Nothing waits and nobody holds: the item needs no place in the queue. */
  #passOn(item: Item): void {
    const dropped = this.#dropped;
    this.#dropped = undefined;
    this.#running = true;
    try {
      this.#options.emit(item, dropped);
    } finally {
      this.#running = false;
    }
    if (this.#queue.length > 0 || this.#end) this.#run();
  }

  #append(entry: Entry<Item>): void {
    entry.dropped = this.#dropped;
    this.#dropped = undefined;
    this.#queue.push(entry);
    this.#bytes += entry.bytes;
    this.#ms += entry.ms;
  }

  /** Makes room by the policy; false when the item can't wait. */
  #makeRoom(entry: Entry<Item>): boolean {
    if (this.#fits(entry)) return true;
    const { overflow, maxBytes, maxMs = Number.POSITIVE_INFINITY } = this.#options;
    if (overflow === 'error') {
      this.#endInput({ error: this.#overflowError(), failed: true });
      return false;
    }
    if (overflow === 'drop-newest' || entry.bytes > maxBytes || entry.ms > maxMs) {
      this.#dropped = joined(this.#dropped, this.#count(entry));
      return false;
    }
    while (this.#queue.length > 0 && !this.#fits(entry)) this.#dropOldest();
    return true;
  }

  #fits({ bytes, ms }: Entry<Item>): boolean {
    const { maxBytes, maxMs = Number.POSITIVE_INFINITY } = this.#options;
    return this.#bytes + bytes <= maxBytes && this.#ms + ms <= maxMs;
  }

  #dropOldest(): void {
    const oldest = this.#take();
    const run = joined(oldest.dropped, this.#count(oldest));
    const next = this.#queue.first;
    if (next) next.dropped = joined(run, next.dropped);
    else this.#dropped = joined(run, this.#dropped);
  }

  #take(): Entry<Item> {
    const entry = this.#queue.shift()!;
    // Sums of fractions don't come back to zero by themselves.
    this.#ms = this.#queue.length === 0 ? 0 : this.#ms - entry.ms;
    this.#bytes -= entry.bytes;
    return entry;
  }

  #count({ item, ms }: Entry<Item>): DroppedRun {
    const run = { items: 1, bytes: this.#options.bytesOf(item), ms };
    this.#total = joined(this.#total, run);
    return run;
  }

  #endInput(end: { error?: unknown; failed: boolean }): void {
    if (!this.isOpen) return;
    this.#end = end;
    this.#run();
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      while (!this.#stopped && !this.#gate.isHeld && this.#step());
    } finally {
      this.#running = false;
    }
  }

  /** Does one small piece of work; false when there is none. */
  #step(): boolean {
    if (this.#queue.length > 0) {
      const { item, dropped } = this.#take();
      this.#options.emit(item, dropped);
      return true;
    }
    if (!this.#end) return false;
    const { failed, error } = this.#end;
    const dropped = this.#dropped;
    this.stop();
    if (failed) this.#options.error(error, dropped);
    else this.#options.complete(dropped);
    return false;
  }

  #overflowError(): OverflowError {
    const { name, maxBytes, maxMs = Number.POSITIVE_INFINITY } = this.#options;
    const bound = maxMs === Number.POSITIVE_INFINITY ? `${maxBytes} bytes` : `${maxBytes} bytes or ${maxMs} ms`;
    return new OverflowError(
      `${name}: more than ${bound} wait, because the source can't be paused and what follows is slower. Raise the bound, or let audio be dropped with overflow: 'drop-oldest'.`,
      maxBytes,
    );
  }
}

/** One run of what two make that follow each other. */
function joined(first: DroppedRun | undefined, second: DroppedRun | undefined): DroppedRun {
  return {
    items: (first?.items ?? 0) + (second?.items ?? 0),
    bytes: (first?.bytes ?? 0) + (second?.bytes ?? 0),
    ms: (first?.ms ?? 0) + (second?.ms ?? 0),
  };
}
