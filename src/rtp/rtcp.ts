const SENDER_REPORT = 200;
const BYE = 203;
const SENDER_INFO_END = 20;
/** Seconds from 1900, where NTP's time begins, to 1970. */
const NTP_TO_UNIX_S = 2_208_988_800;

/** What of RTCP matters to a receiver of audio. */
export interface RtcpVisitor {
  /**
   * The sender says which wall time one of its timestamps has.
   *
   * @param wallMs Its clock, in milliseconds since the Unix epoch: right only if that clock is.
   */
  senderReport(ssrc: number, wallMs: number, timestamp: number): void;
  /** The sender says that the stream of this SSRC is over. */
  bye(ssrc: number): void;
}

/**
 * Reads a compound RTCP packet (RFC 3550, section 6): sender reports and BYE; every other type is stepped over.
 *
 * @returns false when the datagram is malformed; what came before the fault was visited.
 */
export function readRtcp(data: Uint8Array, visitor: RtcpVisitor): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  while (at < data.length) {
    if (at + 4 > data.length || data[at]! >> 6 !== 2) return false;
    const end = at + 4 + view.getUint16(at + 2) * 4;
    if (end > data.length) return false;
    const type = data[at + 1]!;
    if (type === SENDER_REPORT) {
      if (at + SENDER_INFO_END > end) return false;
      const seconds = view.getUint32(at + 8) + view.getUint32(at + 12) / 2 ** 32;
      visitor.senderReport(view.getUint32(at + 4), (seconds - NTP_TO_UNIX_S) * 1000, view.getUint32(at + 16));
    } else if (type === BYE) {
      const sources = data[at]! & 0x1f;
      if (at + 4 + sources * 4 > end) return false;
      for (let i = 0; i < sources; i += 1) visitor.bye(view.getUint32(at + 4 + i * 4));
    }
    at = end;
  }
  return data.length > 0;
}
