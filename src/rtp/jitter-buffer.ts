import type { RtpCodec } from './rtp-codec.js';
import { TransitClock } from './transit-clock.js';

/** A packet on its way to the decoder; times are in ticks of the codec's clock, continued beyond their wraps. */
export interface BufferedPacket {
  readonly sequence: number;
  readonly timestamp: number;
  /** What of the timeline its audio takes; 0 for comfort noise, telephone events and packets without audio. */
  readonly duration: number;
  /** undefined for a packet that only takes a sequence number. */
  readonly codec: RtpCodec | undefined;
  readonly payload: Uint8Array;
  /** When it came, in milliseconds of the clock that is passed in. */
  readonly arrivalMs: number;
}

/** Where a {@link JitterBuffer} puts what is due, in the order of time. */
export interface JitterBufferOutput {
  /** @param skip Ticks at the packet's start whose place was taken before. */
  packet(packet: BufferedPacket, skip: number): void;
  /** Nothing came for these ticks: packets were lost or too late (`concealed`), or nothing was sent (`silence`). */
  fill(kind: 'concealed' | 'silence', timestamp: number, ticks: number): void;
}

/** Settings of a {@link JitterBuffer}. */
export interface JitterBufferSettings {
  /** Ticks per second of timestamps. */
  clockRate: number;
  /** How long a packet waits for those before it, in milliseconds. */
  targetMs: number;
  /** The most audio that waits, in milliseconds: what exceeds it goes on at once. */
  maxMs: number;
  /** The most silence that is filled in where nothing was sent, in milliseconds; the time after it is left out. */
  maxSilenceMs: number;
}

/** How long nothing must have been due before it is taken for silence: a gap between packets that came tells loss from silence. */
const UNDERRUN_MS = 100;
/** Silence that is filled in as time passes comes in pieces of this length. */
const SILENCE_PIECE_MS = 20;
/** How much earlier than computed something may be due: times since 1970 are rounded. */
const ROUNDING_MS = 1;
/** Packets without duration take no time, so that their number is bounded by itself. */
const MAX_PACKETS = 512;

/**
 * Puts packets in order and lets each go when its time has come: arrival of the fastest packets, plus the target delay.
 *
 * One clock decides: media time that is due by {@link TransitClock} is filled if nothing came for it, and where a packet lies is said by its
 * timestamp alone. A packet for time that was filled is late. Nothing is stretched or resampled: no sound card waits, so the moment of
 * output may follow the sender's clock while positions stay exact. The delay is fixed, because an adaptive one would not save what
 * it adapts to, and delay is all it could change.
 */
export class JitterBuffer {
  readonly clock = new TransitClock();
  readonly #output: JitterBufferOutput;
  readonly #settings: JitterBufferSettings;
  readonly #ticksPerMs: number;
  /** In the order of sequence numbers; few, since the newest comes last nearly always. */
  readonly #packets: BufferedPacket[] = [];
  /** Timestamp of the first tick that is not output yet; undefined before the first packet. */
  #next: number | undefined;
  #lastSequence: number | undefined;
  #lastDuration = 0;
  #silentTicks = 0;
  #isSilent = false;
  #isEnding = false;

  /** @param next Timestamp at which the timeline goes on, where it has begun before this buffer. */
  constructor(settings: JitterBufferSettings, output: JitterBufferOutput, next?: number) {
    this.#settings = settings;
    this.#output = output;
    this.#ticksPerMs = settings.clockRate / 1000;
    this.#next = next;
  }

  /** Timestamp of the first tick that is not output yet; undefined before the first packet. */
  get next(): number | undefined {
    return this.#next;
  }

  /** Packets that wait. */
  get length(): number {
    return this.#packets.length;
  }

  /** Audio that waits, in milliseconds. */
  get waitingMs(): number {
    const last = this.#packets.at(-1);
    return last ? Math.max(0, (last.timestamp + last.duration - this.#packets[0]!.timestamp) / this.#ticksPerMs) : 0;
  }

  /** When something is due at the earliest unless a packet comes before, in milliseconds of the clock that is passed in. */
  get dueMs(): number {
    if (this.#isFull) return Number.NEGATIVE_INFINITY;
    const delayMs = this.clock.transitMs + this.#settings.targetMs - ROUNDING_MS;
    const first = this.#packets[0];
    if (first) return first.timestamp / this.#ticksPerMs + delayMs;
    if (this.#next === undefined || this.#silentTicks >= this.#maxSilentTicks) return Number.POSITIVE_INFINITY;
    return this.#next / this.#ticksPerMs + SILENCE_PIECE_MS + (this.#isSilent ? 0 : UNDERRUN_MS) + delayMs;
  }

  /** Takes a packet that is no duplicate; false when it is too late for its place. */
  insert(packet: BufferedPacket): boolean {
    const { sequence, duration } = packet;
    if (this.#lastSequence !== undefined && sequence <= this.#lastSequence) return false;
    if (this.#next !== undefined && duration > 0 && packet.timestamp + duration <= this.#next) return false;
    const packets = this.#packets;
    let at = packets.length;
    while (at > 0 && packets[at - 1]!.sequence > sequence) at -= 1;
    if (at === packets.length) packets.push(packet);
    else packets.splice(at, 0, packet);
    return true;
  }

  /** Outputs what is due, and silence where time has passed without anything. */
  drain(nowMs: number): void {
    const packets = this.#packets;
    const due = (nowMs - this.clock.transitMs - this.#settings.targetMs) * this.#ticksPerMs;
    while (packets.length > 0) {
      const first = packets[0]!;
      if (first.timestamp > due && !this.#isFull) return;
      this.#play(first);
    }
    if (this.#next !== undefined && !this.#isEnding) this.#fillUnderrun(due);
  }

  /** The sender has said that it is done: time that passes without packets is no silence of theirs any more. */
  end(): void {
    this.#isEnding = true;
  }

  /** Outputs everything that waits, at once; also when who is given something asks for it. */
  flush(): void {
    while (this.#packets.length > 0) this.#play(this.#packets[0]!);
  }

  /** Outputs the first packet, and what is missing before it. */
  #play(packet: BufferedPacket): void {
    const { sequence, timestamp, duration } = packet;
    const missing = this.#lastSequence === undefined ? 0 : sequence - this.#lastSequence - 1;
    const next = this.#next ?? timestamp;
    this.#next = next;
    if (timestamp > next) {
      // Of a gap with both, the loss is put first: packets stop when speech does, and what is lost is speech more often than silence.
      // Without a packet before, as after a change of the sender, a short gap is loss.
      const perPacket = this.#lastDuration || duration;
      const isStart = this.#lastDuration === 0 && !this.#isSilent && missing === 0;
      const lost = isStart ? UNDERRUN_MS * this.#ticksPerMs : missing * perPacket;
      this.#fill('concealed', Math.min(lost, timestamp - next));
      this.#fill('silence', timestamp - this.#next);
      // Who was given that may have asked for all that waits.
      if (this.#packets[0] !== packet) return;
      this.#next = timestamp;
    }
    this.#packets.shift();
    this.#lastSequence = sequence;
    if (duration === 0) {
      if (packet.codec?.name === 'CN') this.#isSilent = true;
      this.#output.packet(packet, 0);
      return;
    }
    this.#isSilent = false;
    this.#lastDuration = duration;
    const skip = this.#next - timestamp;
    if (skip >= duration) return;
    this.#silentTicks = 0;
    this.#next = timestamp + duration;
    this.#output.packet(packet, skip);
  }

  #fillUnderrun(due: number): void {
    const until = due - (this.#isSilent ? 0 : UNDERRUN_MS * this.#ticksPerMs);
    const piece = Math.round(SILENCE_PIECE_MS * this.#ticksPerMs);
    while (until - this.#next! >= piece && this.#maxSilentTicks > this.#silentTicks) this.#fill('silence', piece);
  }

  /** Whether more waits than may: the first goes on at once. */
  get #isFull(): boolean {
    return this.#packets.length > MAX_PACKETS || this.waitingMs > this.#settings.maxMs;
  }

  get #maxSilentTicks(): number {
    return Math.floor(this.#settings.maxSilenceMs * this.#ticksPerMs);
  }

  #fill(kind: 'concealed' | 'silence', ticks: number): void {
    const filled = Math.floor(Math.min(ticks, this.#maxSilentTicks - this.#silentTicks));
    if (filled <= 0) return;
    const from = this.#next!;
    this.#next = from + filled;
    this.#silentTicks += filled;
    this.#output.fill(kind, from, filled);
  }
}
