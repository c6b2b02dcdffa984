import { Fifo } from '../../flow/index.js';

/** Sendings that may wait before more should be taken in. */
const FULL_AT = 256;

/** Sends in order, at once unless stalled or delayed. */
export class Outbox {
  readonly #queue = new Fifo<{ readonly dueAt: number; readonly send: () => void }>();
  #timer: NodeJS.Timeout | undefined;
  #stalled = false;
  #delayMs = 0;

  /** Called when so little waits again that more may be taken in. */
  onRoom: () => void = () => {};

  /** Whether no more should be added for now. */
  get isFull(): boolean {
    return this.#queue.length >= FULL_AT;
  }

  /** What is added from now on waits this long. */
  set delayMs(ms: number) {
    this.#delayMs = ms;
  }

  /** Sends nothing until `resume()`. */
  stall(): void {
    this.#stalled = true;
  }

  resume(): void {
    this.#stalled = false;
    this.#run();
  }

  add(send: () => void): void {
    this.#queue.push({ dueAt: this.#delayMs > 0 ? performance.now() + this.#delayMs : 0, send });
    this.#run();
  }

  /** Drops what waits. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue.clear();
  }

  #run(): void {
    const wasFull = this.isFull;
    while (!this.#stalled && !this.#timer) {
      const { first } = this.#queue;
      if (!first) break;
      const waitMs = first.dueAt - performance.now();
      if (first.dueAt > 0 && waitMs > 0) {
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.#run();
        }, Math.ceil(waitMs));
        break;
      }
      this.#queue.shift();
      first.send();
    }
    if (wasFull && !this.isFull) this.onRoom();
  }
}
