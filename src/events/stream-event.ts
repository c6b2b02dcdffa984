/** The stable codes of diagnostics: things worth knowing that don't stop a stream. docs/errors.md lists them. */
export type DiagnosticCode =
  | 'TWO_PARTIES'
  | 'ALL_ZERO_AUDIO'
  | 'SUSPECT_SAMPLE_RATE'
  | 'SUSPECT_RAW_PCM'
  | 'NON_FINITE_SAMPLES'
  | 'CLIPPED_AUDIO'
  | 'DECODE_RECOVERED'
  | 'HEADER_MISMATCH'
  | 'EXTENSION_MISMATCH'
  | 'TRAILING_BYTES'
  | 'PACE_BEHIND'
  | 'AUDIO_DROPPED'
  | 'AUDIO_DROPPED'
  | 'VAD_FAILED'
  | 'PLAINTEXT_ENDPOINT';

/** Something noticed about the audio or its handling that doesn't stop the stream. */
export interface DiagnosticEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'diagnostic';
  /** What was noticed; to match on, since messages may change. */
  readonly code: DiagnosticCode;
  /** A plain sentence: what was seen, and what to do about it. */
  readonly message: string;
  /** Source time it concerns, in milliseconds, where it has one. */
  readonly atMs?: number;
  /** The stream it concerns: the source's label. */
  readonly stream?: string;
}

/** What a decoder found in the input, once, before the first audio. */
export interface FormatEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'format';
  /** Container, for instance `wav`, `mp3`, `raw` or `ffmpeg:ogg`. */
  readonly container: string;
  /** Codec, for instance `pcm_s16le`, `mulaw`, `mp3`. */
  readonly codec: string;
  /** In Hz. */
  readonly sampleRate: number;
  /** Channels of the audio, from 1. */
  readonly channels: number;
  /** Length of the audio where the container says so, in milliseconds. */
  readonly durationMs?: number;
  /** Who decodes it: in this process, or an ffmpeg child. */
  readonly decoder: 'in-process' | 'ffmpeg';
  /** The stream it concerns: the source's label. */
  readonly stream?: string;
}

/** A step in a streaming session's life. */
export interface SessionEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'session';
  /**
   * `connecting` and `open` (the server took the stream), `draining` (the call's audio is over, results are awaited) and `drained`
   * come once for each server call; `reconnecting` when one failed for a passing reason and another will follow; `replayed` when a
   * call begins with audio that an earlier one had sent; `rotated` when a session moves on to a new call without a failure; `closed`,
   * once for the session, is the last.
   */
  readonly state: 'connecting' | 'open' | 'reconnecting' | 'replayed' | 'rotated' | 'draining' | 'drained' | 'closed';
  /** Number of the server call within the session, from 0. */
  readonly epoch: number;
  /** Where the audio goes, `host:port`. */
  readonly endpoint: string;
  /** Whether the local service or a remote one answers; known from `open` on. */
  readonly engine?: 'local' | 'remote';
  /** With `reconnecting`: which attempt in a row it is, from 1. */
  readonly attempt?: number;
  /** With `reconnecting`: time until the attempt, in milliseconds. */
  readonly delayMs?: number;
  /** With `reconnecting`: the error code of what failed. */
  readonly cause?: string;
  /** With `replayed`: audio that is sent again, in milliseconds. */
  readonly replayMs?: number;
  /** The stream it concerns: the source's label. */
  readonly stream?: string;
}

/** Audio that is missing from the source's timeline: left out before it reached the session, or never heard by the server. */
export interface GapEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'gap';
  /**
   * Why it is missing: `skipped` (an operator left it out, or the source jumped), `gated` (`gateSilence()` did), `dropped` (a full buffer of
   * a live source, or too much that waited in the session), `unanswered` (sent to a call that failed, and no longer kept for the next one), or `budget` (there was none left).
   */
  readonly reason: 'skipped' | 'gated' | 'dropped' | 'unanswered' | 'budget';
  /** Source time where the gap begins, in milliseconds. */
  readonly startMs: number;
  /** Source time where audio goes on, in milliseconds. */
  readonly endMs: number;
  /** The stream it concerns: the source's label. */
  readonly stream?: string;
}

/** What `gateSilence()` does, with its counters so far. */
export interface GateEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'gate';
  /** `opened`: audio goes through from here on; `closed`: it is left out; `ended`: the audio is over, once, as the last. */
  readonly state: 'opened' | 'closed' | 'ended';
  /** Source time of it, in milliseconds; the event comes when it is decided, so later. */
  readonly atMs: number;
  /** Audio let through so far, in milliseconds, with the silence sent instead of some. */
  readonly sentMs: number;
  /** Audio left out so far, in milliseconds; at the end, `sentMs + savedMs` is all there was. */
  readonly savedMs: number;
  /** The stream it concerns: the source's label. */
  readonly stream?: string;
}

/** A session's counters, emitted when it closes. */
export interface StatisticsEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'statistics';
  /** Audio written to the server, in milliseconds. */
  readonly sentMs: number;
  /** Bytes of audio written to the server. */
  readonly sentBytes: number;
  /** Messages with audio. */
  readonly messages: number;
  /** Messages received with results. */
  readonly resultMessages: number;
  /** The most audio that was ever between a write and its write-callback, in milliseconds. */
  readonly peakInFlightMs: number;
  /** Time the source was held because the server read slowly, in milliseconds. */
  readonly stalledMs: number;
  /** Audio that was sent again after failures and rotations, in milliseconds; not part of `sentMs`. */
  readonly replayedMs: number;
  /** Server calls that followed a failed one. */
  readonly reconnects: number;
  /** Audio that the session dropped, in milliseconds: more waited to be sent than may. */
  readonly droppedMs: number;
  /** The stream it concerns: the source's label. */
  readonly stream?: string;
}

/** Everything sources and operators report beside the data, discriminated by `type`. */
export type StreamEvent = DiagnosticEvent | FormatEvent | SessionEvent | GapEvent | GateEvent | StatisticsEvent;
