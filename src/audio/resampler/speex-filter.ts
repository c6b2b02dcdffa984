import type { SpeexResamplerModule } from '@echogarden/speex-resampler-wasm/simd';
import { mixDown } from '../mixer.js';
import { ownPlanes, type PlaneAllocator } from '../sample-format/index.js';

/** Samples handed to WebAssembly, and taken from it, at once: 250 ms at 48 kHz. Bounds its memory. */
const BLOCK = 12_288;
/** Output that a block of input may give beyond the ratio of the rates. */
const SLACK = 64;
const FLOAT_BYTES = 4;

/** What a {@link SpeexFilter} converts; rates in Hz, quality 0 to 10. */
export interface SpeexFilterOptions {
  fromRate: number;
  toRate: number;
  channels: number;
  quality: number;
  /** Where the output goes; undefined when it may stay where WebAssembly put it, until any filter's next call. */
  allocate: PlaneAllocator | undefined;
}

const NOTHING = new Float32Array(0);

/** Where samples go to WebAssembly and come back; each call is done with it when it returns, so that all filters have it in common. */
interface Exchange {
  counts: number;
  input: number;
  output: number;
  /** The output of the last call that lent it. */
  lent: Float32Array;
}

const exchanges = new WeakMap<SpeexResamplerModule, Exchange>();

/** One run of Speex's resampler over planar audio, its delay skipped at the start. */
export class SpeexFilter {
  readonly #speex: SpeexResamplerModule;
  readonly #options: SpeexFilterOptions;
  readonly #state: number;
  readonly #inputBlock: number;
  readonly #exchange: Exchange;

  constructor(speex: SpeexResamplerModule, options: SpeexFilterOptions) {
    const { channels, fromRate, toRate, quality } = options;
    this.#speex = speex;
    this.#options = options;
    this.#inputBlock = Math.max(1, Math.min(BLOCK, Math.floor(((BLOCK - SLACK) * fromRate) / toRate)));
    this.#exchange = exchangeOf(speex);
    this.#state = speex._speex_resampler_init(channels, fromRate, toRate, quality, this.#exchange.counts);
    if (this.#state === 0) {
      throw new RangeError(`can't resample ${channels} channels from ${fromRate} Hz to ${toRate} Hz`);
    }
    speex._speex_resampler_skip_zeros(this.#state);
  }

  /** Input samples that the filter holds back. */
  get latency(): number {
    return this.#speex._speex_resampler_get_input_latency(this.#state);
  }

  /** How many samples of the input it needs for so many of its output, at least 1; what is returned here may be called after `free()`. */
  get needs(): (outputs: number) => number {
    const { latency } = this;
    const { fromRate, toRate } = this.#options;
    // The place of the last of them in the input, and half the filter around it.
    return (outputs) => Math.floor(((outputs - 1) * fromRate) / toRate) + latency + 1;
  }

  /** Converts more audio; returns what is ready. */
  process(input: readonly Float32Array[]): Float32Array[] {
    const length = input[0]?.length ?? 0;
    const only = input[0];
    if (only && this.#canLend(length)) {
      this.#load(only, 0, length);
      return [this.#lend(length)];
    }
    const output = this.#allocate(length);
    return output.map((samples, channel) => {
      const source = input[channel]!;
      return this.#convert(channel, length, samples, (from, to) => this.#load(source, from, to));
    });
  }

  /** Converts the average of all channels, for a filter of one: mixed straight into WebAssembly's memory. */
  processMixed(input: readonly Float32Array[]): Float32Array[] {
    const length = input[0]?.length ?? 0;
    if (this.#canLend(length)) {
      this.#loadMixed(input, 0, length);
      return [this.#lend(length)];
    }
    const [output] = this.#allocate(length);
    return [this.#convert(0, length, output!, (from, to) => this.#loadMixed(input, from, to))];
  }

  /** Gives the WebAssembly memory back; the filter can't be used afterwards. */
  free(): void {
    this.#speex._speex_resampler_destroy(this.#state);
  }

  #allocate(length: number): Float32Array[] {
    const { allocate = ownPlanes, channels, fromRate, toRate } = this.#options;
    return allocate(channels, Math.ceil((length * toRate) / fromRate) + SLACK);
  }

  #load(samples: Float32Array, from: number, to: number): void {
    const isWhole = from === 0 && to === samples.length;
    this.#speex.HEAPF32.set(isWhole ? samples : samples.subarray(from, to), this.#exchange.input / FLOAT_BYTES);
  }

  #loadMixed(channels: readonly Float32Array[], from: number, to: number): void {
    const memory = this.#speex.HEAPF32;
    const offset = this.#exchange.input / FLOAT_BYTES - from;
    const [left, right] = channels;
    if (left && right && channels.length === 2) {
      for (let i = from; i < to; i += 1) memory[offset + i] = (left[i]! + right[i]!) * 0.5;
    } else if (left && channels.length === 1) {
      this.#load(left, from, to);
    } else {
      this.#load(mixDown(channels.map((samples) => samples.subarray(from, to))), 0, to - from);
    }
  }

  #convert(channel: number, length: number, output: Float32Array, load: (from: number, to: number) => void): Float32Array {
    const from = this.#exchange.output / FLOAT_BYTES;
    let consumed = 0;
    let produced = 0;
    while (consumed < length) {
      const end = Math.min(length, consumed + this.#inputBlock);
      load(consumed, end);
      const { used, made } = this.#run(channel, end - consumed);
      output.set(this.#speex.HEAPF32.subarray(from, from + made), produced);
      consumed += used;
      produced += made;
    }
    return output.subarray(0, produced);
  }

  #canLend(length: number): boolean {
    const { allocate, channels } = this.#options;
    return allocate === undefined && channels === 1 && length <= this.#inputBlock;
  }

  /** Converts what was loaded, and leaves it there. */
  #lend(length: number): Float32Array {
    const exchange = this.#exchange;
    const made = length === 0 ? 0 : this.#run(0, length).made;
    const { HEAPF32 } = this.#speex;
    if (exchange.lent.length !== made || exchange.lent.buffer !== HEAPF32.buffer) {
      const from = exchange.output / FLOAT_BYTES;
      exchange.lent = HEAPF32.subarray(from, from + made);
    }
    return exchange.lent;
  }

  /** One call into WebAssembly, with as many samples as were loaded. */
  #run(channel: number, loaded: number): { used: number; made: number } {
    const speex = this.#speex;
    const { counts, input, output } = this.#exchange;
    const words = speex.HEAPU32;
    words[counts / 4] = loaded;
    words[counts / 4 + 1] = BLOCK;
    speex._speex_resampler_process_float(this.#state, channel, input, counts, output, counts + 4);
    return { used: words[counts / 4]!, made: words[counts / 4 + 1]! };
  }
}

function exchangeOf(speex: SpeexResamplerModule): Exchange {
  let exchange = exchanges.get(speex);
  if (!exchange) {
    const counts = speex._malloc(8 + 2 * FLOAT_BYTES * BLOCK);
    exchange = { counts, input: counts + 8, output: counts + 8 + FLOAT_BYTES * BLOCK, lent: NOTHING };
    exchanges.set(speex, exchange);
  }
  return exchange;
}
