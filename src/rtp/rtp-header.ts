const FIXED_BYTES = 12;
const RTP_VERSION = 2;

/**
 * The fields of an RTP packet (RFC 3550, section 5.1), read into one object that is used again for every packet.
 *
 * CSRC lists, header extensions and padding are skipped; their lengths are checked against the datagram's.
 */
export class RtpHeader {
  marker = false;
  /** 0 to 127. */
  payloadType = 0;
  /** 16 bits, not unwrapped. */
  sequence = 0;
  /** 32 bits, not unwrapped, in ticks of the codec's clock. */
  timestamp = 0;
  ssrc = 0;
  /** Where the payload begins, in bytes from the datagram's start. */
  payloadStart = 0;
  /** Where the payload ends, padding left out. */
  payloadEnd = 0;

  /** Reads a datagram's header; false, and nothing to be relied on, when it is no well-formed RTP packet of version 2. */
  read(data: Uint8Array): boolean {
    const { length } = data;
    if (length < FIXED_BYTES) return false;
    const first = data[0]!;
    if (first >> 6 !== RTP_VERSION) return false;
    let start = FIXED_BYTES + (first & 0x0f) * 4;
    if ((first & 0x10) !== 0) {
      if (start + 4 > length) return false;
      start += 4 + ((data[start + 2]! << 8) | data[start + 3]!) * 4;
    }
    let end = length;
    if ((first & 0x20) !== 0) {
      const padding = data[length - 1]!;
      if (padding === 0) return false;
      end -= padding;
    }
    if (start > end) return false;
    this.marker = data[1]! >= 128;
    this.payloadType = data[1]! & 0x7f;
    this.sequence = (data[2]! << 8) | data[3]!;
    this.timestamp = uint32(data, 4);
    this.ssrc = uint32(data, 8);
    this.payloadStart = start;
    this.payloadEnd = end;
    return true;
  }
}

function uint32(data: Uint8Array, at: number): number {
  return ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
}
