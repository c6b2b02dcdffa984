import type { SchedulerLike, Subscription } from 'rxjs';

/** How results of several legs are brought in order. */
export interface TimeOrderOptions<Item> {
  /** How long an item may wait for another leg's, in milliseconds. */
  readonly waitMs: number;
  readonly scheduler: SchedulerLike;
  readonly emit: (item: Item) => void;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly endMs: number;
  readonly dueMs: number;
}

/**
 * Brings results of several legs in order of the time they end, as far as a bounded wait allows.
 *
 * A result goes out when every other leg that is analysed has answered for that time or a later one, or is over, or when it has waited
 * long enough; what comes later than that goes out at once, out of order. Nothing is left out.
 */
export class TimeOrder<Item> {
  readonly #options: TimeOrderOptions<Item>;
  /** Up to where each leg has answered. */
  readonly #legs = new Map<string, number>();
  /** In order of their end, then of arrival. */
  readonly #waiting: Waiting<Item>[] = [];
  #timer: Subscription | undefined;
  #isReleasing = false;

  constructor(options: TimeOrderOptions<Item>) {
    this.#options = options;
  }

  /** From now on the leg's results are waited for. */
  join(leg: string): void {
    this.#legs.set(leg, Number.NEGATIVE_INFINITY);
  }

  /** The leg has no more results. */
  leave(leg: string): void {
    if (this.#legs.delete(leg)) this.#release();
  }

  /** Takes a leg's next result; `endMs` is on the call's clock. */
  push(leg: string, endMs: number, item: Item): void {
    this.#legs.set(leg, Math.max(endMs, this.#legs.get(leg) ?? endMs));
    const later = this.#waiting.findLastIndex((other) => other.endMs <= endMs) + 1;
    this.#waiting.splice(later, 0, { item, endMs, dueMs: this.#options.scheduler.now() + this.#options.waitMs });
    this.#release();
  }

  /** Lets everything out, in order. */
  flush(): void {
    this.#endTimer();
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#options.emit(next.item);
  }

  /** Forgets what waits. */
  stop(): void {
    this.#endTimer();
    this.#waiting.length = 0;
  }

  #release(): void {
    // Who gets an item may end a leg, or everything.
    if (this.#isReleasing) return;
    this.#isReleasing = true;
    this.#endTimer();
    while (this.#waiting.length > 0) {
      const answeredMs = Math.min(...this.#legs.values());
      const overdue = this.#waiting.some(({ dueMs }) => dueMs <= this.#options.scheduler.now());
      if (this.#waiting[0]!.endMs > answeredMs && !overdue) break;
      this.#options.emit(this.#waiting.shift()!.item);
    }
    this.#isReleasing = false;
    if (this.#waiting.length === 0) return;
    const dueMs = Math.min(...this.#waiting.map((waiting) => waiting.dueMs));
    this.#timer = this.#options.scheduler.schedule(() => this.#release(), Math.max(0, dueMs - this.#options.scheduler.now()));
  }

  #endTimer(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }
}
