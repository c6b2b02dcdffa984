import { randomUUID } from 'node:crypto';
import { type DiagnosticCode, emitEvent, type GapEvent, type SessionEvent, type StreamEvent } from '../events/index.js';
import type { Prediction } from '../predictions/index.js';
import type { Budget } from './budget.js';
import type { SessionSettings } from './session-settings.js';
import { isLoopback } from './session-settings.js';
import { SessionStatistics } from './session-statistics.js';

/** What a step of a session's life has to say beyond its name. */
export type SessionDetails = Pick<SessionEvent, 'attempt' | 'delayMs' | 'cause' | 'replayMs'> & {
  readonly engine?: SessionEvent['engine'] | undefined;
};

/** Counts what a session does, and tells the events observer. */
export class SessionReporter {
  readonly statistics = new SessionStatistics();
  /** The source's label. */
  label = 'audio';
  readonly #settings: SessionSettings;
  readonly #sessionId = randomUUID();
  #interval: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** A step in the session's life. */
  state(state: SessionEvent['state'], epoch: number, { engine, ...details }: SessionDetails = {}): void {
    const { endpoint } = this.#settings;
    const isFirst = state === 'connecting' && epoch === 0;
    // Before anybody hears of it, who may end the session at once.
    if (isFirst) this.#startInterval();
    if (state === 'rotated') this.statistics.rotated();
    this.#emit({
      type: 'session',
      state,
      sessionId: this.#sessionId,
      epoch,
      endpoint,
      ...(engine && { engine }),
      ...details,
      stream: this.label,
    });
    if (isFirst && !this.#settings.tls && !isLoopback(endpoint)) this.#plaintext();
  }

  /** Audio that no result will ever cover; times on the source's timeline. */
  gap(reason: GapEvent['reason'], startMs: number, endMs: number): void {
    this.statistics.missed(reason, endMs - startMs);
    this.#emit({ type: 'gap', reason, sessionId: this.#sessionId, startMs, endMs, stream: this.label });
  }

  /** A segment or utterance was answered, `responseMs` after it had been sent. */
  result(prediction: Prediction, responseMs: number | undefined): void {
    this.statistics.answered(prediction, responseMs);
    if (!this.#settings.events?.next) return;
    const { level, startMs, endMs, revision, latencyMs, engine, epoch } = prediction;
    const sessionId = this.#sessionId;
    const answer = { level, startMs, endMs, revision, latencyMs, responseMs, engine };
    this.#emit({ type: 'result', ...answer, sessionId, epoch, stream: this.label });
  }

  /** No more audio is written, from a moment of the source on. */
  outOfBudget({ maxAudioMs, usedMs }: Budget, atMs: number): void {
    const sessionId = this.#sessionId;
    this.#emit({ type: 'budget', maxAudioMs, usedMs, atMs, sessionId, stream: this.label });
  }

  /** The session is over; `cause` is the error code of what failed. */
  closed(epoch: number, cause?: string): void {
    clearInterval(this.#interval);
    this.#reportStatistics(true);
    this.state('closed', epoch, cause === undefined ? {} : { cause });
    this.#isClosed = true;
  }

  /** Node never lets a timer's turns pile up, so that a busy process reports less often, not later in a burst. */
  #startInterval(): void {
    const { events, statisticsIntervalMs } = this.#settings;
    if (!events?.next || statisticsIntervalMs === undefined) return;
    this.#interval = setInterval(() => this.#reportStatistics(false), statisticsIntervalMs).unref();
  }

  #reportStatistics(final: boolean): void {
    if (!this.#settings.events?.next) return;
    this.#emit({ ...this.statistics.counters(), final, sessionId: this.#sessionId, stream: this.label });
  }

  /** Speech has no result, and nothing is done about it; `atMs` is the place in the source where it is known. */
  unanswered(message: string, atMs: number | undefined): void {
    this.#diagnostic('SPEECH_UNANSWERED', message, atMs);
  }

  #plaintext(): void {
    const { endpoint } = this.#settings;
    const message = `The API token and the audio travel readable to ${endpoint}, as allowInsecure allows.`;
    this.#diagnostic('PLAINTEXT_ENDPOINT', message);
  }

  #diagnostic(code: DiagnosticCode, message: string, atMs?: number): void {
    const place = atMs === undefined ? {} : { atMs };
    this.#emit({ type: 'diagnostic', code, message, ...place, stream: this.label });
  }

  /** Whoever ends the session on hearing of something hears no more of what was going on. */
  #emit(event: StreamEvent): void {
    if (!this.#isClosed) emitEvent(this.#settings.events, event);
  }
}
