/** The fields of a packet to write; what is left out is ordinary. */
export interface PacketFields {
  payloadType?: number;
  sequence: number;
  timestamp: number;
  ssrc?: number;
  marker?: boolean;
  payload?: Uint8Array;
  csrcs?: number[];
  /** 32-bit words of a header extension. */
  extensionWords?: number;
  padding?: number;
}

/** Writes an RTP packet (RFC 3550, section 5.1). Payload by default: 20 ms of mu-law. */
export function rtpPacket(fields: PacketFields): Buffer {
  const { payloadType = 0, sequence, timestamp, ssrc = 1, marker = false, csrcs = [], extensionWords, padding = 0 } = fields;
  const payload = fields.payload ?? Buffer.alloc(160, sequence & 0xff);
  const header = Buffer.alloc(12 + csrcs.length * 4);
  header[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extensionWords === undefined ? 0 : 0x10) | csrcs.length;
  header[1] = (marker ? 0x80 : 0) | payloadType;
  header.writeUInt16BE(((sequence % 65_536) + 65_536) % 65_536, 2);
  header.writeUInt32BE(timestamp >>> 0, 4);
  header.writeUInt32BE(ssrc, 8);
  for (const [index, csrc] of csrcs.entries()) header.writeUInt32BE(csrc, 12 + index * 4);
  const extension = Buffer.alloc(extensionWords === undefined ? 0 : 4 + extensionWords * 4, 0xbe);
  if (extensionWords !== undefined) extension.writeUInt16BE(extensionWords, 2);
  const tail = Buffer.alloc(padding);
  if (padding > 0) tail[padding - 1] = padding;
  return Buffer.concat([header, extension, payload, tail]);
}

/** Writes a sender report (RFC 3550, section 6.4.1). */
export function senderReport(ssrc: number, wallMs: number, timestamp: number): Buffer {
  const report = Buffer.alloc(28);
  report.set([0x80, 200, 0, 6]);
  report.writeUInt32BE(ssrc, 4);
  const seconds = wallMs / 1000 + 2_208_988_800;
  report.writeUInt32BE(Math.floor(seconds), 8);
  report.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), 12);
  report.writeUInt32BE(timestamp >>> 0, 16);
  return report;
}

/** Writes a BYE (RFC 3550, section 6.6) with an empty receiver report before it, as compound packets begin. */
export function bye(ssrc: number): Buffer {
  const packet = Buffer.alloc(16);
  packet.set([0x80, 201, 0, 1, 0, 0, 0, 0, 0x81, 203, 0, 1]);
  packet.writeUInt32BE(ssrc, 12);
  return packet;
}
