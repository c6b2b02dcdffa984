/** The connection preface of an HTTP/2 client (RFC 9113, 3.4), which comes before its first frame. */
const PREFACE_BYTES = 24;
const FRAME_HEADER_BYTES = 9;
const DATA_FRAME = 0;
/** Compression flag and length, before each gRPC message. */
const MESSAGE_HEADER_BYTES = 5;

/**
 * Notes when each gRPC message of a plaintext connection with one call was complete, from the bytes of its client.
 *
 * It follows HTTP/2 frames (RFC 9113, 4.1) and gRPC's length prefixes only; headers and the messages themselves are not looked at.
 */
export class MessageClock {
  readonly #now: () => number;
  readonly #completedAt: number[] = [];
  /** Bytes to pass over before the next header. */
  #skip = PREFACE_BYTES;
  #frame: number[] = [];
  #dataBytes = 0;
  #message: number[] = [];
  #messageBytes = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Completion times of the messages so far. */
  get completedAt(): readonly number[] {
    return this.#completedAt;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, bytes.length - at);
        this.#skip -= passed;
        at += passed;
      } else if (this.#dataBytes > 0) {
        const taken = Math.min(this.#dataBytes, bytes.length - at);
        this.#pushData(bytes.subarray(at, at + taken));
        this.#dataBytes -= taken;
        at += taken;
      } else {
        this.#frame.push(bytes[at]!);
        at += 1;
        if (this.#frame.length === FRAME_HEADER_BYTES) this.#beginFrame();
      }
    }
  }

  #beginFrame(): void {
    const [high, middle, low, type] = this.#frame as [number, number, number, number];
    const length = (high << 16) | (middle << 8) | low;
    this.#frame = [];
    if (type === DATA_FRAME) this.#dataBytes = length;
    else this.#skip = length;
  }

  #pushData(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#message.length < MESSAGE_HEADER_BYTES) {
        this.#message.push(bytes[at]!);
        at += 1;
        if (this.#message.length < MESSAGE_HEADER_BYTES) continue;
        this.#messageBytes = Buffer.from(this.#message).readUInt32BE(1);
      } else {
        const taken = Math.min(this.#messageBytes, bytes.length - at);
        this.#messageBytes -= taken;
        at += taken;
      }
      if (this.#messageBytes > 0) continue;
      this.#completedAt.push(this.#now());
      this.#message = [];
    }
  }
}
