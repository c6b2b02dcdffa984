import { ArrivalLag } from './arrival-lag.js';
import type { LegTimeline } from './leg-timeline.js';

/** How an {@link ArrivalTrack} infers gaps. */
export interface ArrivalGapLimits {
  /** Audio that comes later than this, in milliseconds, may follow a gap. */
  readonly lagMs: number;
  /** How long is waited for a burst that makes up for it, in milliseconds. */
  readonly burstMs: number;
}

interface Waiting {
  readonly data: readonly Float32Array[];
  readonly arrivedAtMs: number;
}

/** Audio that waits is bounded also when it comes in a flood: in messages, and in milliseconds. */
const MAX_WAITING = 256;
const MAX_WAITING_MS = 20_000;

/**
 * Places audio whose messages bear no time: its position is the count of the samples before it.
 *
 * When audio lags, either the network was slow, and the rest comes in a burst, or the sender was silent. It waits to see which, and in
 * the second case declares a gap of what is still missing.
 */
export class ArrivalTrack {
  readonly timeline: LegTimeline;
  readonly #limits: ArrivalGapLimits | undefined;
  readonly #lag = new ArrivalLag();
  #waiting: Waiting[] = [];
  #waitingMs = 0;
  /** The least lag since audio waits. */
  #leastMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param limits undefined: no gaps are inferred. */
  constructor(timeline: LegTimeline, limits: ArrivalGapLimits | undefined) {
    this.timeline = timeline;
    this.#limits = limits;
  }

  push(data: readonly Float32Array[], arrivedAtMs: number): void {
    const lengthMs = (data[0]!.length / this.timeline.sampleRate) * 1000;
    const endMs = this.timeline.endMs + this.#waitingMs + lengthMs;
    const lagMs = this.#limits ? this.#lag.measure(endMs, arrivedAtMs) : 0;
    if (!this.#limits || (this.#waiting.length === 0 && lagMs <= this.#limits.lagMs)) {
      this.#place({ data, arrivedAtMs });
      return;
    }
    if (this.#waiting.length === 0) {
      this.#leastMs = lagMs;
      this.#timer = setTimeout(() => this.settle(), this.#limits.burstMs);
    }
    this.#leastMs = Math.min(this.#leastMs, lagMs);
    this.#waiting.push({ data, arrivedAtMs });
    this.#waitingMs += lengthMs;
    const isFull = this.#waiting.length >= MAX_WAITING || this.#waitingMs >= MAX_WAITING_MS;
    if (this.#leastMs <= this.#limits.lagMs || isFull) this.settle();
  }

  /** What waits goes on: with a gap before it, unless it was made up for. */
  settle(): void {
    clearTimeout(this.#timer);
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#waitingMs = 0;
    const isGap = this.#leastMs > this.#limits!.lagMs;
    if (isGap) this.#lag.reset();
    let gapMs = isGap ? this.#leastMs : 0;
    for (const item of waiting) {
      this.#place(item, gapMs);
      gapMs = 0;
    }
  }

  #place({ data, arrivedAtMs }: Waiting, gapMs = 0): void {
    const { timeline } = this;
    const position = (timeline.next ?? 0) + Math.round((gapMs / 1000) * timeline.sampleRate);
    timeline.place(data, position, { arrivedAtMs, reason: 'not-sent', inferred: true });
    this.#lag.note(timeline.endMs, arrivedAtMs);
  }
}
