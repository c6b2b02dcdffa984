import type { StatisticsEvent } from '../events/index.js';

/** Counts what a session does. */
export class SessionStatistics {
  #sentMs = 0;
  #sentBytes = 0;
  #messages = 0;
  #resultMessages = 0;
  #peakInFlightMs = 0;
  #stalledMs = 0;
  #heldAt: number | undefined;
  #replayedMs = 0;
  #reconnects = 0;
  #droppedMs = 0;

  /** Audio was handed to the transport; `inFlightMs` is what it has not taken yet, this included. */
  written(ms: number, bytes: number, inFlightMs: number): void {
    this.#sentMs += ms;
    this.#sentBytes += bytes;
    this.#messages += 1;
    this.#peakInFlightMs = Math.max(this.#peakInFlightMs, inFlightMs);
  }

  /** A message with results came. */
  received(): void {
    this.#resultMessages += 1;
  }

  /** Audio is sent again. */
  replayed(ms: number): void {
    this.#replayedMs += ms;
  }

  /** A call follows a failed one. */
  reconnected(): void {
    this.#reconnects += 1;
  }

  /** Audio was dropped, since too much waited to be sent. */
  dropped(ms: number): void {
    this.#droppedMs += ms;
  }

  /** The source was held. */
  held(): void {
    this.#heldAt ??= performance.now();
  }

  /** The source may go on. */
  resumed(): void {
    if (this.#heldAt === undefined) return;
    this.#stalledMs += performance.now() - this.#heldAt;
    this.#heldAt = undefined;
  }

  /** The counters as an event. */
  summary(): StatisticsEvent {
    this.resumed();
    return {
      type: 'statistics',
      sentMs: this.#sentMs,
      sentBytes: this.#sentBytes,
      messages: this.#messages,
      resultMessages: this.#resultMessages,
      peakInFlightMs: this.#peakInFlightMs,
      stalledMs: this.#stalledMs,
      replayedMs: this.#replayedMs,
      reconnects: this.#reconnects,
      droppedMs: this.#droppedMs,
    };
  }
}
