/** A step in the life of an RTP leg. */
export interface RtpEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'rtp';
  /**
   * `started` when a sender is confirmed, `changed` when another stream takes its place (a new SSRC, or numbers or times that jumped),
   * `stalled` when nothing has come for a while, `resumed` when it goes on, `ended` when the sender said BYE or the leg was closed.
   */
  readonly state: 'started' | 'changed' | 'stalled' | 'resumed' | 'ended';
  /** With `started` and `changed`: who sends. */
  readonly address?: string;
  /** With `started` and `changed`: the port it sends from. */
  readonly port?: number;
  /** With `started` and `changed`: the stream's identifier. */
  readonly ssrc?: number;
  /** With `started` and `changed`: source time at which the stream begins, in milliseconds. */
  readonly atMs?: number;
  /** With `stalled` and `resumed`: how long nothing came, in milliseconds. */
  readonly quietMs?: number;
  /** The stream it concerns: the leg's label. */
  readonly stream?: string;
}

/** A key that a caller pressed, once for each press, at its end. */
export interface DtmfEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'dtmf';
  /** `0` to `9`, `*`, `#`, `A` to `D`, or `flash`. */
  readonly digit: string;
  /** Source time at which the key was pressed, in milliseconds. */
  readonly startMs: number;
  /** How long it was pressed, in milliseconds; 0 where the protocol doesn't say. */
  readonly durationMs: number;
  /** The stream it concerns: the leg's label. */
  readonly stream?: string;
}

/** What an RTP leg has counted, since it began; emitted at its end, and every now and then where that is asked for. */
export interface RtpStatisticsEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'rtp-statistics';
  /** Packets of the stream that came, each once; comfort noise, DTMF and unknown payload types are among them. */
  readonly received: number;
  /** Packets that never came, by their sequence numbers. */
  readonly lost: number;
  /** Packets that came after their time and were left out. */
  readonly late: number;
  /** Packets that came again. */
  readonly duplicate: number;
  /** Packets that came after one that was sent later. */
  readonly reordered: number;
  /** Smoothed variation of the transit time, in milliseconds (RFC 3550, section 6.4.1 and appendix A.8). */
  readonly interarrivalJitterMs: number;
  /** How much faster than this machine's clock the sender's runs, in parts per million; undefined until it can be told. */
  readonly driftPpm: number | undefined;
  /** Silence in place of packets that were lost or late, in milliseconds. */
  readonly concealedMs: number;
  /** Silence where nothing was sent, in milliseconds. */
  readonly silenceMs: number;
  /** How long packets waited from arrival to output, smoothed, in milliseconds. */
  readonly playoutDelayMs: number;
  /** Streams one after the other: 1, and one more for each change of the SSRC and each confirmed jump. */
  readonly epochs: number;
  /** RTP and RTCP from other senders, and of other SSRCs. */
  readonly strangers: number;
  /** RTP of a payload type that was not offered. */
  readonly unknownPayloadType: number;
  /** Payloads that could not be decoded; silence took their place. */
  readonly undecodable: number;
  /** Datagrams that are no well-formed RTP or RTCP: cut headers, other versions, impossible lengths, random bytes. */
  readonly malformed: number;
  /** RTCP packets, on a port of their own or on the RTP port. */
  readonly rtcp: number;
  /** STUN messages, which are not answered. */
  readonly stun: number;
  /** DTLS records, which are not answered: encrypted media can't be received. */
  readonly dtls: number;
  /** The stream it concerns: the leg's label. */
  readonly stream?: string;
}
