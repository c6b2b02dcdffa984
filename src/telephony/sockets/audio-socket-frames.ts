/** Kinds of AudioSocket's frames. */
export const AUDIO_SOCKET = {
  hangup: 0x00,
  uuid: 0x01,
  dtmf: 0x03,
  /** Linear 16-bit audio at 8 kHz; the eight after it are at the other rates. */
  audio: 0x10,
  error: 0xff,
} as const;

/** In Hz, of kinds 0x10 to 0x18. */
export const AUDIO_SOCKET_RATES = [8000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000] as const;

const HEADER_BYTES = 3;

/** Cuts the bytes of a TCP connection into AudioSocket's frames: a byte for the kind, two for the length, big-endian. Holds at most one frame. */
export class AudioSocketFrames {
  readonly #frame: (kind: number, payload: Uint8Array) => void;
  /** What has begun: its header, then all of it; and how much of that there is. */
  #begun: Uint8Array = new Uint8Array(HEADER_BYTES);
  #begunBytes = 0;

  /** @param frame Takes a whole frame; the payload is its own only until it returns. */
  constructor(frame: (kind: number, payload: Uint8Array) => void) {
    this.#frame = frame;
  }

  /** Whether a frame has begun that is not complete. */
  get isAmidFrame(): boolean {
    return this.#begunBytes > 0;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (this.#begunBytes > 0 && at < bytes.length) at = this.#complete(bytes, at);
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + frameBytes(bytes, at);
      if (end > bytes.length) break;
      this.#frame(bytes[at]!, bytes.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    while (at < bytes.length) at = this.#complete(bytes, at);
  }

  /** Copies what a frame lacks, so that each byte is copied once however small its pieces are; returns where the rest begins. */
  #complete(bytes: Uint8Array, at: number): number {
    const taken = Math.min(this.#begun.length - this.#begunBytes, bytes.length - at);
    this.#begun.set(bytes.subarray(at, at + taken), this.#begunBytes);
    this.#begunBytes += taken;
    if (this.#begunBytes === HEADER_BYTES && this.#begun.length === HEADER_BYTES) {
      const header = this.#begun;
      this.#begun = new Uint8Array(frameBytes(header, 0));
      this.#begun.set(header);
    }
    if (this.#begunBytes === this.#begun.length && this.#begunBytes >= HEADER_BYTES) {
      const whole = this.#begun;
      this.#begun = new Uint8Array(HEADER_BYTES);
      this.#begunBytes = 0;
      this.#frame(whole[0]!, whole.subarray(HEADER_BYTES));
    }
    return at + taken;
  }
}

/** How long the frame is that begins there, by its header. */
function frameBytes(bytes: Uint8Array, at: number): number {
  return HEADER_BYTES + ((bytes[at + 1]! << 8) | bytes[at + 2]!);
}

/** A frame of audio. */
export function audioSocketFrame(kind: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  frame[0] = kind;
  frame.writeUInt16BE(payload.length, 1);
  frame.set(payload, HEADER_BYTES);
  return frame;
}
