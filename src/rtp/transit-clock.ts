/** Transit times are compared within windows of this length; the minimum of the last two counts. */
const WINDOW_MS = 5000;
/** Packets of which the median is taken. */
const RECENT = 16;
/** Windows before a drift is told: the slope through fewer minima is mostly jitter. */
const MIN_DRIFT_WINDOWS = 3;

/**
 * Relates media time to arrival time: the windowed minimum of the transit, which is arrival minus media time.
 *
 * The minimum is what a packet takes that waited nowhere, so that jitter, which only adds, leaves it alone; two windows follow a clock that
 * runs slow or fast. The slope of the windows' minima is the sender's drift against this machine's clock.
 */
export class TransitClock {
  readonly #recent = new Float64Array(RECENT);
  #observed = 0;
  #jitterMs = 0;
  #windowEndMs = Number.NEGATIVE_INFINITY;
  #current = Number.POSITIVE_INFINITY;
  #previous = Number.POSITIVE_INFINITY;
  // Sums of a least-squares line through the windows' minima.
  #windows = 0;
  #sumX = 0;
  #sumY = 0;
  #sumXX = 0;
  #sumXY = 0;
  #originX = 0;
  #originY = 0;

  /** The windowed minimum in milliseconds; infinite before the first packet. */
  get transitMs(): number {
    return this.#current < this.#previous ? this.#current : this.#previous;
  }

  /** The median of the last packets, for comparison with a few of another stream: a packet that came oddly early doesn't move it. */
  get medianMs(): number {
    const recent = this.#recent.slice(0, Math.min(this.#observed, RECENT)).sort();
    return recent[recent.length >> 1] ?? Number.NaN;
  }

  /** Interarrival jitter (RFC 3550, section 6.4.1 and appendix A.8), in milliseconds. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** How much faster than this machine's clock the sender's runs, in parts per million; undefined in the first 15 seconds. */
  get driftPpm(): number | undefined {
    const n = this.#windows;
    if (n < MIN_DRIFT_WINDOWS) return undefined;
    const slope = (n * this.#sumXY - this.#sumX * this.#sumY) / (n * this.#sumXX - this.#sumX * this.#sumX);
    return -slope * 1e6;
  }

  /** Takes note of a packet. */
  observe(mediaMs: number, arrivalMs: number): void {
    const transit = arrivalMs - mediaMs;
    if (this.#observed > 0) {
      const last = this.#recent[(this.#observed - 1) % RECENT]!;
      this.#jitterMs += (Math.abs(transit - last) - this.#jitterMs) / 16;
    }
    this.#recent[this.#observed % RECENT] = transit;
    this.#observed += 1;
    if (arrivalMs >= this.#windowEndMs) {
      if (this.#current !== Number.POSITIVE_INFINITY) this.#addToSlope(this.#windowEndMs, this.#current);
      this.#previous = this.#current;
      this.#current = transit;
      this.#windowEndMs = arrivalMs + WINDOW_MS;
    } else if (transit < this.#current) {
      this.#current = transit;
    }
  }

  /** Forgets the minimum: the way has become longer at once, as when a route changed. */
  restart(transitMs: number): void {
    this.#current = transitMs;
    this.#previous = Number.POSITIVE_INFINITY;
    this.#windows = 0;
    this.#sumX = 0;
    this.#sumY = 0;
    this.#sumXX = 0;
    this.#sumXY = 0;
  }

  #addToSlope(endMs: number, transitMs: number): void {
    if (this.#windows === 0) {
      this.#originX = endMs;
      this.#originY = transitMs;
    }
    const x = endMs - this.#originX;
    const y = transitMs - this.#originY;
    this.#windows += 1;
    this.#sumX += x;
    this.#sumY += y;
    this.#sumXX += x * x;
    this.#sumXY += x * y;
  }
}
