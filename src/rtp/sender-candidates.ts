import type { RtpCodec } from './rtp-codec.js';
import type { RtpHeader } from './rtp-header.js';

/** Who sends a stream. */
export interface SenderIdentity {
  readonly address: string;
  readonly port: number;
  readonly ssrc: number;
  readonly clockRate: number;
}

/** A packet that is kept until its sender is confirmed. */
export interface CandidatePacket {
  readonly header: RtpHeader;
  readonly payload: Uint8Array;
  readonly codec: RtpCodec;
  readonly arrivalMs: number;
}

/** A stream that may be the one to hear. */
export interface SenderCandidate extends SenderIdentity {
  /** Its last packets, oldest first. */
  readonly packets: CandidatePacket[];
}

/** Candidates beside each other; the one that was silent longest makes room. */
const MAX_CANDIDATES = 4;
/** Packets in a row that confirm a stream may be this far apart: some are lost even at the beginning. */
const MAX_STEP = 5;

/**
 * Keeps the first packets of senders that are not confirmed, so that none is lost once they are (RFC 3550, appendix A.1, calls it probation).
 *
 * Random bytes can pass for a packet once; a sender is who sends several that follow each other.
 */
export class SenderCandidates {
  readonly #candidates: SenderCandidate[] = [];

  /**
   * Adds a packet to its sender's.
   *
   * @param needed Packets that confirm a sender.
   * @returns The candidate once it is confirmed.
   */
  add(identity: SenderIdentity, packet: CandidatePacket, needed: number): SenderCandidate | undefined {
    const index = this.#candidates.findIndex((candidate) => isSame(candidate, identity));
    const candidate = index < 0 ? { ...identity, packets: [] } : this.#candidates.splice(index, 1)[0]!;
    this.#candidates.push(candidate);
    if (this.#candidates.length > MAX_CANDIDATES) this.#candidates.shift();
    const { packets } = candidate;
    const last = packets.at(-1);
    const step = last ? ((packet.header.sequence - last.header.sequence) << 16) >> 16 : 0;
    if (last && step === 0) return undefined;
    if (Math.abs(step) > MAX_STEP || !isTimely(packets[0], packet, candidate.clockRate)) packets.length = 0;
    packets.push(packet);
    return packets.length >= needed ? candidate : undefined;
  }

  /** Forgets everyone. */
  clear(): void {
    this.#candidates.length = 0;
  }
}

function isSame(a: SenderIdentity, b: SenderIdentity): boolean {
  return a.ssrc === b.ssrc && a.port === b.port && a.address === b.address && a.clockRate === b.clockRate;
}

/** Whether a packet's timestamp goes on from the first's by no more than seconds: random numbers don't. */
function isTimely(first: CandidatePacket | undefined, packet: CandidatePacket, clockRate: number): boolean {
  return !first || Math.abs((packet.header.timestamp - first.header.timestamp) | 0) < clockRate * 5;
}
