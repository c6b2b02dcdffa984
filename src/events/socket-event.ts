/** A step in the life of a telephony socket. */
export interface SocketEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'socket';
  /**
   * `started` when the peer said what the call is, `stalled` when nothing has come for a while (a half-open connection looks like that),
   * `resumed` when it goes on, `ended` as the last but the statistics.
   */
  readonly state: 'started' | 'stalled' | 'resumed' | 'ended';
  /**
   * With `ended`: the peer said so (`stop`), the connection was closed (`closed`) or broke (`failed`), or nobody listens any more here
   * (`left`), which closes nothing.
   */
  readonly reason?: 'stop' | 'closed' | 'failed' | 'left';
  /** With `ended` by a closed WebSocket: its close code. */
  readonly code?: number;
  /** With `stalled` and `resumed`: how long nothing came, in milliseconds. */
  readonly quietMs?: number;
  /** The stream it concerns: the socket's label. */
  readonly stream?: string;
}

/** Audio that a live source's peer did not send, or that was lost on the way. */
export interface SourceGapEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'source-gap';
  /**
   * Why: it was silent (`not-sent`), lost (`lost`), the peer paused (`paused`) or threw audio away (`discarded`).
   */
  readonly reason: 'not-sent' | 'lost' | 'paused' | 'discarded';
  /** Source time where it begins, in milliseconds. */
  readonly startMs: number;
  /** Source time where audio goes on, in milliseconds. */
  readonly endMs: number;
  /** How much of it was filled with silence, in milliseconds; the rest is left out, and positions jump. */
  readonly filledMs: number;
  /** Whether it was only inferred from when audio came, because the protocol has no times. */
  readonly inferred: boolean;
  /** The stream it concerns: the leg's label. */
  readonly stream?: string;
}

/** Audio that was sent back has been played to the end, or was thrown away, as the peer says. */
export interface MarkEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'mark';
  /** `played`: up to the mark; `cleared`: what waited was thrown away. */
  readonly state: 'played' | 'cleared';
  /** The mark's name, where it has one. */
  readonly name?: string;
  /** Source time by then, in milliseconds. */
  readonly atMs: number;
  /** The stream it concerns: the socket's label. */
  readonly stream?: string;
}

/** What a telephony socket has counted; emitted once, at its end, as the last. */
export interface SocketStatisticsEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'socket-statistics';
  /** Messages of any kind; for TCP, frames. */
  readonly messages: number;
  /** Messages with audio that was used. */
  readonly audioMessages: number;
  /** Audio that was used, over all legs, in milliseconds. */
  readonly audioMs: number;
  /** Messages that came again, and were left out. */
  readonly duplicate: number;
  /** Messages that came after one that was sent later. */
  readonly reordered: number;
  /** Messages with audio whose place in time was over when they came, and were left out. */
  readonly late: number;
  /** Messages that are not what the protocol allows: no JSON, no object, impossible fields, audio where there can be none. */
  readonly malformed: number;
  /** Messages whose audio can't be read: rubbish for base64, cut samples. */
  readonly undecodable: number;
  /** Messages larger than `maxMessageBytes`, which were not looked at. */
  readonly oversize: number;
  /** Messages of a kind or track that is not known, or of another stream. */
  readonly unknown: number;
  /** Silence in place of audio that was not sent, in milliseconds. */
  readonly silenceMs: number;
  /** Silence in place of audio that was lost, in milliseconds. */
  readonly concealedMs: number;
  /** The stream it concerns: the socket's label. */
  readonly stream?: string;
}
