import type { RtpEvent, StreamEvent } from '../events/index.js';
import { datagramKind } from './datagram-kind.js';
import { epochOrigin, firstSent, isSpokenPace } from './epoch-origin.js';
import type { JitterBufferSettings } from './jitter-buffer.js';
import { LatePackets } from './late-packets.js';
import { loadPayloadDecoder, type PayloadDecoder } from './payload-decoder.js';
import { ReceptionCounters, type RtpStatistics } from './reception-statistics.js';
import { readRtcp } from './rtcp.js';
import { isAudio, type RtpCodec } from './rtp-codec.js';
import { type ReceivedAudio, RtpEpoch, type RtpEpochOutput } from './rtp-epoch.js';
import { RtpHeader } from './rtp-header.js';
import { type SenderCandidate, SenderCandidates } from './sender-candidates.js';
import { StallWatch } from './stall-watch.js';

/** Packets in a row that confirm the first sender, and those that confirm a change. */
const FIRST_CONFIRMATION = 2;
const CHANGE_CONFIRMATION = 3;
/** A BYE overtakes packets on their way; what comes within this time beyond the playout delay is still heard. */
const BYE_GRACE_MS = 100;

/** What a {@link RtpReceiver} is made of; options are checked by who takes them. */
export interface RtpReceiverOptions {
  /** Name of the leg in events and messages. */
  label: string;
  codecs: readonly RtpCodec[];
  /** The only sender that is heard; undefined: the first that is confirmed. */
  sender: { address: string; port?: number | undefined } | undefined;
  jitter: Omit<JitterBufferSettings, 'clockRate'>;
  /** How long nothing may come before the event `stalled`, in milliseconds: before the first packet, and later. */
  stall: { firstMs: number; laterMs: number };
}

/** Where a receiver puts what it makes, while it is called. */
export interface RtpReceiverOutput {
  audio(chunk: ReceivedAudio): void;
  /** Where the audio that comes next goes. Default: memory of its own. */
  planes?: RtpEpochOutput['planes'];
  event(event: StreamEvent): void;
  /** The sender said BYE and what it had sent is out; nothing follows. */
  end(): void;
}

/**
 * One leg of RTP: datagrams in, placed audio and events out. Pure and synchronous: time is what it is told.
 *
 * It hears one sender, the first of whom two packets follow each other. A new SSRC from there, and a jump of numbers or times that three
 * packets confirm, begin a new epoch: another `SourceId`, because samples of two encoders or clocks are not one run, on a timeline that goes
 * on. Its place there is where its packets arrive beside those before; within half a second by whole packets, without seam.
 */
export class RtpReceiver {
  readonly #options: RtpReceiverOptions;
  readonly #output: RtpReceiverOutput;
  readonly #decoders: ReadonlyMap<number, PayloadDecoder>;
  readonly #codecs: (RtpCodec | undefined)[] = new Array<RtpCodec | undefined>(128).fill(undefined);
  readonly #counters = new ReceptionCounters();
  readonly #candidates = new SenderCandidates();
  readonly #header = new RtpHeader();
  readonly #late: LatePackets;
  #epoch: RtpEpoch | undefined;
  #sender: { address: string; port: number } | undefined;
  #format = '';
  readonly #stall: StallWatch;
  #ended = false;

  private constructor(options: RtpReceiverOptions, output: RtpReceiverOutput, decoders: ReadonlyMap<number, PayloadDecoder>) {
    this.#options = options;
    this.#output = output;
    this.#decoders = decoders;
    this.#late = new LatePackets(options.label, options.jitter.targetMs);
    for (const codec of options.codecs) this.#codecs[codec.payloadType] = codec;
    this.#stall = new StallWatch(options.stall, {
      stalled: (quietMs) => this.#report({ state: 'stalled', quietMs }),
      resumed: (quietMs) => this.#report({ state: 'resumed', quietMs }),
    });
  }

  /**
   * Loads the decoders of all codecs and makes a receiver.
   *
   * @throws (as rejection) DecodeError `DECODER_UNAVAILABLE` when the Opus decoder can't be loaded.
   */
  static async load(options: RtpReceiverOptions, output: RtpReceiverOutput): Promise<RtpReceiver> {
    const decoders = new Map<number, PayloadDecoder>();
    for (const codec of options.codecs) {
      if (isAudio(codec)) decoders.set(codec.payloadType, await loadPayloadDecoder(codec));
    }
    return new RtpReceiver(options, output, decoders);
  }

  /** What was counted so far. */
  get statistics(): RtpStatistics {
    return this.#counters.snapshot(this.#epoch?.lost ?? 0, this.#epoch?.jitterMs ?? 0, this.#epoch?.driftPpm);
  }

  /** When {@link advance} has something to do at the earliest, unless something comes before, on the clock that is passed in. */
  get dueMs(): number {
    if (this.#ended) return Number.POSITIVE_INFINITY;
    const dueMs = Math.min(this.#stall.dueMs, this.#epoch?.dueMs ?? Infinity);
    const byeMs = this.#epoch?.byeMs;
    return byeMs === undefined ? dueMs : Math.min(dueMs, byeMs + this.#byeDelayMs);
  }

  /** Audio that waits to be put in order, in milliseconds. */
  get waitingMs(): number {
    return this.#epoch?.waitingMs ?? 0;
  }

  /**
   * Takes a datagram from the RTP port. Its bytes are kept until they are decoded, so they must not change.
   *
   * @param nowMs Milliseconds since the Unix epoch of a clock that never goes back.
   */
  receive(data: Uint8Array, nowMs: number, address: string, port: number): void {
    if (this.#ended) return;
    const kind = datagramKind(data);
    if (kind === 'rtcp') this.receiveRtcp(data, nowMs, address);
    else if (kind === 'stun') this.#counters.stun += 1;
    else if (kind === 'dtls') this.#counters.dtls += 1;
    else if (kind === 'unknown' || !this.#header.read(data)) this.#counters.malformed += 1;
    else if (!this.#isHeard(address, port)) this.#counters.strangers += 1;
    else this.#receiveRtp(data.subarray(this.#header.payloadStart, this.#header.payloadEnd), nowMs, address, port);
  }

  /** Takes a datagram from the RTCP port. */
  receiveRtcp(data: Uint8Array, nowMs: number, address: string): void {
    if (this.#ended) return;
    const isRtcp = datagramKind(data) === 'rtcp';
    if (!isRtcp || !this.#isHeard(address, undefined)) {
      this.#counters[isRtcp ? 'strangers' : 'malformed'] += 1;
      return;
    }
    this.#counters.rtcp += 1;
    const isWhole = readRtcp(data, {
      senderReport: (ssrc, wallMs, timestamp) => {
        if (ssrc === this.#epoch?.ssrc) this.#epoch.senderReport(wallMs, timestamp);
      },
      bye: (ssrc) => {
        if (ssrc === this.#epoch?.ssrc) this.#epoch.bye(nowMs);
      },
    });
    if (!isWhole) this.#counters.malformed += 1;
  }

  /** Outputs what is due; see {@link dueMs}. */
  advance(nowMs: number): void {
    if (this.#ended) return;
    this.#epoch?.drain(nowMs);
    const byeMs = this.#epoch?.byeMs;
    if (byeMs !== undefined && nowMs >= byeMs + this.#byeDelayMs) {
      this.end();
      this.#output.end();
      return;
    }
    this.#stall.look(nowMs);
  }

  /** Outputs everything that waits; what comes later is ignored. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#epoch?.finish();
  }

  /** Gives the decoders' memory back. */
  free(): void {
    this.#ended = true;
    for (const decoder of this.#decoders.values()) decoder.free();
  }

  #receiveRtp(payload: Uint8Array, nowMs: number, address: string, port: number): void {
    const header = this.#header;
    const codec = this.#codecs[header.payloadType];
    const hasAudio = codec !== undefined && isAudio(codec);
    if (!codec) this.#counters.unknownPayloadType += 1;
    const epoch = this.#epoch;
    const isCurrent = epoch?.ssrc === header.ssrc;
    let needed = epoch ? CHANGE_CONFIRMATION : FIRST_CONFIRMATION;
    if (epoch && isCurrent && (!hasAudio || codec.clockRate === epoch.clockRate)) {
      const distance = epoch.distance(header, hasAudio, nowMs);
      if (distance !== 'far') {
        this.#stall.note(nowMs);
        const isInTime = epoch.receive(header, payload, codec, nowMs);
        if (!isInTime) this.#noteLate(epoch.behindMs);
        if (isInTime || distance === 'near') {
          if (hasAudio) this.#candidates.clear();
          return;
        }
        needed += 2;
      }
    }
    const begins = hasAudio || (codec?.name === 'CN' && this.#audioCodec(codec.clockRate) !== undefined);
    if (!begins || payload.length === 0) {
      if (codec && !isCurrent) this.#counters.strangers += 1;
      else if (codec && payload.length === 0) this.#counters.malformed += 1;
      return;
    }
    const isLate = needed > CHANGE_CONFIRMATION;
    const { clockRate } = codec;
    const packet = { header: Object.assign(new RtpHeader(), header), payload, codec, arrivalMs: nowMs };
    const confirmed = this.#candidates.add({ address, port, ssrc: header.ssrc, clockRate }, packet, needed);
    if (!confirmed) {
      if (epoch && !isCurrent) this.#counters.strangers += 1;
      return;
    }
    // A burst after a stall of the network comes faster than it was spoken, and belongs where its timestamps say.
    if (isLate && !isSpokenPace(confirmed)) {
      confirmed.packets.shift();
      return;
    }
    if (epoch && !isCurrent) this.#counters.strangers -= confirmed.packets.length - 1;
    if (isLate) {
      // Those before it stay late: their place was filled. It begins what is new, and is counted there.
      confirmed.packets.splice(0, confirmed.packets.length - 1);
      this.#counters.late -= 1;
      this.#counters.received -= 1;
    }
    this.#begin(confirmed);
  }

  #begin(sender: SenderCandidate): void {
    const { address, port, ssrc, packets } = sender;
    const { label, jitter } = this.#options;
    const first = firstSent(packets);
    const codec = isAudio(first.codec) ? first.codec : this.#audioCodec(sender.clockRate)!;
    const before = this.#epoch;
    before?.finish();
    this.#candidates.clear();
    this.#sender = { address, port };
    this.#counters.epochs += 1;
    const atMs = before?.endMs ?? 0;
    this.#report({ state: before ? 'changed' : 'started', address, port, ssrc, atMs });
    if (before) this.#counters.lostBefore += before.lost;
    const origin = before && epochOrigin(before, sender, first, this.#decoders.get(codec.payloadType)!);
    const epoch = new RtpEpoch(
      {
        ssrc,
        codec,
        source: { label },
        decoders: this.#decoders,
        jitter,
        counters: this.#counters,
        ...(origin && { origin }),
      },
      {
        audio: (chunk) => this.#output.audio(chunk),
        planes: () => this.#output.planes?.(),
        dtmf: (digit, startMs, durationMs) =>
          this.#output.event({ type: 'dtmf', digit, startMs, durationMs, stream: this.#options.label }),
        codec: (found, decoder) => this.#reportFormat(found, decoder),
      },
    );
    this.#epoch = epoch;
    for (const packet of packets) {
      this.#stall.note(packet.arrivalMs);
      epoch.receive(packet.header, packet.payload, packet.codec, packet.arrivalMs);
    }
  }

  /** The codec to expect where comfort noise comes first. */
  #audioCodec(clockRate: number): RtpCodec | undefined {
    return this.#options.codecs.find((codec) => isAudio(codec) && codec.clockRate === clockRate);
  }

  #isHeard(address: string, port: number | undefined): boolean {
    const sender = this.#options.sender ?? this.#sender;
    if (!sender) return true;
    if (sender.address !== address) return false;
    return port === undefined || sender.port === undefined || sender.port === port;
  }

  get #byeDelayMs(): number {
    return this.#options.jitter.targetMs + BYE_GRACE_MS;
  }

  #noteLate(behindMs: number): void {
    const message = this.#late.note(this.#counters.received, behindMs);
    if (message) this.#output.event({ type: 'diagnostic', code: 'LATE_PACKETS', message, stream: this.#options.label });
  }

  #report(step: Omit<RtpEvent, 'type' | 'stream'>): void {
    this.#output.event({ type: 'rtp', ...step, stream: this.#options.label });
  }

  #reportFormat({ name, channels }: RtpCodec, { sampleRate }: PayloadDecoder): void {
    const codec = name.toLowerCase();
    const format = `${codec}/${sampleRate}/${channels}`;
    if (format === this.#format) return;
    this.#format = format;
    this.#output.event({
      type: 'format',
      container: 'rtp',
      codec,
      sampleRate,
      channels,
      decoder: 'in-process',
      stream: this.#options.label,
    });
  }
}
