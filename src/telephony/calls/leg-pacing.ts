import type { SchedulerLike, Subscription } from 'rxjs';
import { type Flow, Holder } from '../../flow/index.js';

/** How a leg that is slower than another is waited for. */
export interface LegPacingOptions {
  /** How far a leg may be ahead of the slowest, in milliseconds of audio. */
  readonly maxLeadMs: number;
  /** How long a leg that makes no progress is waited for, in milliseconds. */
  readonly patienceMs: number;
  readonly scheduler: SchedulerLike;
  /** A leg was waited for in vain; others are let go on up to there. */
  readonly onStalled: (leg: string, untilMs: number) => void;
}

interface PacedLeg {
  atMs: number;
  readonly above: Holder;
  flow: Flow | undefined;
  isWaitedFor: boolean;
}

/**
 * Lets the legs of a recorded call advance together: one that is ahead of the slowest holds its source.
 *
 * A leg that makes no progress for some time, because it is silent, stuck, or above the same held source, is not waited for until it moves
 * again; so that waiting can never come to a stop.
 */
export class LegPacing {
  readonly #options: LegPacingOptions;
  readonly #legs = new Map<string, PacedLeg>();
  #patience: Subscription | undefined;
  #isSettling = false;
  #isDirty = false;
  #isStopped = false;

  constructor(options: LegPacingOptions) {
    this.#options = options;
  }

  /** From now on the leg is waited for. */
  join(leg: string): void {
    this.#legs.set(leg, { atMs: Number.NEGATIVE_INFINITY, above: new Holder(), flow: undefined, isWaitedFor: true });
  }

  /** The leg has come to there. */
  heard(name: string, atMs: number, flow: Flow): void {
    const leg = this.#legs.get(name);
    if (!leg) return;
    const wasSlowest = leg.atMs <= this.#slowestMs;
    leg.atMs = atMs;
    leg.flow = flow;
    leg.isWaitedFor = true;
    if (wasSlowest) this.#endPatience();
    this.#settle();
  }

  /** The leg's audio is over. */
  leave(name: string): void {
    this.#legs.get(name)?.above.release();
    if (this.#legs.delete(name)) this.#settle();
  }

  /** Gives back all holds and the timer, for good. */
  stop(): void {
    this.#isStopped = true;
    this.#endPatience();
    for (const { above } of this.#legs.values()) above.release();
    this.#legs.clear();
  }

  get #slowestMs(): number {
    return Math.min(...[...this.#legs.values()].filter(({ isWaitedFor }) => isWaitedFor).map(({ atMs }) => atMs));
  }

  /** Holds who is ahead and lets go of who is not. Whoever is let go of may be heard before this returns. */
  #settle(): void {
    this.#isDirty = true;
    if (this.#isSettling) return;
    this.#isSettling = true;
    while (this.#isDirty && !this.#isStopped) {
      this.#isDirty = false;
      const limitMs = this.#slowestMs + this.#options.maxLeadMs;
      const legs = [...this.#legs.values()];
      for (const leg of legs) if (leg.atMs > limitMs) leg.above.hold(leg.flow);
      for (const leg of legs) if (leg.atMs <= limitMs) leg.above.release();
    }
    this.#isSettling = false;
    const isHolding = [...this.#legs.values()].some(({ above }) => above.isHolding);
    if (!isHolding) this.#endPatience();
    else this.#patience ??= this.#options.scheduler.schedule(() => this.#giveUp(), this.#options.patienceMs);
  }

  #giveUp(): void {
    this.#patience = undefined;
    const limitMs = Math.max(...[...this.#legs.values()].map(({ atMs }) => atMs)) - this.#options.maxLeadMs;
    for (const [name, leg] of this.#legs) {
      if (leg.atMs >= limitMs || !leg.isWaitedFor) continue;
      leg.isWaitedFor = false;
      this.#options.onStalled(name, limitMs);
    }
    this.#settle();
  }

  #endPatience(): void {
    this.#patience?.unsubscribe();
    this.#patience = undefined;
  }
}
