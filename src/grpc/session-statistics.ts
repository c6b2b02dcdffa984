import type { GapEvent, LatencyByLevel, StatisticsEvent } from '../events/index.js';
import type { Prediction } from '../predictions/index.js';
import { LatencyHistogram } from './latency-histogram.js';

/** What a {@link SessionStatistics} knows of a {@link StatisticsEvent}. */
export type SessionCounters = Omit<StatisticsEvent, 'final' | 'sessionId' | 'stream'>;

/** A histogram for each level. */
class LevelHistograms {
  readonly segment = new LatencyHistogram();
  readonly utterance = new LatencyHistogram();

  summary(): LatencyByLevel {
    const [segment, utterance] = [this.segment.summary(), this.utterance.summary()];
    return { ...(segment && { segment }), ...(utterance && { utterance }) };
  }
}

/** Counts what a session does. */
export class SessionStatistics {
  #sentMs = 0;
  #sentBytes = 0;
  #messages = 0;
  #resultMessages = 0;
  #queuedMs = 0;
  #peakQueuedMs = 0;
  #peakInFlightMs = 0;
  #stalledMs = 0;
  #heldAt: number | undefined;
  #replayedMs = 0;
  #reconnects = 0;
  #rotations = 0;
  readonly #missingMs = { skipped: 0, gated: 0, dropped: 0, unanswered: 0, budget: 0 };
  readonly #results = { segment: 0, utterance: 0 };
  readonly #latency = new LevelHistograms();
  readonly #responseTime = new LevelHistograms();

  /** Audio was handed to a transport that is connected. */
  sent(ms: number, bytes: number): void {
    this.#sentMs += ms;
    this.#sentBytes += bytes;
    this.#messages += 1;
  }

  /** How much audio was handed to the transport, and not taken by it yet. */
  inFlight(ms: number): void {
    this.#peakInFlightMs = Math.max(this.#peakInFlightMs, ms);
  }

  /** How much audio waits for the transport now. */
  queued(ms: number): void {
    this.#queuedMs = ms;
    this.#peakQueuedMs = Math.max(this.#peakQueuedMs, ms);
  }

  /** A message with results came. */
  received(): void {
    this.#resultMessages += 1;
  }

  /** A segment or utterance was answered; revisions are not counted again. */
  answered({ level, revision, latencyMs }: Prediction, responseMs: number | undefined): void {
    if (revision > 0) return;
    this.#results[level] += 1;
    if (latencyMs !== undefined) this.#latency[level].record(latencyMs);
    if (responseMs !== undefined) this.#responseTime[level].record(responseMs);
  }

  /** Audio is sent again. */
  replayed(ms: number): void {
    this.#replayedMs += ms;
  }

  /** A call follows a failed one. */
  reconnected(): void {
    this.#reconnects += 1;
  }

  /** A call follows one that had grown old. */
  rotated(): void {
    this.#rotations += 1;
  }

  /** Audio is missing from the source's timeline. */
  missed(reason: GapEvent['reason'], ms: number): void {
    this.#missingMs[reason] += ms;
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

  /** The counters so far; a hold that lasts is counted up to now. */
  counters(): SessionCounters {
    const { skipped, gated, dropped, unanswered, budget } = this.#missingMs;
    return {
      type: 'statistics',
      sentMs: this.#sentMs,
      sentBytes: this.#sentBytes,
      messages: this.#messages,
      resultMessages: this.#resultMessages,
      results: { ...this.#results },
      latency: this.#latency.summary(),
      responseTime: this.#responseTime.summary(),
      savedMs: gated,
      droppedMs: dropped,
      unansweredMs: unanswered,
      skippedMs: skipped + budget,
      replayedMs: this.#replayedMs,
      queuedMs: this.#queuedMs,
      peakQueuedMs: this.#peakQueuedMs,
      peakInFlightMs: this.#peakInFlightMs,
      stalledMs: this.#stalledMs + (this.#heldAt === undefined ? 0 : performance.now() - this.#heldAt),
      reconnects: this.#reconnects,
      rotations: this.#rotations,
    };
  }
}
