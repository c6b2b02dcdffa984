// @ts-check
// Finds the gRPC messages in one direction of an HTTP/2 connection, as its bytes pass by.
// RFC 9113 (frames) and the gRPC protocol over HTTP/2 (5-byte prefix: compressed flag, length).

const PREFACE_BYTES = 24;
const FRAME_HEADER_BYTES = 9;
const MESSAGE_PREFIX_BYTES = 5;
const DATA = 0;
const PADDED = 0x8;

/** The messages of one HTTP/2 stream. */
class MessageCutter {
  #prefix = Buffer.alloc(MESSAGE_PREFIX_BYTES);
  #prefixFilled = 0;
  #missing = 0;
  /** @type {Buffer[]} */
  #pieces = [];

  /** @param {Buffer} payload @param {(message: Buffer) => void} onMessage */
  push(payload, onMessage) {
    let at = 0;
    while (at < payload.length) {
      if (this.#prefixFilled < MESSAGE_PREFIX_BYTES) {
        const taken = payload.copy(this.#prefix, this.#prefixFilled, at);
        this.#prefixFilled += taken;
        at += taken;
        if (this.#prefixFilled === MESSAGE_PREFIX_BYTES) this.#missing = this.#prefix.readUInt32BE(1);
      } else {
        const piece = payload.subarray(at, at + this.#missing);
        this.#pieces.push(piece);
        this.#missing -= piece.length;
        at += piece.length;
      }
      if (this.#prefixFilled === MESSAGE_PREFIX_BYTES && this.#missing === 0) {
        const message = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
        this.#pieces = [];
        this.#prefixFilled = 0;
        onMessage(message);
      }
    }
  }
}

/** Calls back for every complete gRPC message of a connection, with the HTTP/2 stream it is on. */
export class Http2Messages {
  #skip;
  #header = Buffer.alloc(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  #payloadLeft = 0;
  #isData = false;
  #stream = 0;
  /** @type {Map<number, MessageCutter>} */
  #cutters = new Map();
  #onMessage;

  /** @param {'client' | 'server'} from Who sends. @param {(stream: number, message: Buffer) => void} onMessage */
  constructor(from, onMessage) {
    this.#skip = from === 'client' ? PREFACE_BYTES : 0;
    this.#onMessage = onMessage;
  }

  /** @param {Buffer} bytes Whatever came from the socket. */
  push(bytes) {
    let at = Math.min(this.#skip, bytes.length);
    this.#skip -= at;
    while (at < bytes.length) {
      if (this.#payloadLeft > 0) {
        const payload = bytes.subarray(at, at + this.#payloadLeft);
        this.#payloadLeft -= payload.length;
        at += payload.length;
        if (this.#isData) this.#cutter().push(payload, (message) => this.#onMessage(this.#stream, message));
        continue;
      }
      const taken = bytes.copy(this.#header, this.#headerFilled, at);
      this.#headerFilled += taken;
      at += taken;
      if (this.#headerFilled === FRAME_HEADER_BYTES) this.#beginFrame();
    }
  }

  #beginFrame() {
    this.#headerFilled = 0;
    this.#payloadLeft = this.#header.readUIntBE(0, 3);
    this.#isData = this.#header[3] === DATA;
    this.#stream = this.#header.readUInt32BE(5) & 0x7fffffff;
    if (this.#isData && this.#header[4] & PADDED) throw new Error('padded DATA frames are not understood');
  }

  #cutter() {
    const existing = this.#cutters.get(this.#stream);
    if (existing) return existing;
    const cutter = new MessageCutter();
    this.#cutters.set(this.#stream, cutter);
    return cutter;
  }
}
