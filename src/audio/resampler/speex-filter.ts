import type { SpeexResamplerModule } from '@echogarden/speex-resampler-wasm/simd';

/** Samples per channel handed to WebAssembly at once; bounds its memory. */
const BLOCK = 8192;
const FLOAT_BYTES = 4;

/** What a {@link SpeexFilter} converts; rates in Hz, quality 0 to 10. */
export interface SpeexFilterOptions {
  fromRate: number;
  toRate: number;
  channels: number;
  quality: number;
}

/** One run of Speex's resampler over planar audio, its delay skipped at the start. */
export class SpeexFilter {
  readonly #speex: SpeexResamplerModule;
  readonly #options: SpeexFilterOptions;
  readonly #state: number;
  readonly #memory: number;
  readonly #input: number;
  readonly #output: number;
  readonly #outputBlock: number;
  readonly #counts: number;

  constructor(speex: SpeexResamplerModule, options: SpeexFilterOptions) {
    const { channels, fromRate, toRate, quality } = options;
    this.#speex = speex;
    this.#options = options;
    this.#outputBlock = Math.ceil((BLOCK * toRate) / fromRate) + 64;
    this.#memory = speex._malloc(8 + FLOAT_BYTES * (BLOCK + this.#outputBlock));
    this.#counts = this.#memory;
    this.#input = this.#memory + 8;
    this.#output = this.#input + FLOAT_BYTES * BLOCK;
    this.#state = speex._speex_resampler_init(channels, fromRate, toRate, quality, this.#counts);
    if (this.#state === 0) {
      speex._free(this.#memory);
      throw new RangeError(`can't resample ${channels} channels from ${fromRate} Hz to ${toRate} Hz`);
    }
    speex._speex_resampler_skip_zeros(this.#state);
  }

  /** Input samples that the filter holds back. */
  get latency(): number {
    return this.#speex._speex_resampler_get_input_latency(this.#state);
  }

  /** Converts more audio; returns what is ready, in arrays of its own. */
  process(input: readonly Float32Array[]): Float32Array[] {
    const { fromRate, toRate } = this.#options;
    const capacity = Math.ceil(((input[0]?.length ?? 0) * toRate) / fromRate) + 64;
    return input.map((samples, channel) => {
      const output = new Float32Array(capacity);
      return output.subarray(0, this.#convert(channel, samples, output));
    });
  }

  /** Gives the WebAssembly memory back; the filter can't be used afterwards. */
  free(): void {
    this.#speex._speex_resampler_destroy(this.#state);
    this.#speex._free(this.#memory);
  }

  #convert(channel: number, input: Float32Array, output: Float32Array): number {
    const speex = this.#speex;
    let consumed = 0;
    let produced = 0;
    while (consumed < input.length) {
      const block = input.subarray(consumed, consumed + BLOCK);
      speex.HEAPF32.set(block, this.#input / FLOAT_BYTES);
      speex.HEAPU32[this.#counts / 4] = block.length;
      speex.HEAPU32[this.#counts / 4 + 1] = this.#outputBlock;
      speex._speex_resampler_process_float(this.#state, channel, this.#input, this.#counts, this.#output, this.#counts + 4);
      const used = speex.HEAPU32[this.#counts / 4]!;
      const made = speex.HEAPU32[this.#counts / 4 + 1]!;
      const from = this.#output / FLOAT_BYTES;
      output.set(speex.HEAPF32.subarray(from, from + made), produced);
      consumed += used;
      produced += made;
    }
    return produced;
  }
}
