import type { Attributes, Meter } from '@opentelemetry/api';
import type { ResultEvent, SessionEvent, StatisticsEvent, StreamEvent } from '../events/index.js';
import { createInstruments, type Instruments } from './instruments.js';
import { serverAttributes } from './server-attributes.js';

/** What is remembered of a session that lives. */
interface Known {
  readonly attributes: Attributes;
  readonly startedAt: number;
  /** What was counted already: statistics are totals since the session's start. */
  counted: Pick<StatisticsEvent, 'sentMs' | 'sentBytes' | 'replayedMs' | 'stalledMs' | 'queuedMs'>;
}

const NOTHING = { sentMs: 0, sentBytes: 0, replayedMs: 0, stalledMs: 0, queuedMs: 0 };

/** Turns the events of sessions into measurements. */
export class SessionMetrics {
  readonly #instruments: Instruments;
  readonly #attributes: Attributes;
  readonly #sessions = new Map<string, Known>();

  constructor(meter: Meter, attributes: Attributes) {
    this.#instruments = createInstruments(meter);
    this.#attributes = attributes;
  }

  /** Takes note of an event. */
  event(event: StreamEvent): void {
    if (event.type === 'diagnostic') {
      this.#instruments.diagnostics.add(1, { ...this.#attributes, 'behavioral_signals.diagnostic.code': event.code });
      return;
    }
    if (event.type === 'session' && event.state === 'connecting') this.#begin(event);
    const known = 'sessionId' in event && this.#sessions.get(event.sessionId);
    if (!known) return;
    if (event.type === 'session') this.#step(event, known);
    else if (event.type === 'statistics') this.#count(event, known);
    else if (event.type === 'result') this.#answer(event, known);
    else if (event.type === 'gap') {
      const attributes = { ...known.attributes, 'behavioral_signals.gap.reason': event.reason };
      this.#instruments.missing.add((event.endMs - event.startMs) / 1000, attributes);
    }
  }

  #begin({ sessionId, endpoint }: SessionEvent): void {
    if (this.#sessions.has(sessionId)) return;
    const attributes = { ...this.#attributes, ...serverAttributes(endpoint) };
    this.#sessions.set(sessionId, { attributes, startedAt: performance.now(), counted: NOTHING });
    this.#instruments.active.add(1, attributes);
  }

  #step({ state, sessionId, cause }: SessionEvent, { attributes, startedAt }: Known): void {
    const { reconnects, rotations, active, duration } = this.#instruments;
    const outcome = cause === undefined ? attributes : { ...attributes, 'error.type': cause };
    if (state === 'reconnecting') reconnects.add(1, outcome);
    else if (state === 'rotated') rotations.add(1, attributes);
    else if (state === 'closed') {
      this.#sessions.delete(sessionId);
      active.add(-1, attributes);
      duration.record((performance.now() - startedAt) / 1000, outcome);
    }
  }

  #count(event: StatisticsEvent, known: Known): void {
    const { sent, size, replayed, stalled, queued } = this.#instruments;
    const { counted, attributes } = known;
    // Nothing waits in a session that is over.
    const { sentMs, sentBytes, replayedMs, stalledMs, queuedMs } = event.final ? { ...event, queuedMs: 0 } : event;
    sent.add((sentMs - counted.sentMs) / 1000, attributes);
    size.add(sentBytes - counted.sentBytes, attributes);
    replayed.add((replayedMs - counted.replayedMs) / 1000, attributes);
    stalled.add((stalledMs - counted.stalledMs) / 1000, attributes);
    queued.add((queuedMs - counted.queuedMs) / 1000, attributes);
    known.counted = { sentMs, sentBytes, replayedMs, stalledMs, queuedMs };
  }

  #answer({ level, revision, latencyMs, responseMs, engine }: ResultEvent, known: Known): void {
    if (revision > 0) return;
    const { results, latency, responseTime } = this.#instruments;
    const attributes = { ...known.attributes, 'behavioral_signals.level': level, 'behavioral_signals.engine': engine };
    results.add(1, attributes);
    if (latencyMs !== undefined) latency.record(latencyMs / 1000, attributes);
    if (responseMs !== undefined) responseTime.record(responseMs / 1000, attributes);
  }
}
