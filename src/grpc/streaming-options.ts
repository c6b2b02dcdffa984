import type { EventObserver } from '../events/index.js';
import type { TlsOptions } from '../tls/index.js';
import type { Budget, BudgetOptions } from './budget.js';

/** How a session survives transient failures; see `StreamingOptions.reconnect`. */
export interface ReconnectOptions {
  /** Attempts in a row without a result or 10 s of new audio between them, before the session fails. Default: 10. */
  maxAttempts?: number | undefined;
  /** Delay before the first attempt, in milliseconds; later ones back off exponentially, with jitter. Default: 250. */
  initialDelayMs?: number | undefined;
  /** The longest delay, in milliseconds. Default: 10,000. */
  maxDelayMs?: number | undefined;
  /**
   * Audio kept for replay, in milliseconds; longer than the longest utterance. As much again may wait to be sent when a source can't
   * pause; beyond it the oldest is dropped and reported as `gap` events. The newest chunk is always kept, however long it is.
   * Default: 45,000, which also bounds what waits with `reconnect: false`; for audio that is read faster than real time, and so runs
   * ahead of its answers, `bufferBytes` alone decides what is kept.
   */
  bufferMs?: number | undefined;
  /** Bytes of audio kept for replay, and as many that may wait, as with `bufferMs`; what surrounds each chunk comes on top. Default: 8 MiB. */
  bufferBytes?: number | undefined;
  /** Audio that may be sent again within one minute, in milliseconds, since it is billed again. Default: 300,000. */
  maxReplayMs?: number | undefined;
}

/** Options of `behavioralSignals()` and `detectDeepfakes()`. */
export interface StreamingOptions {
  /** The project's ID. Default: the environment variable `BEHAVIORALSIGNALS_CID`. */
  cid?: number | string | undefined;
  /** The project's API token, sent with every message. Default: the environment variable `BEHAVIORALSIGNALS_API_KEY`. */
  apiKey?: string | undefined;
  /**
   * Where to stream to, `host:port`. A scheme is allowed: `https://` (TLS) or `http://` (plaintext). Other machines are reached through
   * the proxy that `grpc_proxy`, `https_proxy` or `http_proxy` names (lower case, an `http://` URL; another is refused), unless `no_proxy`
   * lists them. Default: the environment variable `BEHAVIORALSIGNALS_ENDPOINT`, else `streaming.behavioralsignals.com:443`.
   */
  endpoint?: string | undefined;
  /** Which results to ask for. Default: `all`, segments and utterances. */
  level?: 'segment' | 'utterance' | 'all' | undefined;
  /** Whether predictions carry logits beside posteriors. Default: false. */
  logits?: boolean | undefined;
  /** Whether the `features` task carries the embedding of the audio. Default: false. Embeddings of voices are biometric data. */
  embeddings?: boolean | undefined;
  /** TLS: `true`, certificates, or `false` for plaintext, which is refused beyond loopback. Default: true. */
  tls?: boolean | TlsOptions | undefined;
  /** Allows plaintext to a host that isn't loopback: the token and the audio travel readable. Default: false. */
  allowInsecure?: boolean | undefined;
  /** Ends the session at once when it fires; the Observable errors with `ABORTED`. */
  signal?: AbortSignal | undefined;
  /** How long opening the stream may take, in milliseconds. Default: 10,000. */
  connectTimeoutMs?: number | undefined;
  /** After the audio's end, how long the server may be silent before it has finished, in milliseconds. Default: 60,000. */
  drainTimeoutMs?: number | undefined;
  /**
   * Whether, and how, a transient failure opens a new call that replays what has no result yet, so that no audio is lost.
   * It needs a stream that was open once: a first connection that fails is an error at once. Default: true.
   */
  reconnect?: boolean | ReconnectOptions | undefined;
  /** How long the server may take no audio while some waits, before that counts as a failure, in milliseconds. Default: 20,000. */
  stallTimeoutMs?: number | undefined;
  /**
   * How long certain speech may stay without a result before a new call is made for it, in milliseconds from 100; `false` or Infinity: for
   * ever. Silence, noise and music need no answer. The session looks twice in this time, and makes one such call until a result comes;
   * without `reconnect` it only reports `SPEECH_UNANSWERED`. `reconnect.bufferMs` should be twice as long. Default: 20,000.
   */
  responseTimeoutMs?: number | false | undefined;
  /**
   * Age of a server call, in milliseconds of new audio from 1000, at which the session moves on to a new one: after the next answered
   * utterance, or 15 s later. The new call is opened first, so that the audio never waits for it, and without one the session stays with
   * the call it has; so it is when a server says GOAWAY, where a pause is waited for during 5 s of audio. It needs `reconnect`. Default:
   * never.
   */
  maxStreamDurationMs?: number | undefined;
  /**
   * How much audio may be written to the server, replays included: `{ maxAudioMs }` for this session, or a `budget()` that several
   * share. When it is used up the session ends as `budget()` says. Default: any amount.
   */
  budget?: Budget | BudgetOptions | undefined;
  /**
   * Closes the server call when no audio comes for so long, in milliseconds from 100, or when the source's position jumps by as much, as it
   * does after a gate: its results still come, and the next audio opens a new call. Servers that bill for open streams, or end idle ones,
   * cost nothing in silence then. Default: calls stay open.
   */
  closeAfterIdleMs?: number | undefined;
  /** Time between keepalive pings on an idle connection, in milliseconds; servers punish frequent ones. Default: 300,000. */
  keepaliveMs?: number | undefined;
  /**
   * Time between `statistics` events while the session lives, in milliseconds from 100, for a dashboard; they count from the session's
   * start, and only go to `events`. Default: one at the end only.
   */
  statisticsIntervalMs?: number | undefined;
  /** Receives session events, results, gaps, statistics and diagnostics. Default: diagnostics become process warnings. */
  events?: EventObserver | undefined;
}

/** Which of the service's two methods a session calls. */
export type Analysis = 'behavior' | 'deepfake';
