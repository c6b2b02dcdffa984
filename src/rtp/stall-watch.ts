/** Where a {@link StallWatch} reports, with how long nothing came, in milliseconds. */
export interface StallWatchOutput {
  stalled(quietMs: number): void;
  resumed(quietMs: number): void;
}

/** Tells when packets stop coming, and when they come again. */
export class StallWatch {
  readonly #limits: { firstMs: number; laterMs: number };
  readonly #output: StallWatchOutput;
  #lastMs: number | undefined;
  #hasPackets = false;
  #isStalled = false;

  /** @param limits How long nothing may come, in milliseconds: before the first packet, and later. */
  constructor(limits: { firstMs: number; laterMs: number }, output: StallWatchOutput) {
    this.#limits = limits;
    this.#output = output;
  }

  /** When {@link look} has something to do at the earliest, unless a packet comes before. */
  get dueMs(): number {
    if (this.#lastMs === undefined) return Number.NEGATIVE_INFINITY;
    if (this.#isStalled) return Number.POSITIVE_INFINITY;
    return this.#lastMs + (this.#hasPackets ? this.#limits.laterMs : this.#limits.firstMs);
  }

  /** A packet has come. */
  note(nowMs: number): void {
    if (this.#isStalled) {
      this.#isStalled = false;
      this.#output.resumed(nowMs - this.#lastMs!);
    }
    this.#lastMs = nowMs;
    this.#hasPackets = true;
  }

  /** Looks at the time; the first look begins the wait for the first packet. */
  look(nowMs: number): void {
    this.#lastMs ??= nowMs;
    if (nowMs < this.dueMs) return;
    this.#isStalled = true;
    this.#output.stalled(nowMs - this.#lastMs);
  }
}
