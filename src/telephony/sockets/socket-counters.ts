import type { SocketStatisticsEvent } from '../../events/index.js';

/** What of a socket has been counted so far; see {@link SocketStatisticsEvent}. */
export type SocketStatistics = Omit<SocketStatisticsEvent, 'type' | 'stream'>;

/** The same, to count with. */
export type SocketCounters = { -readonly [Name in keyof SocketStatistics]: number };

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
