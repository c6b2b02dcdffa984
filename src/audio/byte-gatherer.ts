/** What a {@link ByteGatherer} asks and tells. */
export interface ByteGathererOptions {
  /** The next bytes without which nothing can come of them; 0 where that isn't known. */
  lacking: () => number;
  emit: (data: Uint8Array) => void;
}

/**
 * Puts blocks of a live source aside until they are as much as a decoder needs to output anything.
 *
 * What wakes up every 20 ms finds the processor's caches cold: a block that only goes to the end of a buffer costs a fraction of one that
 * is taken to the decoder, which has nothing to do yet.
 */
export class ByteGatherer {
  readonly #options: ByteGathererOptions;
  /** As long as what is awaited. */
  #bytes: Uint8Array | undefined;
  #filled = 0;
  /** What came with bytes that are being emitted, and comes after them. */
  #rest: Uint8Array | undefined;

  constructor(options: ByteGathererOptions) {
    this.#options = options;
  }

  /** Takes bytes in order, and emits them when they are enough; those that are enough by themselves as they are. */
  push(data: Uint8Array): void {
    this.#beginRest();
    const bytes = this.#bytes;
    if (!bytes) {
      this.#begin(data);
      return;
    }
    const missing = bytes.length - this.#filled;
    if (data.length < missing) {
      bytes.set(data, this.#filled);
      this.#filled += data.length;
      return;
    }
    bytes.set(missing === data.length ? data : data.subarray(0, missing), this.#filled);
    this.#filled = bytes.length;
    if (data.length > missing) this.#rest = data.subarray(missing);
    this.#emit();
    this.#beginRest();
  }

  /** Emits what there is. */
  flush(): void {
    this.#beginRest();
    this.#emit();
  }

  #emit(): void {
    const bytes = this.#bytes;
    if (!bytes) return;
    this.#bytes = undefined;
    this.#options.emit(this.#filled === bytes.length ? bytes : bytes.subarray(0, this.#filled));
  }

  /** Whoever is emitted to may push more, or end it all, before this returns: what is left goes first. */
  #beginRest(): void {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#begin(rest);
  }

  #begin(data: Uint8Array): void {
    const lacking = this.#options.lacking();
    if (data.length >= lacking) {
      this.#options.emit(data);
      return;
    }
    // Memory of its own, because what is emitted may have to wait.
    this.#bytes = new Uint8Array(lacking);
    this.#bytes.set(data);
    this.#filled = data.length;
  }
}
