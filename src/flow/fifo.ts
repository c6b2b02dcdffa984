/** Taken items are dropped from the front in batches of at least this many. */
const BATCH = 1024;

/** A first-in, first-out queue in constant time per item, where an array's `shift()` takes time for all items behind it. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #taken = 0;

  /** How many items wait. */
  get length(): number {
    return this.#items.length - this.#taken;
  }

  /** The item that is next, left in the queue; undefined when there is none. */
  get first(): T | undefined {
    return this.#items[this.#taken];
  }

  /** Adds an item at the end. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the item that is next; undefined when there is none, so look at `length` where items can be undefined. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#taken];
    this.#items[this.#taken] = undefined;
    this.#taken += 1;
    if (this.#taken >= BATCH && this.#taken * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#taken);
      this.#taken = 0;
    }
    return item;
  }

  /** Drops everything. */
  clear(): void {
    this.#items = [];
    this.#taken = 0;
  }
}
