import type { ByteChunk, SourceId } from '../../audio/index.js';

/** Bytes with a source, or without. */
type Input = ByteChunk | Uint8Array;

/** Where a {@link ByteGatherer} hands on what it gathered, and how it knows how much that is. */
export interface ByteGathererOptions {
  /** The next bytes of a source without which nothing can come of them; 0 where that isn't known. */
  lacking: (source: SourceId | undefined) => number;
  push: (input: Input) => void;
}

/**
 * Puts blocks of a live source aside until they are as much as a decoder needs to output anything.
 *
 * What wakes up every 20 ms finds the processor's caches cold: a block that only goes to the end of a buffer costs a fraction of one that
 * is taken to the decoder, which has nothing to do yet.
 */
export class ByteGatherer {
  readonly #options: ByteGathererOptions;
  #first: Input | undefined;
  /** As long as what is awaited. */
  #bytes: Uint8Array | undefined;
  #filled = 0;

  constructor(options: ByteGathererOptions) {
    this.#options = options;
  }

  /** Takes input in order, and hands it on when it is enough, or nothing that can be added up. */
  push(input: Input): void {
    const bytes = this.#bytes;
    const data = dataOf(input);
    if (!bytes || !data || sourceOf(input) !== sourceOf(this.#first!)) {
      this.flush();
      this.#begin(input, data);
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
    this.flush();
    if (data.length > missing) this.#begin(withData(input, data.subarray(missing)), data.subarray(missing));
  }

  /** Hands on what there is. */
  flush(): void {
    const bytes = this.#bytes;
    if (!bytes) return;
    this.#bytes = undefined;
    this.#options.push(withData(this.#first!, this.#filled === bytes.length ? bytes : bytes.subarray(0, this.#filled)));
  }

  #begin(input: Input, data: Uint8Array | undefined): void {
    const lacking = data ? this.#options.lacking(sourceOf(input)) : 0;
    if (!data || data.length >= lacking) {
      this.#options.push(input);
      return;
    }
    this.#first = input;
    // Memory of its own, because what is handed on may have to wait.
    this.#bytes = new Uint8Array(lacking);
    this.#bytes.set(data);
    this.#filled = data.length;
  }
}

/** Undefined for what is no bytes, whatever the types say. */
function dataOf(input: Input): Uint8Array | undefined {
  if (input instanceof Uint8Array) return input;
  const { data } = (input ?? {}) as Partial<ByteChunk>;
  return data instanceof Uint8Array ? data : undefined;
}

function sourceOf(input: Input): SourceId | undefined {
  return input instanceof Uint8Array ? undefined : input.source;
}

function withData(input: Input, data: Uint8Array): Input {
  return input instanceof Uint8Array ? data : { ...input, data };
}
