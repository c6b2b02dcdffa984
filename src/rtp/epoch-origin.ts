import type { EpochOrigin } from './epoch-timeline.js';
import type { PayloadDecoder } from './payload-decoder.js';
import type { RtpEpoch } from './rtp-epoch.js';
import type { RtpHeader } from './rtp-header.js';
import type { CandidatePacket, SenderCandidate } from './sender-candidates.js';

/** Two streams that follow each other within this time are put together by whole packets; what is further apart, by arrival alone. */
const MAX_SEAM_MS = 500;

/**
 * Where a new stream lies on the leg's timeline, which goes on where the one before ended.
 *
 * Timestamps of two streams have nothing in common, so arrival decides: the median of its first packets beside the median of the last ones before.
 */
export function epochOrigin(
  before: RtpEpoch,
  sender: SenderCandidate,
  first: CandidatePacket,
  decoder: PayloadDecoder,
): EpochOrigin {
  const { packets, clockRate } = sender;
  // Ticks that make whole samples of what is decoded to a lower rate.
  const ratio = Math.max(1, clockRate / decoder.sampleRate);
  const wholeTicks = (ms: number) => Math.ceil((ms * clockRate) / 1000 / ratio - 1e-6) * ratio;
  const packetMs = (decoder.duration(first.payload) / clockRate) * 1000;
  const arrivals = packets
    .map((packet) => packet.arrivalMs - msAfter(packet.header, first.header, clockRate))
    .sort((a, b) => a - b);
  const arrivalMs = arrivals[arrivals.length >> 1]!;
  const atMs = before.endMs;
  const gapTicks = wholeTicks(seamMs(before.mediaMsAt(arrivalMs) - atMs, packetMs));
  return { positionTicks: wholeTicks(atMs), timestamp: first.header.timestamp - gapTicks };
}

/** The packet that was sent first, of some that came in any order. */
export function firstSent(packets: readonly CandidatePacket[]): CandidatePacket {
  return packets.reduce((a, b) => (((b.header.sequence - a.header.sequence) << 16) >> 16 < 0 ? b : a));
}

/** Whether a candidate's packets came about as fast as they were spoken. */
export function isSpokenPace({ packets, clockRate }: SenderCandidate): boolean {
  const [first, last] = [packets[0]!, packets.at(-1)!];
  return last.arrivalMs - first.arrivalMs >= msAfter(last.header, first.header, clockRate) / 2;
}

function msAfter(header: RtpHeader, first: RtpHeader, clockRate: number): number {
  return (((header.timestamp - first.timestamp) | 0) / clockRate) * 1000;
}

/** The time between two streams: whole packets where it is short, since jitter moves an arrival by less than half of one. */
function seamMs(gapMs: number, packetMs: number): number {
  if (gapMs <= 0) return 0;
  return gapMs > MAX_SEAM_MS || packetMs === 0 ? gapMs : Math.round(gapMs / packetMs) * packetMs;
}
