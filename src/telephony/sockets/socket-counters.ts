import type { SocketStatisticsEvent } from '../../events/index.js';

/** What is counted of a socket; see {@link SocketStatisticsEvent}. */
export type SocketCounters = { -readonly [Name in keyof Omit<SocketStatisticsEvent, 'type' | 'stream'>]: number };

/** What of a socket has been counted so far. */
export type SocketStatistics = Readonly<SocketCounters>;

/** Counters at zero. */
export function socketCounters(): SocketCounters {
  return {
    messages: 0,
    audioMessages: 0,
    audioMs: 0,
    duplicate: 0,
    reordered: 0,
    late: 0,
    malformed: 0,
    undecodable: 0,
    oversize: 0,
    unknown: 0,
    silenceMs: 0,
    concealedMs: 0,
  };
}
