/** Sender reports whose clock is further off than this from the time of arrival are not believed. */
const MAX_WALL_OFFSET_MS = 2000;

/** A place on the leg's timeline and the timestamp that is there, both in ticks. */
export interface EpochOrigin {
  positionTicks: number;
  timestamp: number;
}

/** Maps the timestamps of one stream, continued beyond their wraps, to the leg's timeline and to wall time. */
export class EpochTimeline {
  readonly #ticksPerMs: number;
  /** Timestamp of the leg's position 0. */
  #zero: number | undefined;
  /** Wall time of timestamp 0 by the last sender report. */
  #wallAtZeroMs: number | undefined;

  /** @param origin Where the timeline goes on; without it, it begins at the first timestamp that is passed to `begin()`. */
  constructor(clockRate: number, origin: EpochOrigin | undefined) {
    this.#ticksPerMs = clockRate / 1000;
    if (origin) this.#zero = origin.timestamp - origin.positionTicks;
  }

  /** The first output has this timestamp. */
  begin(timestamp: number): void {
    this.#zero ??= timestamp;
  }

  /** Place on the leg's timeline, in milliseconds. */
  mediaMs(timestamp: number): number {
    return (timestamp - (this.#zero ?? timestamp)) / this.#ticksPerMs;
  }

  /** Place on the leg's timeline in samples. */
  position(timestamp: number, sampleRate: number): number {
    return Math.round(((timestamp - (this.#zero ?? timestamp)) * sampleRate) / (this.#ticksPerMs * 1000));
  }

  /**
   * Wall time of a timestamp, in milliseconds since the Unix epoch.
   *
   * @param transitMs Arrival minus media time of the fastest packets. Without a sender report it stands for the capture; a packet can be sent
   * once its last sample was captured, which is why a packet's length, `packetMs`, is taken off.
   */
  wallMs(timestamp: number, transitMs: number, packetMs: number): number {
    const atMs = timestamp / this.#ticksPerMs;
    return this.#wallAtZeroMs === undefined ? atMs - packetMs + transitMs : this.#wallAtZeroMs + atMs;
  }

  /** Takes what a sender report says; a clock that contradicts the time of arrival is not believed. */
  senderReport(wallMs: number, timestamp: number, transitMs: number): void {
    const atMs = timestamp / this.#ticksPerMs;
    this.#wallAtZeroMs = Math.abs(wallMs - (atMs + transitMs)) <= MAX_WALL_OFFSET_MS ? wallMs - atMs : undefined;
  }
}
