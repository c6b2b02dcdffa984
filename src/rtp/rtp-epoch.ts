import type { AudioChunk, ChunkTiming, Pcm, SourceId } from '../audio/index.js';
import type { PlaneAllocator } from '../audio/sample-format/index.js';
import { DtmfDetector, type DtmfTone } from './dtmf-detector.js';
import { type EpochOrigin, EpochTimeline } from './epoch-timeline.js';
import { type BufferedPacket, JitterBuffer, type JitterBufferOutput, type JitterBufferSettings } from './jitter-buffer.js';
import { PacketSequence } from './packet-sequence.js';
import type { PayloadDecoder } from './payload-decoder.js';
import type { ReceptionCounters } from './reception-statistics.js';
import type { RtpCodec } from './rtp-codec.js';
import type { RtpHeader } from './rtp-header.js';
import { unwrapTimestamp } from './unwrap.js';

/** Transit that is shorter by more than this is a jump of timestamps. */
const MAX_EARLY_MS = 2000;
/** Transit that is longer by more than this may be one: Asterisk's default for resynchronisation. */
const MAX_LATE_MS = 1000;
/** This many packets in order that all come late mean that the way has become longer. */
const LATE_RUN = 5;
/** A gap of silence comes in pieces of at most this length. */
const MAX_PIECE_MS = 250;

/** Audio as it leaves a receiver; the flow is added by who buffers it. */
export type ReceivedAudio = Omit<AudioChunk<Pcm<'float32'>>, 'flow'>;

/** Where an epoch puts what it makes. */
export interface RtpEpochOutput {
  audio(chunk: ReceivedAudio): void;
  /** Where the audio that comes next goes; undefined for memory of its own. */
  planes(): PlaneAllocator | undefined;
  dtmf(digit: string, atMs: number, durationMs: number): void;
  /** The first audio of a codec. */
  codec(codec: RtpCodec, decoder: PayloadDecoder): void;
}

/** What an epoch is made of. */
export interface RtpEpochOptions {
  ssrc: number;
  /** Of the first packet; another one may follow on the same clock. */
  codec: RtpCodec;
  source: SourceId;
  decoders: ReadonlyMap<number, PayloadDecoder>;
  jitter: Omit<JitterBufferSettings, 'clockRate'>;
  counters: ReceptionCounters;
  /** Where it goes on: a place on the leg's timeline and the timestamp (32 bits) that is there; none for the first epoch. */
  origin?: EpochOrigin;
}

/** How far a packet lies from where the stream is. */
export type Distance = 'near' | 'late' | 'far';

/**
 * An uninterrupted stream of one SSRC on one clock: continues its numbers beyond their wraps, orders and decodes its packets, and places
 * them on the leg's timeline by their timestamps.
 */
export class RtpEpoch implements JitterBufferOutput {
  readonly ssrc: number;
  readonly clockRate: number;
  /** When the sender said BYE; undefined before. */
  byeMs: number | undefined;
  /** How far behind the quickest packets the last one that was too late came, in milliseconds. */
  behindMs = 0;
  readonly #options: RtpEpochOptions;
  readonly #output: RtpEpochOutput;
  readonly #counters: ReceptionCounters;
  readonly #buffer: JitterBuffer;
  readonly #sequence: PacketSequence;
  readonly #dtmf: DtmfDetector;
  readonly #timeline: EpochTimeline;
  #timestamp = Number.NaN;
  #lateRun = 0;
  #lateTransitMs = Number.POSITIVE_INFINITY;
  #packetMs = 0;
  #codec: RtpCodec | undefined;
  #decoder: PayloadDecoder;
  #channels: number;
  #eventClockRate: number;
  #nowMs = 0;

  constructor(options: RtpEpochOptions, output: RtpEpochOutput) {
    const { ssrc, codec, decoders, origin, jitter, counters } = options;
    const { clockRate } = codec;
    this.ssrc = ssrc;
    this.clockRate = clockRate;
    this.#channels = codec.channels;
    this.#decoder = decoders.get(codec.payloadType)!;
    this.#options = options;
    this.#output = output;
    this.#counters = counters;
    this.#sequence = new PacketSequence(counters);
    this.#eventClockRate = clockRate;
    this.#timeline = new EpochTimeline(clockRate, origin);
    if (origin) this.#timestamp = origin.timestamp;
    this.#buffer = new JitterBuffer({ ...jitter, clockRate }, this, origin?.timestamp);
    this.#dtmf = new DtmfDetector((tone) => this.#reportTone(tone));
  }

  /** Packets that never came. */
  get lost(): number {
    return this.#sequence.lost;
  }

  /** See `RtpStatistics`. */
  get driftPpm(): number | undefined {
    return this.#buffer.clock.driftPpm;
  }

  /** See `RtpStatistics`. */
  get jitterMs(): number {
    return this.#buffer.clock.jitterMs;
  }

  /** Audio that waits, in milliseconds. */
  get waitingMs(): number {
    return this.#buffer.waitingMs;
  }

  /** When something is due at the earliest unless a packet comes before. */
  get dueMs(): number {
    return this.#buffer.dueMs;
  }

  /** Where the leg's timeline goes on, in milliseconds. */
  get endMs(): number {
    return this.#buffer.next === undefined ? 0 : this.#timeline.mediaMs(this.#buffer.next);
  }

  /** The moment of the leg's timeline of which packets usually arrive at a time. */
  mediaMsAt(arrivalMs: number): number {
    return this.#timeline.mediaMs(((arrivalMs - this.#buffer.clock.medianMs) * this.clockRate) / 1000);
  }

  /** Looks where a packet lies, without taking it. */
  distance(header: RtpHeader, isTimed: boolean, nowMs: number): Distance {
    if (this.#sequence.isFar(header.sequence)) return 'far';
    if (!isTimed || Number.isNaN(this.#sequence.highest)) return 'near';
    const timestamp = unwrapTimestamp(header.timestamp, this.#timestamp);
    const laterMs = nowMs - (timestamp / this.clockRate) * 1000 - this.#buffer.clock.transitMs;
    if (laterMs < -MAX_EARLY_MS) return 'far';
    return laterMs > MAX_LATE_MS ? 'late' : 'near';
  }

  /** Takes a packet that does not lie far; false when it was too late for its place. */
  receive(header: RtpHeader, payload: Uint8Array, codec: RtpCodec | undefined, nowMs: number): boolean {
    const sequence = this.#sequence.continue(header.sequence);
    if (!this.#sequence.add(sequence)) return true;
    const timestamp = Number.isNaN(this.#timestamp) ? header.timestamp : unwrapTimestamp(header.timestamp, this.#timestamp);
    const decoder = codec && this.#options.decoders.get(codec.payloadType);
    const duration = decoder ? decoder.duration(payload) : 0;
    if (decoder) {
      this.#timestamp = Math.max(timestamp, Number.isNaN(this.#timestamp) ? timestamp : this.#timestamp);
      this.#buffer.clock.observe((timestamp / this.clockRate) * 1000, nowMs);
      if (duration === 0) this.#counters.undecodable += 1;
    }
    const packet: BufferedPacket = { sequence, timestamp, duration, codec, payload, arrivalMs: nowMs };
    if (this.#buffer.insert(packet)) {
      this.#lateRun = 0;
      return true;
    }
    this.#counters.late += 1;
    const transitMs = nowMs - (timestamp / this.clockRate) * 1000;
    this.behindMs = transitMs - this.#buffer.clock.transitMs;
    if (codec?.name === 'telephone-event') this.#dtmf.receive(timestamp, payload);
    else if (sequence === this.#sequence.highest && decoder) this.#followLongerWay(transitMs);
    return false;
  }

  /** Takes a sender report of this SSRC. */
  senderReport(wallMs: number, timestamp: number): void {
    if (Number.isNaN(this.#timestamp)) return;
    this.#timeline.senderReport(wallMs, unwrapTimestamp(timestamp, this.#timestamp), this.#buffer.clock.transitMs);
  }

  /** Outputs what is due. */
  drain(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#buffer.drain(nowMs);
  }

  /** The sender has said BYE; what is on its way is still heard. `nowMs` is in milliseconds of the clock of arrivals. */
  bye(nowMs: number): void {
    this.byeMs ??= nowMs;
    this.#buffer.end();
  }

  /** Outputs everything that waits, at once. */
  finish(): void {
    this.#nowMs = Number.NaN;
    this.#buffer.flush();
    this.#dtmf.flush();
  }

  packet(packet: BufferedPacket, skip: number): void {
    const { codec, payload, timestamp, duration } = packet;
    if (!Number.isNaN(this.#nowMs)) {
      // Time is told in steps: it may be a little behind the arrival of what is output at once.
      const waitedMs = Math.max(0, this.#nowMs - packet.arrivalMs);
      this.#counters.playoutDelayMs += (waitedMs - this.#counters.playoutDelayMs) / 16;
    }
    if (codec?.name === 'telephone-event') {
      this.#eventClockRate = codec.clockRate;
      this.#dtmf.receive(timestamp, payload);
    }
    const decoder = codec && duration > 0 ? this.#options.decoders.get(codec.payloadType) : undefined;
    if (!decoder) return;
    if (codec !== this.#codec) this.#switchTo(codec!, decoder);
    this.#packetMs = (duration / this.clockRate) * 1000;
    const data = decoder.decode(payload, this.#output.planes());
    const expected = Math.round((duration * decoder.sampleRate) / this.clockRate);
    if (!data || data[0]!.length !== expected) {
      this.#counters.undecodable += 1;
      this.fill('concealed', timestamp + skip, duration - skip);
      return;
    }
    const skipped = Math.round((skip * decoder.sampleRate) / this.clockRate);
    this.#emit(
      skipped > 0 ? data.map((samples) => samples.slice(skipped)) : data,
      timestamp + skip,
      timestamp + duration,
      'audio',
    );
  }

  fill(kind: 'concealed' | 'silence', timestamp: number, ticks: number): void {
    const ms = (ticks / this.clockRate) * 1000;
    if (kind === 'concealed') {
      this.#counters.concealedMs += ms;
      this.#decoder.lose(ticks);
    } else {
      this.#counters.silenceMs += ms;
    }
    const { sampleRate } = this.#decoder;
    this.#timeline.begin(timestamp);
    const piece = Math.ceil((MAX_PIECE_MS * this.clockRate) / 1000);
    for (let at = timestamp; at < timestamp + ticks; at += piece) {
      const end = Math.min(at + piece, timestamp + ticks);
      const length = this.#timeline.position(end, sampleRate) - this.#timeline.position(at, sampleRate);
      if (length === 0) continue;
      const data = Array.from({ length: this.#channels }, () => new Float32Array(length));
      this.#emit(data, at, end, kind);
    }
  }

  #emit(data: readonly Float32Array[], start: number, end: number, kind: NonNullable<ChunkTiming['kind']>): void {
    const { sampleRate } = this.#decoder;
    const timeline = this.#timeline;
    timeline.begin(start);
    this.#output.audio({
      data,
      format: { encoding: 'float32', channels: data.length, sampleRate },
      length: data[0]!.length,
      timing: {
        source: this.#options.source,
        position: timeline.position(start, sampleRate),
        capturedAtMs: timeline.wallMs(end, this.#buffer.clock.transitMs, this.#packetMs),
        kind,
      },
    });
  }

  #switchTo(codec: RtpCodec, decoder: PayloadDecoder): void {
    this.#codec = codec;
    this.#channels = codec.channels;
    this.#decoder = decoder;
    decoder.reset();
    this.#output.codec(codec, decoder);
  }

  #followLongerWay(transitMs: number): void {
    if (this.#lateRun === 0) this.#lateTransitMs = transitMs;
    else this.#lateTransitMs = Math.min(this.#lateTransitMs, transitMs);
    this.#lateRun += 1;
    if (this.#lateRun < LATE_RUN) return;
    this.#lateRun = 0;
    this.#buffer.clock.restart(this.#lateTransitMs);
  }

  #reportTone({ digit, timestamp, duration }: DtmfTone): void {
    this.#output.dtmf(digit, Math.max(0, this.#timeline.mediaMs(timestamp)), (duration / this.#eventClockRate) * 1000);
  }
}
