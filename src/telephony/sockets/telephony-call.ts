import { codecName } from '../../audio/sample-format/index.js';
import { DecodeError } from '../../errors/index.js';
import { steadyNowMs } from '../playout-ticker.js';
import { Announcement } from './announcement.js';
import type { ArrivalGapLimits } from './arrival-track.js';
import { type MediaFormat, mediaFormat } from './media-format.js';
import type { ReceivedLeg } from './received-leg.js';
import { SequenceWindow } from './sequence-window.js';
import type { SocketSession } from './socket-session.js';
import { type TelephonyDialect, type TelephonyMessage, type TelephonyTrack, telephonyMessage } from './telephony-message.js';
import { TelephonyTracks } from './telephony-tracks.js';

/** What a platform says of a call at its start. */
export interface TelephonyStart {
  /** Who writes the messages. */
  readonly dialect: TelephonyDialect;
  /** The platform's identifier of the call. */
  readonly callId: string | undefined;
  /** The platform's identifier of this stream of the call's audio. */
  readonly streamId: string | undefined;
  /** What the audio is; undefined for an encoding that can't be decoded here. */
  readonly format: MediaFormat | undefined;
  /** The tracks that the platform announces. */
  readonly tracks: readonly string[];
  /** Custom parameters of the stream, as text. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** How a {@link TelephonyCall} reads what comes. */
export interface TelephonyCallSettings {
  readonly legs: Readonly<Record<TelephonyTrack, ReceivedLeg>>;
  readonly reorderMs: number;
  readonly byteOrder: 'le' | 'be';
  /** Of the audio, where the platform doesn't say. */
  readonly format: MediaFormat | undefined;
  readonly arrivalGaps: ArrivalGapLimits;
}

type Start = Extract<TelephonyMessage, { kind: 'start' }>;

/** Messages that came before the one that says what they are. */
const MAX_EARLY = 256;
/** What the largest of those may hold. */
const MAX_EARLY_BYTES = 16_384;

/** One call on a socket: understands its messages. */
export class TelephonyCall {
  readonly start = new Announcement<TelephonyStart>();
  readonly #session: SocketSession;
  readonly #settings: TelephonyCallSettings;
  readonly #sequence = new SequenceWindow();
  #early: ((tracks: TelephonyTracks) => void)[] = [];
  #started: Start | undefined;
  #tracks: TelephonyTracks | undefined;
  /** The platform's last message; what was sent before it may still be on its way. */
  #stop: { order: number | undefined; dueMs: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(session: SocketSession, settings: TelephonyCallSettings) {
    this.#session = session;
    this.#settings = settings;
  }

  /** Whether the platform said that the call is over. */
  get hasStopped(): boolean {
    return this.#stop !== undefined;
  }

  text(text: string): void {
    const nowMs = steadyNowMs();
    this.#session.touch(nowMs);
    const message = telephonyMessage(text);
    if (!message) {
      this.#session.refuse('malformed', 'a message is no JSON object of the kind the platforms send');
      return;
    }
    if (message.order !== undefined && !this.#session.isFirst(this.#sequence, message.order)) return;
    this.#receive(message, nowMs);
    this.#drain(nowMs);
  }

  /** Bare audio, as Vonage sends it. */
  binary(bytes: Uint8Array): void {
    const nowMs = steadyNowMs();
    this.#session.touch(nowMs);
    this.#whenStarted((tracks) => tracks.bare(bytes, nowMs), bytes.length);
  }

  /** Nothing more comes. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#early = [];
    this.#tracks?.flush();
    this.start.never(this.#session.label);
  }

  #receive(message: TelephonyMessage, nowMs: number): void {
    const session = this.#session;
    const streamId = this.#started?.streamId;
    if (message.streamId !== undefined && streamId !== undefined && message.streamId !== streamId) {
      session.refuse('unknown', 'a message is of another stream');
      return;
    }
    const atMs = this.#tracks?.endMs ?? 0;
    switch (message.kind) {
      case 'start':
        this.#begin(message);
        return;
      case 'media':
        this.#whenStarted((tracks) => tracks.media(message, nowMs), message.payload.length);
        return;
      case 'dtmf':
        session.report({ type: 'dtmf', digit: message.digit, startMs: atMs, durationMs: message.durationMs });
        return;
      case 'mark': {
        const { state, name } = message;
        session.report({ type: 'mark', state, atMs, ...(name !== undefined && { name }) });
        return;
      }
      case 'error':
        session.diagnose('PEER_ERROR', `the platform reports an error: ${message.text}`);
        return;
      case 'stop':
        this.#stop = { order: message.order, dueMs: nowMs + this.#settings.reorderMs };
        return;
      case 'unknown':
        session.refuse('unknown', `a message says the event ${JSON.stringify(message.name)}, which no dialect has`);
        return;
      default:
    }
  }

  #begin(message: Start): void {
    const session = this.#session;
    if (this.#started) {
      session.refuse('malformed', 'the call was described a second time');
      return;
    }
    this.#started = message;
    const { dialect, callId, streamId, tracks, parameters, encoding, sampleRate, channels } = message;
    const { byteOrder } = this.#settings;
    // What Plivo sends when it is told nothing else, and all others.
    const usual = dialect === 'plivo' ? 'audio/x-l16' : 'audio/x-mulaw';
    const format =
      encoding === undefined
        ? (this.#settings.format ?? mediaFormat(usual, { byteOrder }))
        : mediaFormat(encoding, { sampleRate, channels, byteOrder });
    this.start.tell({ dialect, callId, streamId, format, tracks, parameters });
    session.report({ type: 'socket', state: 'started' });
    if (!format) {
      const what = JSON.stringify(encoding?.slice(0, 60));
      const advice = 'let it send mu-law, A-law or linear 16-bit audio';
      session.fail(new DecodeError('UNSUPPORTED_FORMAT', `${session.label}: the platform sends ${what}; ${advice}`));
      return;
    }
    const codec = codecName(format.encoding);
    const { sampleRate: rate, channels: count } = format;
    session.report({ type: 'format', container: dialect, codec, sampleRate: rate, channels: count, decoder: 'in-process' });
    const made = new TelephonyTracks(session, this.#sequence, { ...this.#settings, dialect, format });
    this.#tracks = made;
    const early = this.#early;
    this.#early = [];
    for (const take of early) take(made);
  }

  /** Audio can't be read before its format is known: it waits, within bounds. */
  #whenStarted(take: (tracks: TelephonyTracks) => void, bytes: number): void {
    if (this.#tracks) take(this.#tracks);
    else if (this.#early.length < MAX_EARLY && bytes <= MAX_EARLY_BYTES) this.#early.push(take);
    else this.#session.refuse('malformed', 'audio came before the message that says what it is');
  }

  #drain(nowMs: number): void {
    if (this.#session.isOver) return;
    let dueMs = this.#tracks?.drain(nowMs) ?? Number.POSITIVE_INFINITY;
    // Audio that is emitted can make who hears it leave.
    if (this.#session.isOver) return;
    if (this.#stop) {
      const { order, dueMs: stopDueMs } = this.#stop;
      if (order === undefined || this.#sequence.isSettled(order) || nowMs >= stopDueMs) {
        this.#session.end('stop');
        return;
      }
      dueMs = Math.min(dueMs, stopDueMs);
    }
    if (dueMs === this.#timerDueMs) return;
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const fire = () => {
      this.#timerDueMs = Number.POSITIVE_INFINITY;
      this.#drain(Math.max(dueMs, steadyNowMs()));
    };
    this.#timer = setTimeout(fire, Math.max(1, Math.ceil(dueMs - nowMs)));
  }
}
