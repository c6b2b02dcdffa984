import type { Observable } from 'rxjs';
import { expectNumber, expectOptions, OptionError } from '../errors/index.js';
import type { StreamEvent } from '../events/index.js';
import { checkMediaFormat, type MediaFormat } from './sockets/media-format.js';
import type { TelephonyChunk } from './sockets/received-leg.js';
import type { SocketStatistics } from './sockets/socket-counters.js';
import { SOCKET_NAMES, type SocketOptions, SocketSession } from './sockets/socket-session.js';
import { TelephonyCall, type TelephonyStart } from './sockets/telephony-call.js';
import type { TelephonyTrack } from './sockets/telephony-message.js';
import { isWebSocketLike, type WebSocketLike } from './sockets/web-socket-like.js';
import { WebSocketListener } from './sockets/web-socket-listener.js';

/** Options of {@link fromTelephonySocket}. */
export interface FromTelephonySocketOptions extends SocketOptions {
  /** How long audio waits for what was sent before it, 0 to 10,000, in milliseconds. Audio that comes in order never waits. Default: 100. */
  reorderMs?: number | undefined;
  /** Byte order of linear 16-bit audio. Default: `le`, as all these platforms send it. */
  byteOrder?: 'le' | 'be' | undefined;
  /** What the audio is, where the platform doesn't say. Default: mu-law, 8 kHz; of Plivo linear 16-bit, 8 kHz. */
  format?: MediaFormat | undefined;
}

/** A call's audio on a WebSocket of a telephony platform. */
export interface TelephonySocket {
  /**
   * What the platform says of the call. Rejects with SourceError `SOURCE_FAILED` when the connection ends before; nobody has to look at it.
   */
  readonly start: Promise<TelephonyStart>;
  /**
   * The call's tracks: what the platform receives from the caller, and what it sends there. Each is a source of its own on the one timeline of the
   * call, can be subscribed once, and waits for that within `maxBytes`. A track that the platform doesn't send completes without audio.
   */
  readonly legs: Readonly<Record<TelephonyTrack, Observable<TelephonyChunk>>>;
  /** `socket`, `dtmf`, `mark`, `source-gap` and `socket-statistics` events and diagnostics, from the beginning; completes at the end. */
  readonly events: Observable<StreamEvent>;
  /** What was counted so far. */
  readonly statistics: SocketStatistics;
  /** Stops listening: legs complete with what was received. The socket stays open. */
  stopListening(): void;
}

/**
 * Receives a call from a WebSocket of the Twilio family: Twilio, SignalWire, Telnyx, Plivo and Vonage, told apart by what they send.
 *
 * It listens from the moment it is called. Audio lies where the platform's times say (`timestamp`, else `chunk`; Vonage sends none, and arrival
 * decides as for `fromPcmSocket()`): messages out of order are put in order, those that come again left out, what was not sent becomes silence
 * (`timing.kind: 'silence'`), what was lost too (`concealed`), up to `maxSilenceMs`; the silence comes when audio goes on. Whatever else
 * comes is counted and reported, and ends nothing. The socket is never paused, written to or closed: a slow consumer loses whole chunks by
 * the `overflow` policy, marked as such.
 *
 * @param webSocket Of `ws`, undici, Node or a browser, or anything else with `addEventListener()`. When all legs that were subscribed are left, it is
 * no longer listened to.
 * @returns Legs that complete on the platform's `stop`, or when the connection ends, however it does. Call it at once when the connection
 * is made, before anything is awaited.
 * @throws OptionError for options out of range and what is no WebSocket. (As error notification of the legs) DecodeError `UNSUPPORTED_FORMAT` for an
 * encoding that can't be decoded; SourceError `SOURCE_CONSUMED` on the second subscription; OverflowError with `overflow: 'error'`.
 * @example
 * const { legs } = fromTelephonySocket(webSocket);
 * legs.inbound.pipe(resample(16_000), toPcm16le(), chunk(250), behavioralSignals()).subscribe(console.log);
 */
export function fromTelephonySocket(webSocket: WebSocketLike, options: FromTelephonySocketOptions = {}): TelephonySocket {
  expectOptions<FromTelephonySocketOptions>('fromTelephonySocket', options, {
    ...SOCKET_NAMES,
    reorderMs: true,
    byteOrder: true,
    format: true,
  });
  const { reorderMs = 100, byteOrder = 'le', format } = options;
  if (!isWebSocketLike(webSocket)) {
    throw new OptionError('fromTelephonySocket(webSocket)', 'must be a WebSocket with addEventListener()', webSocket);
  }
  expectNumber('fromTelephonySocket({ reorderMs })', reorderMs, { min: 0, max: 10_000, unit: 'milliseconds' });
  if (byteOrder !== 'le' && byteOrder !== 'be') {
    throw new OptionError('fromTelephonySocket({ byteOrder })', "must be 'le' or 'be'", byteOrder);
  }
  if (format !== undefined) checkMediaFormat('fromTelephonySocket({ format })', format);

  const session = new SocketSession('fromTelephonySocket', 'call', options, {
    detach: () => listener.detach(),
    flush: () => call.flush(),
  });
  const inbound = session.leg(`${session.label}:inbound`);
  const outbound = session.leg(`${session.label}:outbound`);
  const arrivalGaps = { lagMs: 200, burstMs: 200 };
  const call = new TelephonyCall(session, { legs: { inbound, outbound }, reorderMs, byteOrder, format, arrivalGaps });
  const listener = new WebSocketListener(webSocket, session.maxMessageBytes, {
    text: (text) => call.text(text),
    binary: (bytes) => call.binary(bytes),
    oversize: (bytes) => session.refuse('oversize', `a message of ${bytes} bytes is larger than maxMessageBytes`),
    unreadable: () => session.refuse('malformed', 'a message is neither text nor bytes'),
    end: (reason, code) => session.end(call.hasStopped ? 'stop' : reason, code),
  });
  return {
    start: call.start.promise,
    legs: { inbound: inbound.source, outbound: outbound.source },
    events: session.events$,
    get statistics() {
      return { ...session.counters };
    },
    stopListening: () => session.end('left'),
  };
}
