import type { StatisticsEvent } from '../index.js';
import { countText } from './count-text.js';

/** Counters that are shown when they are not zero. */
const SHOWN = ['reconnects', 'rotations', 'replayedMs', 'droppedMs', 'unansweredMs'] as const;

/** Adds up what the sessions of a stream went through. */
export class SessionTotals {
  readonly #totals: Record<(typeof SHOWN)[number], number> = {
    reconnects: 0,
    rotations: 0,
    replayedMs: 0,
    droppedMs: 0,
    unansweredMs: 0,
  };

  /** Adds a session's counters. */
  add(statistics: StatisticsEvent): void {
    for (const name of SHOWN) this.#totals[name] += statistics[name];
  }

  /** What is not zero, as one line of text; a stream without trouble has none. */
  lines(): string[] {
    const { reconnects, rotations, replayedMs, droppedMs, unansweredMs } = this.#totals;
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
    const parts = [
      reconnects > 0 && countText(reconnects, 'reconnect'),
      rotations > 0 && countText(rotations, 'rotation'),
      replayedMs > 0 && `${seconds(replayedMs)} replayed`,
      droppedMs > 0 && `${seconds(droppedMs)} dropped`,
      unansweredMs > 0 && `${seconds(unansweredMs)} unanswered`,
    ].filter((part) => part !== false);
    return parts.length === 0 ? [] : [`  ${parts.join(', ')}`];
  }
}
