/** Bytes that small pieces are gathered in: few enough to be given back soon, many enough to cost nothing. */
const BLOCK_BYTES = 64 * 1024;

/**
 * Memory for pieces of audio that are kept for minutes.
 *
 * Node cuts small buffers out of blocks of 8 KiB that all code shares, and sources cut theirs out of whatever they read: a piece that is
 * kept would keep the whole block, many times its own size.
 */
export class KeptBytes {
  #block = Buffer.alloc(0);
  #used = 0;

  /** The same bytes, in memory that holds little else than what is kept. */
  keep(data: Buffer): Buffer {
    if (data.length * 2 >= data.buffer.byteLength) return data;
    if (this.#block.length - this.#used < data.length) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, data.length));
      this.#used = 0;
    }
    const kept = this.#block.subarray(this.#used, this.#used + data.length);
    kept.set(data);
    this.#used += data.length;
    return kept;
  }
}
