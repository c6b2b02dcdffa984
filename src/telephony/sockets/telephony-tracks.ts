import { deinterleave, sampleBytes } from '../../audio/sample-format/index.js';
import { type ArrivalGapLimits, ArrivalTrack } from './arrival-track.js';
import type { MediaFormat } from './media-format.js';
import type { ReceivedLeg } from './received-leg.js';
import { ReorderTrack } from './reorder-track.js';
import { SequenceWindow } from './sequence-window.js';
import type { SocketSession } from './socket-session.js';
import type { TelephonyDialect, TelephonyMessage, TelephonyTrack } from './telephony-message.js';

/** What is known of a call's audio once it has begun. */
export interface TelephonyTracksSettings {
  readonly legs: Readonly<Record<TelephonyTrack, ReceivedLeg>>;
  readonly dialect: TelephonyDialect;
  readonly format: MediaFormat;
  readonly reorderMs: number;
  readonly arrivalGaps: ArrivalGapLimits;
}

type Media = Extract<TelephonyMessage, { kind: 'media' }>;

/** Times above this are no times since the start of a stream, but of a clock. */
const WALL_CLOCK_MS = 86_400_000;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** The audio of a call's tracks: decoded, put in order and in place. */
export class TelephonyTracks {
  readonly #session: SocketSession;
  readonly #sequence: SequenceWindow;
  readonly #settings: TelephonyTracksSettings;
  /** Of dialects whose messages have no common order. */
  readonly #chunks: Record<TelephonyTrack, SequenceWindow> = { inbound: new SequenceWindow(), outbound: new SequenceWindow() };
  readonly #tracks = new Map<TelephonyTrack, ReorderTrack>();
  #arrival: ArrivalTrack | undefined;
  /** Where the platform's times begin. */
  #originMs: number | undefined;
  /** Some count from 0, others from 1. */
  #firstChunk: number | undefined;

  /** @param sequence The order of all messages of the socket. */
  constructor(session: SocketSession, sequence: SequenceWindow, settings: TelephonyTracksSettings) {
    this.#session = session;
    this.#sequence = sequence;
    this.#settings = settings;
  }

  /** Where the call's audio goes on, in milliseconds. */
  get endMs(): number {
    const tracks = [...this.#tracks.values()].map(({ timeline }) => timeline.endMs);
    return Math.max(0, ...tracks, this.#arrival?.timeline.endMs ?? 0);
  }

  /** Takes audio that came as text. */
  media(message: Media, arrivedAtMs: number): void {
    const { track, payload, chunk } = message;
    const { format } = this.#settings;
    const session = this.#session;
    if (this.#isBare) {
      session.refuse('malformed', 'audio as text, where vonage sends it as binary messages');
      return;
    }
    if (track === undefined) {
      session.refuse('unknown', 'audio is of neither the inbound nor the outbound track');
      return;
    }
    const sequence = message.order === undefined ? this.#chunks[track] : this.#sequence;
    if (message.order === undefined && chunk !== undefined && !session.isFirst(sequence, chunk)) return;
    if (!BASE64.test(payload) || payload.replaceAll('=', '').length % 4 === 1) {
      session.refuse('undecodable', 'the payload of a message is no base64');
      return;
    }
    const data = this.#decode(Buffer.from(payload, 'base64'));
    if (!data) return;
    const length = data[0]!.length;
    const atMs = this.#placeMs(message, (length / format.sampleRate) * 1000);
    this.#track(track, sequence).push({ data, length, order: message.order ?? chunk, atMs, arrivedAtMs });
  }

  /** Takes audio that came as bytes, without a time. */
  bare(bytes: Uint8Array, arrivedAtMs: number): void {
    const { dialect, legs, format, arrivalGaps } = this.#settings;
    if (!this.#isBare) {
      this.#session.refuse('malformed', `a binary message, where ${dialect} sends text only`);
      return;
    }
    const data = this.#decode(bytes);
    if (!data) return;
    const label = `${this.#session.label}:inbound`;
    this.#arrival ??= new ArrivalTrack(this.#session.timeline(legs.inbound, label, format), arrivalGaps);
    this.#arrival.push(data, arrivedAtMs);
  }

  /** Emits what is in order or has waited long enough; returns when the next is due, in milliseconds since the Unix epoch. */
  drain(nowMs: number): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const track of this.#tracks.values()) {
      track.drain(nowMs);
      dueMs = Math.min(dueMs, track.dueMs ?? dueMs);
    }
    return dueMs;
  }

  /** Nothing more comes. */
  flush(): void {
    for (const track of this.#tracks.values()) track.flush();
    this.#arrival?.settle();
  }

  /** Whether audio comes as binary messages: one way only, for one track has one timeline. */
  get #isBare(): boolean {
    return this.#settings.dialect === 'vonage';
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

  #decode(bytes: Uint8Array): Float32Array[] | undefined {
    const { encoding, channels } = this.#settings.format;
    const { channels: data } = deinterleave(bytes, encoding, channels);
    if (bytes.length === 0 || bytes.length % (sampleBytes(encoding) * channels) !== 0) {
      this.#session.refuse('undecodable', 'audio ends amid a sample, or is empty');
    }
    if (data[0]!.length === 0) return undefined;
    this.#session.counters.audioMessages += 1;
    return data;
  }

  #track(track: TelephonyTrack, sequence: SequenceWindow): ReorderTrack {
    const known = this.#tracks.get(track);
    if (known) return known;
    const { legs, format, reorderMs } = this.#settings;
    const { counters, label } = this.#session;
    const timeline = this.#session.timeline(legs[track], `${label}:${track}`, format);
    const settings = { reorderMs, isWallClock: (this.#originMs ?? 0) > 0 };
    const made = new ReorderTrack(timeline, sequence, settings, {
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
    });
    this.#tracks.set(track, made);
    return made;
  }
}
