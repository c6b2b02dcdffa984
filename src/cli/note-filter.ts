import type { DiagnosticCode, StreamEvent } from '../index.js';
import { countText } from './count-text.js';
import { namedHere } from './named-here.js';
import { timeText } from './time-text.js';

/** Notes of one kind that are shown; more are only counted. */
const SHOWN = 3;

/** What a diagnostic says on the command line, where the library's own text names operators. */
const OWN_TEXT: Partial<Record<DiagnosticCode, string>> = {
  TWO_PARTIES:
    'the two channels look like two speakers, and they are being mixed, which spoils the predictions. Give --channel split to analyse each speaker alone.',
};

/** Turns diagnostics, gaps and reconnects into notes, a few of each kind. */
export class NoteFilter {
  readonly #note: (text: string) => void;
  readonly #othersHint: string;
  readonly #counts = new Map<string, number>();

  /** @param othersHint What to do about RTP of other streams, where anything can be done. */
  constructor(note: (text: string) => void, { othersHint }: { othersHint?: string | undefined } = {}) {
    this.#note = note;
    this.#othersHint = othersHint === undefined ? '' : `; ${othersHint}`;
  }

  /** Shows the event if it is worth a note. */
  event(event: StreamEvent): void {
    if (event.type === 'diagnostic') this.#show(event.code, OWN_TEXT[event.code] ?? namedHere(event.message));
    // What the gate left out was asked for; the summary counts it.
    else if (event.type === 'gap' && event.reason !== 'gated')
      this.#show('GAP', `audio is missing from ${timeText(event.startMs)} to ${timeText(event.endMs)}`);
    else if (event.type === 'rtp-statistics' && event.strangers > 0) {
      const packets = countText(event.strangers, 'packet');
      this.#show('OTHER_STREAMS', `${packets} of other streams left out${this.#othersHint}`);
    } else if (event.type === 'budget') {
      const used = (event.usedMs / 60_000).toFixed(2);
      this.#show(
        'BUDGET',
        `${used} min of audio were sent, as much as --max-minutes allows; it ended at ${timeText(event.atMs)}`,
      );
    } else if (event.type === 'session' && event.state === 'reconnecting') {
      const { endpoint, cause, attempt, delayMs = 0 } = event;
      const delay = (delayMs / 1000).toFixed(1);
      this.#show('RECONNECTING', `the stream to ${endpoint} broke off (${cause}); attempt ${attempt} follows in ${delay} s`);
    }
  }

  /** Lines on the kinds of which not all were shown. */
  lines(): string[] {
    const many = [...this.#counts].filter(([, count]) => count > SHOWN);
    return many.map(([code, count]) => `  note ${code} came ${count} times, of which ${SHOWN} were shown`);
  }

  #show(code: string, text: string): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count <= SHOWN) this.#note(`${code}: ${text}`);
  }
}
