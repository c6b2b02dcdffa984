import { codecName, deinterleave, sampleBytes } from '../../audio/sample-format/index.js';
import { DecodeError } from '../../errors/index.js';
import { steadyNowMs } from '../playout-ticker.js';
import { Announcement } from './announcement.js';
import { type ArrivalGapLimits, ArrivalTrack } from './arrival-track.js';
import { type MediaFormat, mediaFormat } from './media-format.js';
import type { ReceivedLeg } from './received-leg.js';
import { ReorderTrack } from './reorder-track.js';
import { SequenceWindow } from './sequence-window.js';
import type { SocketSession } from './socket-session.js';
import { type TelephonyDialect, type TelephonyMessage, type TelephonyTrack, telephonyMessage } from './telephony-message.js';

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
  readonly reorderMs: number;
  readonly byteOrder: 'le' | 'be';
  /** Of the audio, where the platform doesn't say. */
  readonly format: MediaFormat | undefined;
  readonly arrivalGaps: ArrivalGapLimits;
}

type Media = Extract<TelephonyMessage, { kind: 'media' }>;

/** Messages that came before the one that says what they are. */
const MAX_EARLY = 256;
/** Times above this are no times since the start of a stream, but of a clock. */
const WALL_CLOCK_MS = 86_400_000;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** One call on a socket: understands its messages, and puts the audio of its tracks in order and in place. */
export class TelephonyCall {
  readonly start = new Announcement<TelephonyStart>();
  readonly #session: SocketSession;
  readonly #legs: Readonly<Record<TelephonyTrack, ReceivedLeg>>;
  readonly #settings: TelephonyCallSettings;
  readonly #sequence = new SequenceWindow();
  /** Of dialects whose messages have no common order. */
  readonly #chunks: Record<TelephonyTrack, SequenceWindow> = { inbound: new SequenceWindow(), outbound: new SequenceWindow() };
  readonly #tracks = new Map<TelephonyTrack, ReorderTrack>();
  #arrival: ArrivalTrack | undefined;
  #early: (() => void)[] = [];
  #started: Extract<TelephonyMessage, { kind: 'start' }> | undefined;
  #format: MediaFormat | undefined;
  /** Where the platform's times begin. */
  #originMs: number | undefined;
  /** Some count from 0, others from 1. */
  #firstChunk: number | undefined;
  /** The platform's last message; what was sent before it may still be on its way. */
  #stop: { order: number | undefined; dueMs: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(session: SocketSession, legs: Readonly<Record<TelephonyTrack, ReceivedLeg>>, settings: TelephonyCallSettings) {
    this.#session = session;
    this.#legs = legs;
    this.#settings = settings;
  }

  text(text: string): void {
    const nowMs = steadyNowMs();
    this.#session.touch(nowMs);
    const message = telephonyMessage(text);
    if (!message) {
      this.#session.refuse('malformed', 'a message is no JSON object of the kind the platforms send');
      return;
    }
    if (message.order !== undefined && !this.#isFirst(this.#sequence, message.order)) return;
    this.#receive(message, nowMs);
    this.#drain(nowMs);
  }

  /** Bare audio, as Vonage sends it. */
  binary(bytes: Uint8Array): void {
    const nowMs = steadyNowMs();
    this.#session.touch(nowMs);
    if (this.#started && this.#started.dialect !== 'vonage') {
      this.#session.refuse('malformed', `a binary message, where ${this.#started.dialect} sends text only`);
    } else this.#whenStarted(() => this.#bare(bytes, nowMs), bytes.length);
  }

  /** Whether the platform said that the call is over. */
  get hasStopped(): boolean {
    return this.#stop !== undefined;
  }

  /** Nothing more comes. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#early = [];
    for (const track of this.#tracks.values()) track.flush();
    this.#arrival?.settle();
    this.start.never(this.#session.label);
  }

  #receive(message: TelephonyMessage, nowMs: number): void {
    const session = this.#session;
    if (message.streamId !== undefined && this.#started?.streamId !== undefined && message.streamId !== this.#started.streamId) {
      session.refuse('unknown', 'a message is of another stream');
      return;
    }
    switch (message.kind) {
      case 'start':
        this.#begin(message);
        return;
      case 'media':
        this.#whenStarted(() => this.#media(message, nowMs), message.payload.length);
        return;
      case 'dtmf': {
        const { digit, durationMs } = message;
        session.report({ type: 'dtmf', digit, startMs: this.#endMs, durationMs });
        return;
      }
      case 'mark':
        session.report({
          type: 'mark',
          state: message.state,
          atMs: this.#endMs,
          ...(message.name !== undefined && { name: message.name }),
        });
        return;
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

  #begin(message: Extract<TelephonyMessage, { kind: 'start' }>): void {
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
    this.#format = format;
    this.start.tell({ dialect, callId, streamId, format, tracks, parameters });
    session.report({ type: 'socket', state: 'started' });
    if (!format) {
      const what = JSON.stringify(encoding?.slice(0, 60));
      session.fail(
        new DecodeError(
          'UNSUPPORTED_FORMAT',
          `${session.label}: the platform sends ${what}; let it send mu-law, A-law or linear 16-bit audio`,
        ),
      );
      return;
    }
    session.report({
      type: 'format',
      container: dialect,
      codec: codecName(format.encoding),
      sampleRate: format.sampleRate,
      channels: format.channels,
      decoder: 'in-process',
    });
    const early = this.#early;
    this.#early = [];
    for (const take of early) if (!session.isOver) take();
  }

  /** Audio can't be read before its format is known: it waits, within bounds. */
  #whenStarted(take: () => void, bytes: number): void {
    if (this.#started) take();
    else if (this.#early.length < MAX_EARLY && bytes <= 65_536) this.#early.push(take);
    else this.#session.refuse('malformed', 'audio came before the message that says what it is');
  }

  #media(message: Media, arrivedAtMs: number): void {
    const { track, payload, chunk } = message;
    const format = this.#format!;
    if (track === undefined) {
      this.#session.refuse('unknown', 'audio is of neither the inbound nor the outbound track');
      return;
    }
    const order = message.order ?? chunk;
    const sequence = message.order === undefined ? this.#chunks[track] : this.#sequence;
    if (message.order === undefined && chunk !== undefined && !this.#isFirst(sequence, chunk)) return;
    if (!BASE64.test(payload) || payload.replaceAll('=', '').length % 4 === 1) {
      this.#session.refuse('undecodable', 'the payload of a message is no base64');
      return;
    }
    const data = this.#decode(Buffer.from(payload, 'base64'), format);
    if (!data) return;
    const length = data[0]!.length;
    const lengthMs = (length / format.sampleRate) * 1000;
    const atMs = this.#placeMs(message, lengthMs);
    this.#track(track, sequence, format).push({ data, length, order, atMs, arrivedAtMs });
  }

  /** Where audio begins, by its message; undefined where that says nothing. */
  #placeMs({ timestampMs, chunk }: Media, lengthMs: number): number | undefined {
    if (timestampMs !== undefined) {
      this.#originMs ??= timestampMs > WALL_CLOCK_MS ? timestampMs : 0;
      return Math.max(0, timestampMs - this.#originMs);
    }
    if (chunk === undefined) return undefined;
    this.#firstChunk ??= Math.min(chunk, 1);
    return Math.max(0, chunk - this.#firstChunk) * lengthMs;
  }

  #bare(bytes: Uint8Array, arrivedAtMs: number): void {
    const format = this.#format!;
    const data = this.#decode(bytes, format);
    if (!data) return;
    this.#arrival ??= new ArrivalTrack(
      this.#session.timeline(this.#legs.inbound, `${this.#session.label}:inbound`, format),
      this.#settings.arrivalGaps,
    );
    this.#arrival.push(data, arrivedAtMs);
  }

  #decode(bytes: Uint8Array, { encoding, channels }: MediaFormat): Float32Array[] | undefined {
    const { channels: data } = deinterleave(bytes, encoding, channels);
    if (bytes.length === 0 || bytes.length % (sampleBytes(encoding) * channels) !== 0) {
      this.#session.refuse('undecodable', 'audio ends amid a sample, or is empty');
    }
    if (data[0]!.length === 0) return undefined;
    this.#session.counters.audioMessages += 1;
    return data;
  }

  #track(track: TelephonyTrack, sequence: SequenceWindow, format: MediaFormat): ReorderTrack {
    let known = this.#tracks.get(track);
    if (!known) {
      const { counters } = this.#session;
      const timeline = this.#session.timeline(this.#legs[track], `${this.#session.label}:${track}`, format);
      const { reorderMs } = this.#settings;
      known = new ReorderTrack(
        timeline,
        sequence,
        { reorderMs, isWallClock: (this.#originMs ?? 0) > 0 },
        {
          late: () => {
            counters.late += 1;
            counters.audioMessages -= 1;
          },
          impossible: () => {
            counters.audioMessages -= 1;
            this.#session.refuse('malformed', 'audio says a time more than a day ahead');
          },
          restarted: () =>
            this.#session.diagnose('UNEXPECTED_MESSAGE', `the times of the ${track} track went back; its timeline goes on`),
        },
      );
      this.#tracks.set(track, known);
    }
    return known;
  }

  #isFirst(sequence: SequenceWindow, order: number): boolean {
    const standing = sequence.add(order);
    if (standing === 'duplicate') this.#session.counters.duplicate += 1;
    if (standing === 'reordered') this.#session.counters.reordered += 1;
    return standing !== 'duplicate';
  }

  #drain(nowMs: number): void {
    let dueMs = Number.POSITIVE_INFINITY;
    if (this.#session.isOver) return;
    for (const track of this.#tracks.values()) {
      track.drain(nowMs);
      dueMs = Math.min(dueMs, track.dueMs ?? dueMs);
    }
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
    this.#timer = setTimeout(
      () => {
        this.#timerDueMs = Number.POSITIVE_INFINITY;
        this.#drain(Math.max(dueMs, steadyNowMs()));
      },
      Math.max(1, Math.ceil(dueMs - nowMs)),
    );
  }

  /** Where the call's audio goes on, in milliseconds. */
  get #endMs(): number {
    const tracks = [...this.#tracks.values()].map(({ timeline }) => timeline.endMs);
    return Math.max(0, ...tracks, this.#arrival?.timeline.endMs ?? 0);
  }
}
