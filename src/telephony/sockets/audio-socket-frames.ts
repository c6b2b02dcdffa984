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
  #carry: Uint8Array = new Uint8Array(0);

  /** @param frame Takes a whole frame; the payload is its own only until it returns. */
  constructor(frame: (kind: number, payload: Uint8Array) => void) {
    this.#frame = frame;
  }

  /** Whether a frame has begun that is not complete. */
  get isAmidFrame(): boolean {
    return this.#carry.length > 0;
  }

  push(bytes: Uint8Array): void {
    const all = this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes]);
    let at = 0;
    while (all.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + ((all[at + 1]! << 8) | all[at + 2]!);
      if (end > all.length) break;
      this.#frame(all[at]!, all.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    // A copy, so that the piece that it came in can be freed.
    this.#carry = Uint8Array.from(all.subarray(at));
  }
}

/** A frame of audio. */
export function audioSocketFrame(kind: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  frame[0] = kind;
  frame.writeUInt16BE(payload.length, 1);
  frame.set(payload, HEADER_BYTES);
  return frame;
}
