import type { Attributes, Span, SpanKind, SpanStatusCode, Tracer } from '@opentelemetry/api';
import type { GapEvent, SessionEvent, StatisticsEvent, StreamEvent } from '../events/index.js';
import { serverAttributes } from './server-attributes.js';

/** What every span is given. */
export interface SpanDetails {
  readonly attributes: Attributes;
  readonly kind: SpanKind;
  readonly failure: SpanStatusCode;
}

/** Makes one span for each session, from its first call to its end. */
export class SessionSpans {
  readonly #tracer: Tracer;
  readonly #details: SpanDetails;
  readonly #spans = new Map<string, Span>();

  constructor(tracer: Tracer, details: SpanDetails) {
    this.#tracer = tracer;
    this.#details = details;
  }

  /** Takes note of an event. */
  event(event: StreamEvent): void {
    if (event.type === 'session') this.#step(event);
    else if (event.type === 'gap') this.#gap(event);
    else if (event.type === 'statistics' && event.final) this.#total(event);
  }

  #step(event: SessionEvent): void {
    const { state, sessionId, endpoint, engine, cause, attempt, delayMs, replayMs } = event;
    if (state === 'connecting' && !this.#spans.has(sessionId)) {
      const { kind, attributes } = this.#details;
      const started = this.#tracer.startSpan('behavioral_signals.session', {
        kind,
        attributes: { ...attributes, ...serverAttributes(endpoint), 'behavioral_signals.session.id': sessionId },
      });
      this.#spans.set(sessionId, started);
    }
    const span = this.#spans.get(sessionId);
    if (!span) return;
    if (engine) span.setAttribute('behavioral_signals.engine', engine);
    if (state === 'reconnecting') {
      span.addEvent('reconnecting', {
        ...(cause !== undefined && { 'error.type': cause }),
        ...(attempt !== undefined && { 'behavioral_signals.attempt': attempt }),
        ...(delayMs !== undefined && { 'behavioral_signals.delay': delayMs / 1000 }),
      });
    } else if (state === 'replayed') {
      span.addEvent('replayed', { 'behavioral_signals.audio.duration': (replayMs ?? 0) / 1000 });
    } else if (state === 'rotated') {
      span.addEvent('rotated');
    } else if (state === 'closed') {
      this.#spans.delete(sessionId);
      if (cause !== undefined) {
        span.setAttribute('error.type', cause);
        span.setStatus({ code: this.#details.failure, message: cause });
      }
      span.end();
    }
  }

  /** Silence that a gate left out is the plan, and comes every few seconds. */
  #gap({ sessionId, reason, startMs, endMs }: GapEvent): void {
    if (reason === 'gated') return;
    this.#spans.get(sessionId)?.addEvent('gap', {
      'behavioral_signals.gap.reason': reason,
      'behavioral_signals.audio.start': startMs / 1000,
      'behavioral_signals.audio.duration': (endMs - startMs) / 1000,
    });
  }

  #total({ sessionId, sentMs, replayedMs, results, reconnects, rotations }: StatisticsEvent): void {
    this.#spans.get(sessionId)?.setAttributes({
      'behavioral_signals.audio.sent': sentMs / 1000,
      'behavioral_signals.audio.replayed': replayedMs / 1000,
      'behavioral_signals.results.segment': results.segment,
      'behavioral_signals.results.utterance': results.utterance,
      'behavioral_signals.reconnects': reconnects,
      'behavioral_signals.rotations': rotations,
    });
  }
}
