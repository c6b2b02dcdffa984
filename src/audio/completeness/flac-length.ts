import { id3Size } from '../mp3/id3.js';
import type { CompletenessCheck, Shortfall } from './completeness-check.js';

/** Signature, block header and the part of STREAMINFO that ends with the number of samples (RFC 9639). */
const HEADER_BYTES = 4 + 4 + 18;
const ID3_HEADER_BYTES = 10;

/** Compares the number of samples that a FLAC file announces with those that came out. */
export class FlacLength implements CompletenessCheck {
  #header: Uint8Array = new Uint8Array(0);
  #skip: number | undefined;

  push(bytes: Uint8Array): void {
    if (this.#header.length >= HEADER_BYTES) return;
    let rest = bytes;
    if (this.#skip === undefined) {
      rest = Buffer.concat([this.#header, bytes]);
      this.#header = rest;
      if (rest.length < ID3_HEADER_BYTES) return;
      this.#skip = id3Size(rest, 0) ?? 0;
      this.#header = new Uint8Array(0);
    }
    const skipped = Math.min(this.#skip, rest.length);
    this.#skip -= skipped;
    const wanted = rest.subarray(skipped, skipped + HEADER_BYTES - this.#header.length);
    this.#header = Buffer.concat([this.#header, wanted]);
  }

  end(decoded: number): Shortfall | undefined {
    if (this.#header.length < HEADER_BYTES) return undefined;
    const view = new DataView(this.#header.buffer, this.#header.byteOffset, HEADER_BYTES);
    // 20 bits of rate, 3 of channels, 5 of depth, then 36 bits of length.
    const announced = (view.getUint8(21) & 15) * 2 ** 32 + view.getUint32(22);
    if (announced === 0 || decoded >= announced) return undefined;
    return { what: `announces ${announced} samples, but only ${decoded} could be decoded`, isCertain: true };
  }
}
