import { emitEvent, type GapEvent, type SessionEvent } from '../events/index.js';
import type { SessionSettings } from './session-settings.js';
import { isLoopback } from './session-settings.js';
import { SessionStatistics } from './session-statistics.js';

/** What a step of a session's life has to say beyond its name. */
export type SessionDetails = Pick<SessionEvent, 'engine' | 'attempt' | 'delayMs' | 'cause' | 'replayMs'>;

/** Tells the events observer what a session does. */
export class SessionReporter {
  readonly statistics = new SessionStatistics();
  /** The source's label. */
  label = 'audio';
  readonly #settings: SessionSettings;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** A step in the session's life. */
  state(state: SessionEvent['state'], epoch: number, details: SessionDetails = {}): void {
    const { events, endpoint } = this.#settings;
    emitEvent(events, { type: 'session', state, epoch, endpoint, ...details, stream: this.label });
    if (state === 'connecting' && epoch === 0 && !this.#settings.tls && !isLoopback(endpoint)) this.#plaintext();
  }

  /** Audio that no result will ever cover; times on the source's timeline. */
  gap(reason: GapEvent['reason'], startMs: number, endMs: number): void {
    emitEvent(this.#settings.events, { type: 'gap', reason, startMs, endMs, stream: this.label });
  }

  /** The session is over. */
  closed(epoch: number): void {
    emitEvent(this.#settings.events, { ...this.statistics.summary(), stream: this.label });
    this.state('closed', epoch);
  }

  #plaintext(): void {
    const { events, endpoint } = this.#settings;
    emitEvent(events, {
      type: 'diagnostic',
      code: 'PLAINTEXT_ENDPOINT',
      message: `The API token and the audio travel readable to ${endpoint}, as allowInsecure allows.`,
      stream: this.label,
    });
  }
}
