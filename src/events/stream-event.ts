import type { CallSummaryEvent, LegEvent, TurnEvent } from './call-event.js';
import type { LatencySummary } from './latency-summary.js';
import type { DtmfEvent, RtpEvent, RtpStatisticsEvent } from './rtp-event.js';
import type { MarkEvent, SocketEvent, SocketStatisticsEvent, SourceGapEvent } from './socket-event.js';

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
  | 'VAD_FAILED'
  | 'LEG_FAILED'
  | 'SOURCE_RESTARTED'
  | 'PLAINTEXT_ENDPOINT'
  | 'SPEECH_UNANSWERED'
  | 'UNEXPECTED_MESSAGE'
  | 'PEER_ERROR'
  | 'LATE_PACKETS';

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
   * call begins with audio that an earlier one had sent; `rotated` when a session moves on to a new call without a failure; `unused`
   * when a call that was made in advance, to move on to, failed or is not needed; `closed`, once for the session, is the last.
   */
  readonly state: 'connecting' | 'open' | 'reconnecting' | 'replayed' | 'rotated' | 'unused' | 'draining' | 'drained' | 'closed';
  /** Tells the session from all others, over processes too: a random UUID. */
  readonly sessionId: string;
  /** Number of the server call within the session, from 0. */
  readonly epoch: number;
  /** Where the audio goes, `host:port`. */
  readonly endpoint: string;
  /** Whether the local service or a remote one answers; known once the server has said something, at the latest when a call is drained. */
  readonly engine?: 'local' | 'remote';
  /** With `reconnecting`: which attempt in a row it is, from 1. */
  readonly attempt?: number;
  /** With `reconnecting`: time until the attempt, in milliseconds. */
  readonly delayMs?: number;
  /** With `reconnecting` and `unused`: the error code of what failed; `GOAWAY` when the server took no audio on a call made in advance. */
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
  /** Tells the session from all others, over processes too: a random UUID. */
  readonly sessionId: string;
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

/** A segment or utterance was answered; what the answer was is in the prediction, not here. */
export interface ResultEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'result';
  /** What was answered. */
  readonly level: 'segment' | 'utterance';
  /** Source time of it, in milliseconds. */
  readonly startMs: number;
  /** Source time of it, in milliseconds. */
  readonly endMs: number;
  /** Counts up when more tasks come for it; from 0. */
  readonly revision: number;
  /** From the capture of its last sample to the arrival of the result, in milliseconds; absent for audio that isn't live or paced. */
  readonly latencyMs?: number | undefined;
  /**
   * From the handing of its last sample to the transport to the arrival of the result, in milliseconds; known for audio of any kind,
   * absent when the result has no readable time or comes after thousands of later messages.
   */
  readonly responseMs?: number | undefined;
  /** Who answered. */
  readonly engine: 'local' | 'remote';
  /** Tells the session from all others, over processes too: a random UUID. */
  readonly sessionId: string;
  /** Number of the server call within the session, from 0. */
  readonly epoch: number;
  /** The stream it concerns: the source's label. */
  readonly stream?: string;
}

/** The same of segments and of utterances; a level without any is absent. */
export interface LatencyByLevel {
  /** Of 2 s of continuous speech. */
  readonly segment?: LatencySummary;
  /** Of whole utterances. */
  readonly utterance?: LatencySummary;
}

/** A session ended because its budget of audio is used up. */
export interface BudgetEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'budget';
  /** The budget, in milliseconds. */
  readonly maxAudioMs: number;
  /** What all sessions that share it have used of it, in milliseconds. */
  readonly usedMs: number;
  /** Source time up to which the server heard the audio, in milliseconds. */
  readonly atMs: number;
  /** Tells the session from all others, over processes too: a random UUID. */
  readonly sessionId: string;
  /** The stream it concerns: the source's label. */
  readonly stream?: string;
}

/** A session's counters since its start: emitted once when it closes, and before that every `statisticsIntervalMs` where that is given. */
export interface StatisticsEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'statistics';
  /** Whether the session is over: nothing is counted any more. */
  readonly final: boolean;
  /** Audio written to the server, in milliseconds, each once; none counts that waits for its call to be connected. */
  readonly sentMs: number;
  /** The same in bytes. */
  readonly sentBytes: number;
  /** The same in messages. */
  readonly messages: number;
  /** Messages received with results. */
  readonly resultMessages: number;
  /** Segments and utterances that were answered, each counted once, however often it was revised. */
  readonly results: {
    /** How many segments. */
    readonly segment: number;
    /** How many utterances. */
    readonly utterance: number;
  };
  /** From the capture of the last sample to the result's arrival; empty for audio that isn't live or paced. */
  readonly latency: LatencyByLevel;
  /** From the handing of the last sample to the transport to the result's arrival; for audio of any kind. */
  readonly responseTime: LatencyByLevel;
  /** Audio that was left out because it was silent, in milliseconds: the gaps with the reason `gated`. */
  readonly savedMs: number;
  /** Audio that a full buffer dropped, a live source's or the session's, in milliseconds: the gaps with the reason `dropped`. */
  readonly droppedMs: number;
  /** Audio that was sent and never answered, in milliseconds: the gaps with the reason `unanswered`. */
  readonly unansweredMs: number;
  /** Audio that is missing for another reason, in milliseconds: the gaps with the reasons `skipped` and `budget`. */
  readonly skippedMs: number;
  /** Audio that was sent again after failures and rotations, in milliseconds; not part of `sentMs`. */
  readonly replayedMs: number;
  /** Audio that waits for the transport now, in milliseconds: what is not written yet, and what has no write-callback yet. */
  readonly queuedMs: number;
  /** The most audio that ever waited for the transport, in milliseconds. */
  readonly peakQueuedMs: number;
  /** The most audio that was ever between a write and its write-callback, in milliseconds; a part of what waited. */
  readonly peakInFlightMs: number;
  /** Time the source was held because the server read slowly, or was not connected, in milliseconds. */
  readonly stalledMs: number;
  /** Server calls that followed a failed one. */
  readonly reconnects: number;
  /** Server calls that followed one that had grown old, or that the server wanted to end. */
  readonly rotations: number;
  /** Tells the session from all others, over processes too: a random UUID. */
  readonly sessionId: string;
  /** The stream it concerns: the source's label. */
  readonly stream?: string;
}

/** Everything sources and operators report beside the data, discriminated by `type`. */
export type StreamEvent =
  | DiagnosticEvent
  | FormatEvent
  | SessionEvent
  | GapEvent
  | BudgetEvent
  | GateEvent
  | ResultEvent
  | StatisticsEvent
  | RtpEvent
  | DtmfEvent
  | RtpStatisticsEvent
  | SocketEvent
  | SourceGapEvent
  | MarkEvent
  | SocketStatisticsEvent
  | LegEvent
  | TurnEvent
  | CallSummaryEvent;
