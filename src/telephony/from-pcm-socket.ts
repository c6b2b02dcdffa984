import type { Observable } from 'rxjs';
import { DecodeError, expectOptions, OptionError, SourceError } from '../errors/index.js';
import type { StreamEvent } from '../events/index.js';
import { steadyNowMs } from './playout-ticker.js';
import { Announcement } from './sockets/announcement.js';
import { ARRIVAL_GAP_NAMES, type ArrivalGapOptions, arrivalGapLimits } from './sockets/arrival-gap-options.js';
import { checkMediaFormat, type MediaFormat } from './sockets/media-format.js';
import { pcmControl } from './sockets/pcm-control.js';
import { PcmIntake } from './sockets/pcm-intake.js';
import type { TelephonyChunk } from './sockets/received-leg.js';
import type { SocketStatistics } from './sockets/socket-counters.js';
import { SOCKET_NAMES, type SocketOptions, SocketSession } from './sockets/socket-session.js';
import { isWebSocketLike, type WebSocketLike } from './sockets/web-socket-like.js';
import { WebSocketListener } from './sockets/web-socket-listener.js';

/** What the binary messages of a socket are. */
export interface PcmSocketFormat extends Omit<MediaFormat, 'channels'> {
  /** Interleaved channels, 1 to 64. Default: 1. */
  readonly channels?: number | undefined;
}

/** Options of {@link fromPcmSocket}. */
export interface FromPcmSocketOptions extends SocketOptions, ArrivalGapOptions {}

/** What is known of a socket's audio when it begins. */
export interface PcmSocketStart {
  /** The first text message, as the JSON value or the text it is; undefined where audio came first. */
  readonly metadata: unknown;
  /** What the audio is. */
  readonly format: MediaFormat;
}

/** Bare audio on a WebSocket. */
export interface PcmSocket {
  /**
   * Resolves when the format is known and the first message came. Rejects with the error of the source, or SourceError `SOURCE_FAILED` when the
   * connection ends before; nobody has to look at it.
   */
  readonly start: Promise<PcmSocketStart>;
  /** The audio, of all channels. It can be subscribed once, and waits for that within `maxBytes`. */
  readonly source: Observable<TelephonyChunk>;
  /** `socket`, `dtmf`, `mark`, `source-gap` and `socket-statistics` events and diagnostics, from the beginning; completes at the end. */
  readonly events: Observable<StreamEvent>;
  /** What was counted so far. */
  readonly statistics: SocketStatistics;
  /** Stops listening: the source completes with what was received. The socket stays open. */
  stopListening(): void;
}

/** Messages that came before the one that says what they are. */
const MAX_EARLY = 256;
/** What they may hold together. */
const MAX_EARLY_BYTES = 1_048_576;

/**
 * Receives bare audio from a WebSocket's binary messages: FreeSWITCH (mod_audio_fork, mod_audio_stream), Asterisk (chan_websocket), jambonz, an
 * AudioWorklet of a browser.
 *
 * It listens from the moment it is called. A position is the count of the samples before it; messages can be of any length, a sample can
 * begin in one and end in the next. Nothing bears a time: when audio comes more than `lagMs` later than it should, it waits `burstMs` for a burst that
 * makes up for it; what is still missing then becomes silence (`timing.kind: 'silence'`, up to `maxSilenceMs`), reported as a `source-gap` that is `inferred`.
 * Text messages are read where they are known (Asterisk's `MEDIA_START` and `DTMF_END`, jambonz's description and keys); the first of any other
 * kind is the metadata. The socket is never paused, written to or closed.
 *
 * @param webSocket Of `ws`, undici, Node or a browser, or anything else with `addEventListener()`.
 * @param format What the bytes are; undefined where the peer says it, as Asterisk and jambonz do. What Asterisk says is believed before this.
 * @returns A source that completes when the connection ends, however it does; unsubscribing stops listening.
 * @throws OptionError for options out of range and what is no WebSocket. (As error notification) SourceError `SOURCE_UNUSABLE` when neither
 * `format` nor the peer says what the audio is, `SOURCE_CONSUMED` on the second subscription; DecodeError `UNSUPPORTED_FORMAT` when
 * the peer says a format that can't be decoded; OverflowError with `overflow: 'error'`.
 * @example
 * const { source } = fromPcmSocket(webSocket, { encoding: 's16le', sampleRate: 16_000 });
 * source.pipe(toPcm16le(), chunk(250), behavioralSignals()).subscribe(console.log);
 */
export function fromPcmSocket(webSocket: WebSocketLike, format?: PcmSocketFormat, options: FromPcmSocketOptions = {}): PcmSocket {
  expectOptions<FromPcmSocketOptions>('fromPcmSocket', options, { ...SOCKET_NAMES, ...ARRIVAL_GAP_NAMES });
  if (!isWebSocketLike(webSocket)) {
    throw new OptionError('fromPcmSocket(webSocket)', 'must be a WebSocket with addEventListener()', webSocket);
  }
  let given: MediaFormat | undefined;
  if (format !== undefined) {
    given = { ...format, channels: format?.channels ?? 1 };
    checkMediaFormat('fromPcmSocket(format)', given);
  }
  const gaps = arrivalGapLimits('fromPcmSocket', options);
  const session = new SocketSession('fromPcmSocket', 'socket', options, {
    detach: () => listener.detach(),
    flush: () => {
      early = [];
      intake.flush();
      start.never(session.label);
    },
  });
  const start = new Announcement<PcmSocketStart>();
  const leg = session.leg(session.label);
  const intake = new PcmIntake(session, leg, 'pcm', gaps);
  let isDescribed = false;
  let early: { bytes: Uint8Array; arrivedAtMs: number }[] = [];
  let earlyBytes = 0;

  function begin(known: MediaFormat, metadata: unknown): void {
    if (!isDescribed) {
      isDescribed = true;
      start.tell({ metadata, format: known });
      session.report({ type: 'socket', state: 'started' });
    }
    intake.begin(known);
    const waiting = early;
    early = [];
    for (const { bytes, arrivedAtMs } of waiting) intake.push(bytes, arrivedAtMs);
  }

  function fail(error: unknown): void {
    start.fail(error);
    session.fail(error);
  }

  function text(message: string): void {
    session.touch(steadyNowMs());
    const control = pcmControl(message);
    switch (control.kind) {
      case 'dtmf':
        session.report({ type: 'dtmf', digit: control.digit, startMs: intake.endMs, durationMs: control.durationMs });
        return;
      case 'mark': {
        const { state, name } = control;
        session.report({ type: 'mark', state, atMs: intake.endMs, ...(name !== undefined && { name }) });
        return;
      }
      case 'start': {
        const { encoding, metadata } = control;
        if (encoding !== undefined && !control.format) {
          const what = JSON.stringify(encoding.slice(0, 60));
          fail(new DecodeError('UNSUPPORTED_FORMAT', `${session.label}: the peer sends ${what}; let it send ulaw, alaw or slin`));
        } else {
          const known = control.format ?? given;
          if (known) begin(known, metadata);
          else fail(unknownFormat());
        }
        return;
      }
      case 'metadata':
        if (isDescribed) session.refuse('unknown', 'a text message after the first that is not known');
        else {
          const known = given ?? control.format;
          if (known) begin(known, control.metadata);
          else if (early.length > 0) fail(unknownFormat());
          else session.refuse('unknown', 'a text message that does not say what the audio is');
        }
        return;
      default:
    }
  }

  function binary(bytes: Uint8Array): void {
    const arrivedAtMs = steadyNowMs();
    session.touch(arrivedAtMs);
    if (!intake.format && given) begin(given, undefined);
    if (intake.format) {
      intake.push(bytes, arrivedAtMs);
      return;
    }
    earlyBytes += bytes.length;
    if (early.length >= MAX_EARLY || earlyBytes > MAX_EARLY_BYTES) fail(unknownFormat());
    else early.push({ bytes: bytes.slice(), arrivedAtMs });
  }

  function unknownFormat(): SourceError {
    return new SourceError(
      'SOURCE_UNUSABLE',
      `${session.label}: neither fromPcmSocket(format) nor the peer says what the audio is; give { encoding, sampleRate, channels }`,
    );
  }

  const listener = new WebSocketListener(webSocket, session.maxMessageBytes, {
    text,
    binary,
    oversize: (bytes) => session.refuse('oversize', `a message of ${bytes} bytes is larger than maxMessageBytes`),
    unreadable: () => session.refuse('malformed', 'a message is neither text nor bytes'),
    end: (reason, code) => session.end(reason, code),
  });
  return {
    start: start.promise,
    source: leg.source,
    events: session.events$,
    get statistics() {
      return { ...session.counters };
    },
    stopListening: () => session.end('left'),
  };
}
