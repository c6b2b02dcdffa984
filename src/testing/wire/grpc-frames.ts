/** One message as gRPC frames it over HTTP/2. */
export interface GrpcFrame {
  readonly compressed: boolean;
  readonly message: Buffer;
}

/** Flag and length (grpc.io, "gRPC over HTTP2", Length-Prefixed-Message). */
const PREFIX_BYTES = 5;
/** Far above what any peer here accepts; bounds what a broken length can make us wait for. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Puts the length before a message. */
export function frameOf(message: Uint8Array, compressed = false): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt8(compressed ? 1 : 0, 0);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Cuts a stream of bytes, in whatever pieces it comes, into messages. */
export class FrameSplitter {
  #parts: Buffer[] = [];
  #bytes = 0;
  #needed = PREFIX_BYTES;

  /**
   * Adds bytes; returns the messages that are complete by them.
   *
   * @throws RangeError when a message claims to be larger than 64 MiB.
   */
  push(part: Buffer): GrpcFrame[] {
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#bytes < this.#needed) return [];
    let rest = this.#parts.length === 1 ? part : Buffer.concat(this.#parts);
    const frames: GrpcFrame[] = [];
    this.#needed = PREFIX_BYTES;
    while (rest.length >= PREFIX_BYTES) {
      const length = rest.readUInt32BE(1);
      if (length > MAX_MESSAGE_BYTES) throw new RangeError(`A message claims to have ${length} bytes`);
      this.#needed = PREFIX_BYTES + length;
      if (rest.length < this.#needed) break;
      frames.push({ compressed: rest[0] !== 0, message: rest.subarray(PREFIX_BYTES, this.#needed) });
      rest = rest.subarray(this.#needed);
      this.#needed = PREFIX_BYTES;
    }
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    return frames;
  }
}
