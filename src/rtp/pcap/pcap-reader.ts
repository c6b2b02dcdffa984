import { DecodeError } from '../../errors/index.js';

/** A frame as it was captured. */
export interface CapturedFrame {
  /** In milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Number of the link layer (tcpdump.org/linktypes.html). */
  readonly linkType: number;
  readonly data: Uint8Array;
}

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
const RESOLUTION_OPTION = 9;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const GZIP = 0x1f8b;
const HEADER_BYTES = 24;
/** No frame is larger: what claims to be means that the file is broken, and must not be waited for. */
const MAX_BLOCK_BYTES = 16 * 1024 * 1024;

interface Interface {
  linkType: number;
  /** Milliseconds of one unit of its times. */
  unitMs: number;
}

/** Reads captures piece by piece: pcap with micro- or nanoseconds, and pcapng, in either byte order. */
export class PcapReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #format: 'pcap' | 'pcapng' | undefined;
  #isLittleEndian = true;
  #interfaces: Interface[] = [];
  #offset = 0;

  /** Whether bytes wait for the rest of what they begin: at the file's end, it was cut. */
  get hasRest(): boolean {
    return this.#bytes.length > 0;
  }

  /** Bytes of the file that were read whole. */
  get byteOffset(): number {
    return this.#offset;
  }

  /**
   * Reads what more bytes complete. Frames have memory of their own or the piece's, and are never changed.
   *
   * @throws DecodeError `UNRECOGNIZED_INPUT` for other files, `CORRUPT_INPUT` for lengths that can't be.
   */
  *read(piece: Uint8Array): Generator<CapturedFrame> {
    this.#bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece]);
    if (!this.#format && !this.#begin()) return;
    for (;;) {
      const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
      const length = this.#format === 'pcap' ? this.#recordLength(view) : this.#blockLength(view);
      if (length === undefined || length > view.byteLength) return;
      const frame = this.#format === 'pcap' ? this.#record(view) : this.#block(view, length);
      this.#take(length);
      if (frame) yield frame;
    }
  }

  #begin(): boolean {
    if (this.#bytes.length < HEADER_BYTES) return false;
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    if (view.getUint32(0) === SECTION) {
      this.#format = 'pcapng';
      return true;
    }
    for (const isLittleEndian of [true, false]) {
      const magic = view.getUint32(0, isLittleEndian);
      if (magic !== MICROSECONDS && magic !== NANOSECONDS) continue;
      this.#format = 'pcap';
      this.#isLittleEndian = isLittleEndian;
      // The upper bits say whether frames end with a checksum; UDP's own length leaves that out.
      const linkType = view.getUint32(20, isLittleEndian) & 0xffff;
      this.#interfaces = [{ linkType, unitMs: magic === MICROSECONDS ? 1e-3 : 1e-6 }];
      this.#take(HEADER_BYTES);
      return true;
    }
    const isPacked = view.getUint16(0) === GZIP;
    const what = isPacked
      ? 'this is gzip-compressed data, not a capture; unpack it first'
      : 'this is no capture: neither pcap nor pcapng begins like this';
    throw new DecodeError('UNRECOGNIZED_INPUT', what, { byteOffset: 0 });
  }

  #take(length: number): void {
    this.#bytes = this.#bytes.subarray(length);
    this.#offset += length;
  }

  #checked(length: number, least: number): number {
    if (length >= least && length <= MAX_BLOCK_BYTES) return length;
    throw new DecodeError('CORRUPT_INPUT', `the capture is broken at byte ${this.#offset}: a block of ${length} bytes`, {
      byteOffset: this.#offset,
    });
  }

  #recordLength(view: DataView): number | undefined {
    return view.byteLength < 16 ? undefined : this.#checked(16 + view.getUint32(8, this.#isLittleEndian), 16);
  }

  #record(view: DataView): CapturedFrame {
    const { linkType, unitMs } = this.#interfaces[0]!;
    const atMs = view.getUint32(0, this.#isLittleEndian) * 1000 + view.getUint32(4, this.#isLittleEndian) * unitMs;
    return { atMs, linkType, data: this.#bytes.subarray(16, 16 + view.getUint32(8, this.#isLittleEndian)) };
  }

  #blockLength(view: DataView): number | undefined {
    if (view.byteLength < 12) return undefined;
    // A section says its byte order itself, and its type reads the same in both.
    if (view.getUint32(0) === SECTION) this.#isLittleEndian = view.getUint32(8, true) === BYTE_ORDER;
    const length = this.#checked(view.getUint32(4, this.#isLittleEndian), 12);
    return this.#checked(length + ((4 - (length % 4)) % 4), 12);
  }

  #block(view: DataView, length: number): CapturedFrame | undefined {
    const little = this.#isLittleEndian;
    const type = view.getUint32(0, little);
    if (view.getUint32(0) === SECTION) {
      this.#interfaces = [];
    } else if (type === INTERFACE && length >= 20) {
      this.#interfaces.push({ linkType: view.getUint16(8, little), unitMs: this.#unitMs(view, length) });
    } else if (type === ENHANCED_PACKET && length >= 32) {
      const { linkType, unitMs } = this.#interfaces[view.getUint32(8, little)] ?? { linkType: -1, unitMs: 0 };
      const atMs = (view.getUint32(12, little) * 2 ** 32 + view.getUint32(16, little)) * unitMs;
      const captured = Math.min(view.getUint32(20, little), length - 32);
      return { atMs, linkType, data: this.#bytes.subarray(28, 28 + captured) };
    } else if (type === SIMPLE_PACKET && length >= 16) {
      // It has no time: what it holds can't be placed.
      return undefined;
    }
    return undefined;
  }

  /** The option `if_tsresol`: a power of 10, or of 2 when the highest bit is set. Default: microseconds. */
  #unitMs(view: DataView, length: number): number {
    const little = this.#isLittleEndian;
    for (let at = 16; at + 4 <= length - 4; ) {
      const code = view.getUint16(at, little);
      const size = view.getUint16(at + 2, little);
      if (code === 0) break;
      if (code === RESOLUTION_OPTION && size >= 1 && at + 5 <= length) {
        const value = view.getUint8(at + 4);
        return (value & 0x80 ? 2 ** -(value & 0x7f) : 10 ** -value) * 1000;
      }
      at += 4 + Math.ceil(size / 4) * 4;
    }
    return 1e-3;
  }
}
