/** The longest piece that is emitted at once, in seconds. */
const SLICE_SECONDS = 0.1;
const BYTES_PER_SAMPLE = 4;

/** Cuts a stream of interleaved little-endian 32-bit floats, in pieces of any length, into planar ones of at most 100 ms. */
export class FloatSlicer {
  readonly #channels: number;
  readonly #sliceLength: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor({ sampleRate, channels }: { readonly sampleRate: number; readonly channels: number }) {
    this.#channels = channels;
    this.#sliceLength = Math.max(1, Math.floor(sampleRate * SLICE_SECONDS));
  }

  /** Takes bytes, and gives the samples that are complete; part of one waits for the next call. */
  push(bytes: Buffer): Float32Array[][] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const block = this.#channels * BYTES_PER_SAMPLE;
    const length = Math.floor(all.length / block);
    this.#rest = Buffer.from(all.subarray(length * block));
    const slices: Float32Array[][] = [];
    for (let from = 0; from < length; from += this.#sliceLength) {
      slices.push(this.#slice(all, from, Math.min(this.#sliceLength, length - from)));
    }
    return slices;
  }

  #slice(all: Buffer, from: number, length: number): Float32Array[] {
    return Array.from({ length: this.#channels }, (_, channel) => {
      const samples = new Float32Array(length);
      for (let i = 0; i < length; i += 1) {
        const value = all.readFloatLE(((from + i) * this.#channels + channel) * BYTES_PER_SAMPLE);
        samples[i] = Number.isFinite(value) ? value : 0;
      }
      return samples;
    });
  }
}
