import type { Observable } from 'rxjs';
import { expectOptions, OptionError } from '../errors/index.js';
import type { StreamEvent } from '../events/index.js';
import { AudioHookCall, type AudioHookStart } from './sockets/audio-hook-call.js';
import type { AudioHookChannel } from './sockets/audio-hook-message.js';
import type { TelephonyChunk } from './sockets/received-leg.js';
import type { SocketStatistics } from './sockets/socket-counters.js';
import { SOCKET_NAMES, type SocketOptions, SocketSession } from './sockets/socket-session.js';
import { isWebSocketLike, type WebSocketLike } from './sockets/web-socket-like.js';
import { WebSocketListener } from './sockets/web-socket-listener.js';
import {
  type AudioHookRequest,
  type AudioHookSecrets,
  type AudioHookSignatureOptions,
  verifyAudioHookSignature,
} from './verify-audio-hook-signature.js';

/** Options of {@link fromAudioHook}. */
export interface FromAudioHookOptions
  extends SocketOptions,
    Partial<AudioHookSecrets>,
    Pick<AudioHookSignatureOptions, 'authority'> {
  /** The request that the WebSocket came from; with `apiKey` and `clientSecret`, its signature is checked. */
  request?: AudioHookRequest | undefined;
}

/** A session of Genesys AudioHook. */
export interface AudioHookSession {
  /**
   * What Genesys Cloud says of the session. Rejects with SourceError: `SOURCE_UNUSABLE` when the signature is wrong, `SOURCE_FAILED` when the
   * connection ends before; nobody has to look at it.
   */
  readonly start: Promise<AudioHookStart>;
  /**
   * The customer (`external`) and who works for the organization (`internal`), each a source of its own on the stream's one timeline. Each can be
   * subscribed once, and waits for that within `maxBytes`. A channel that is not sent completes without audio.
   */
  readonly legs: Readonly<Record<AudioHookChannel, Observable<TelephonyChunk>>>;
  /** `socket`, `source-gap`, `dtmf` and `socket-statistics` events and diagnostics, from the beginning; completes at the end. */
  readonly events: Observable<StreamEvent>;
  /** What was counted so far. */
  readonly statistics: SocketStatistics;
  /** Tells Genesys Cloud to disconnect and stops listening: legs complete with what was received. The socket stays open. */
  stopListening(): void;
}

/**
 * Receives a conversation from Genesys Cloud over AudioHook, as its server: answers `open`, `ping` and `close`, and nothing else.
 *
 * It listens from the moment it is called. Of the audio that is offered it takes that with the most channels. Positions are the stream's own: what was
 * paused or discarded there is left out, reported as a `source-gap` with that reason, and positions go on where it says; audio that by the position
 * of a message was sent but never came is lost. The socket is never paused or closed.
 *
 * @param webSocket Of `ws`, undici, Node or a browser, or anything else with `addEventListener()`.
 * @param options With `request`, `apiKey` and `clientSecret`, a session whose request was not signed with them is answered `disconnect` and its legs fail.
 * To refuse it before the WebSocket is opened, use {@link verifyAudioHookSignature} and none of them.
 * @returns Legs that complete when Genesys Cloud closes the session, or the connection ends, however it does. When all legs that were subscribed are
 * left, Genesys Cloud is told to disconnect.
 * @throws OptionError for options out of range, secrets without a request, and what is no WebSocket. (As error notification of the legs) SourceError
 * `SOURCE_UNUSABLE` for a wrong signature, `SOURCE_CONSUMED` on the second subscription; OverflowError with `overflow: 'error'`.
 * @example
 * const { legs } = fromAudioHook(webSocket, { request, apiKey, clientSecret });
 * legs.external.pipe(resample(16_000), toPcm16le(), chunk(250), behavioralSignals()).subscribe(console.log);
 */
export function fromAudioHook(webSocket: WebSocketLike, options: FromAudioHookOptions = {}): AudioHookSession {
  expectOptions<FromAudioHookOptions>('fromAudioHook', options, {
    ...SOCKET_NAMES,
    request: true,
    apiKey: true,
    clientSecret: true,
    authority: true,
  });
  const { request, apiKey, clientSecret, authority } = options;
  if (!isWebSocketLike(webSocket) || typeof webSocket.send !== 'function') {
    throw new OptionError('fromAudioHook(webSocket)', 'must be a WebSocket with addEventListener() and send()', webSocket);
  }
  let isAuthorized = true;
  if (apiKey !== undefined || clientSecret !== undefined) {
    if (!request?.headers) {
      throw new OptionError(
        'fromAudioHook({ request })',
        'must be the request of the WebSocket, to check its signature',
        request,
      );
    }
    const secrets = { apiKey: apiKey ?? '', clientSecret: clientSecret ?? '' };
    isAuthorized = verifyAudioHookSignature(request, secrets, { authority }).verified;
  }
  const session = new SocketSession('fromAudioHook', 'call', options, {
    detach: (reason) => {
      call.leave(reason);
      listener.detach();
    },
    flush: () => {},
  });
  const external = session.leg(`${session.label}:external`);
  const internal = session.leg(`${session.label}:internal`);
  const send = (text: string) => {
    try {
      webSocket.send(text);
    } catch {
      // It is closing: its end is on the way.
    }
  };
  const call = new AudioHookCall(session, { external, internal }, send, isAuthorized);
  const listener = new WebSocketListener(webSocket, session.maxMessageBytes, {
    text: (text) => call.text(text),
    binary: (bytes) => call.binary(bytes),
    oversize: (bytes) => session.refuse('oversize', `a message of ${bytes} bytes is larger than maxMessageBytes`),
    unreadable: () => session.refuse('malformed', 'a message is neither text nor bytes'),
    end: (reason, code) => session.end(reason, code),
  });
  return {
    start: call.start.promise,
    legs: { external: external.source, internal: internal.source },
    events: session.events$,
    get statistics() {
      return { ...session.counters };
    },
    stopListening: () => session.end('left'),
  };
}
