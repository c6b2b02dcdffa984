/** So many packets too late, of so many that came, are no accident. */
const MANY = 13;
const OF = 250;

/** Notices that packets keep coming too late for their place, as those of a sender that delivers in bursts do. */
export class LatePackets {
  readonly #label: string;
  readonly #targetMs: number;
  #since = 0;
  #late = 0;
  #worstMs = 0;
  #isTold = false;

  /** @param targetMs How long a packet is waited for, in milliseconds. */
  constructor(label: string, targetMs: number) {
    this.#label = label;
    this.#targetMs = targetMs;
  }

  /**
   * Takes note of a packet that was too late.
   *
   * @param received Packets that came so far.
   * @param behindMs How far behind the quickest ones it came, in milliseconds.
   * @returns What is wrong, once: when more than 5 % of the latest packets were too late.
   */
  note(received: number, behindMs: number): string | undefined {
    if (received - this.#since > OF) {
      this.#since = received - 1;
      this.#late = 0;
      this.#worstMs = 0;
    }
    this.#late += 1;
    this.#worstMs = Math.max(this.#worstMs, behindMs);
    if (this.#isTold || this.#late < MANY) return undefined;
    this.#isTold = true;
    const count = `${this.#late} of ${received - this.#since} packets`;
    const wait = `jitter.targetMs is ${this.#targetMs} ms`;
    return `${this.#label}: ${count} came up to ${Math.ceil(this.#worstMs)} ms behind the quickest, too late for their place, which is silence now; ${wait}, and a sender that delivers in bursts needs more`;
  }
}
