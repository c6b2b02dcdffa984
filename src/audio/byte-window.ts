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

  /** Adds what was received; copies only when unused bytes precede it. */
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
    const length = this.#bytes.length + bytes.length;
    const joint = this.#joint;
    const joined = joint && joint.length >= length ? joint : new Uint8Array(length);
    if (joint) this.#joint = joined;
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    this.#bytes = joined.subarray(0, length);
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
