import type { RtpStatisticsEvent } from '../events/index.js';

/** What a receiver of RTP has counted so far. */
export type RtpStatistics = Omit<RtpStatisticsEvent, 'type' | 'stream'>;

/** The counters behind {@link RtpStatistics}, changed in place. */
export class ReceptionCounters {
  late = 0;
  duplicate = 0;
  reordered = 0;
  received = 0;
  /** Lost packets of streams that are over. */
  lostBefore = 0;
  concealedMs = 0;
  silenceMs = 0;
  playoutDelayMs = 0;
  epochs = 0;
  strangers = 0;
  unknownPayloadType = 0;
  undecodable = 0;
  malformed = 0;
  rtcp = 0;
  stun = 0;
  dtls = 0;

  /** @param lost Lost packets of the current stream. */
  snapshot(lost: number, interarrivalJitterMs: number, driftPpm: number | undefined): RtpStatistics {
    const { lostBefore, ...counts } = this;
    return { ...counts, lost: lostBefore + lost, interarrivalJitterMs, driftPpm };
  }
}
