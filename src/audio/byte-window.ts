const NONE = new Uint8Array(0);

/** Bytes of a stream that were received but not used yet, and where they lie in it. */
export class ByteWindow {
  #bytes: Uint8Array = NONE;
  #start = 0;
  #skipping = 0;
  /** Where received bytes are joined to unused ones, when that memory is used again. */
  #joint: Uint8Array | undefined;

  /** @param reuses Whether what was taken is no longer needed by the next `append()`; saves memory of its own for what is joined. */
  constructor({ reuses = false }: { reuses?: boolean } = {}) {
    if (reuses) this.#joint = NONE;
  }

  /** Bytes from the start of the stream to the first unused one. */
  get offset(): number {
    return this.#start;
  }

  /** Unused bytes at hand. */
  get length(): number {
    return this.#bytes.length;
  }

  /** The unused bytes; valid until the next call. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Bytes received so far, used or not. */
  get received(): number {
    return this.#start + this.#bytes.length;
  }

  /** Adds what was received; copies it only when unused bytes precede it. */
  append(bytes: Uint8Array): void {
    if (this.#skipping > 0) {
      const skipped = Math.min(this.#skipping, bytes.length);
      this.#skipping -= skipped;
      this.#start += skipped;
      bytes = bytes.subarray(skipped);
    }
    if (this.#bytes.length === 0) {
      this.#bytes = bytes;
      return;
    }
    const before = this.#bytes.length;
    const length = before + bytes.length;
    const joined = this.#memory(length);
    // Bytes that were joined before, and of which none was used yet, are there already.
    if (joined.buffer !== this.#bytes.buffer || this.#bytes.byteOffset !== joined.byteOffset) joined.set(this.#bytes);
    joined.set(bytes, before);
    this.#bytes = joined.subarray(0, length);
  }

  #memory(length: number): Uint8Array {
    const joint = this.#joint;
    if (!joint) return new Uint8Array(length);
    // Twice as much: small blocks that add up are then copied once.
    if (joint.length < length) this.#joint = new Uint8Array(2 * length);
    return this.#joint!;
  }

  /** Uses the next bytes; `count` must be at hand. */
  take(count: number): Uint8Array {
    const bytes = this.#bytes;
    this.#start += count;
    if (count === bytes.length) {
      this.#bytes = NONE;
      return bytes;
    }
    this.#bytes = bytes.subarray(count);
    return bytes.subarray(0, count);
  }

  /** Passes over the next bytes, including some that are still to come. */
  skip(count: number): void {
    const here = Math.min(count, this.#bytes.length);
    this.take(here);
    this.#skipping += count - here;
  }

  /** Bytes that {@link skip} still waits for. */
  get skipping(): number {
    return this.#skipping;
  }
}
