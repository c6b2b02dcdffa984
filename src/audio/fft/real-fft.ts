import wasm from '@echogarden/pffft-wasm/dist/simd/pffft.wasm?embed';
import loadPffft, { type PffftModule } from '@echogarden/pffft-wasm/simd';

const REAL = 0;
const FORWARD = 0;
const BACKWARD = 1;
const FLOAT_BYTES = 4;

let loading: Promise<PffftModule> | undefined;
let pffft: PffftModule | undefined;

/** Loads the transform's WebAssembly, once per process; resolves when {@link RealFft} can be constructed. */
export function loadFft(): Promise<void> {
  loading ??= loadPffft({ wasmBinary: Buffer.from(wasm, 'base64'), locateFile: (name) => name }).then((module) => {
    pffft = module;
    return module;
  });
  return loading.then(() => {});
}

const shared = new Map<number, RealFft>();

/**
 * The transform of a length that all who use it at once have in common, so that streams need none of their own.
 *
 * For use within one call only: whoever comes next overwrites its samples and spectrum. It is never freed. Call {@link loadFft} first.
 */
export function sharedFft(length: number): RealFft {
  let fft = shared.get(length);
  if (!fft) {
    fft = new RealFft(length);
    shared.set(length, fft);
  }
  return fft;
}

/**
 * A Fourier transform of real input, computed in place in WebAssembly memory, without allocation.
 *
 * Its length is 2^a * 3^b * 5^c with a >= 5. A spectrum is `length` floats: the real parts at 0 Hz and at half the rate, then the
 * real and imaginary parts of each bin between. The code is PFFFT (Julien Pommier, 2013, after FFTPACK). Call {@link loadFft} first.
 */
export class RealFft {
  readonly length: number;
  /** Where {@link forward} reads samples, and where {@link backward} leaves them. Stays valid until `free()`. */
  get samples(): Float32Array {
    return this.#view(this.#sampleOffset);
  }
  /** Where {@link forward} leaves the spectrum, and where {@link backward} reads it. Stays valid until `free()`. */
  get spectrum(): Float32Array {
    return this.#view(this.#spectrumOffset);
  }
  readonly #pffft: PffftModule;
  readonly #setup: number;
  readonly #sampleOffset: number;
  readonly #spectrumOffset: number;
  readonly #work: number;
  readonly #views = new Map<number, Float32Array>();
  #freed = false;

  constructor(length: number) {
    if (!pffft) throw new Error('loadFft() must resolve before a RealFft is constructed');
    // PFFFT itself would abort for good.
    if (!isTransformable(length)) throw new RangeError(`no Fourier transform of length ${length}`);
    this.length = length;
    this.#pffft = pffft;
    this.#setup = pffft._pffft_new_setup(length, REAL);
    this.#sampleOffset = pffft._pffft_aligned_malloc(FLOAT_BYTES * length);
    this.#spectrumOffset = pffft._pffft_aligned_malloc(FLOAT_BYTES * length);
    this.#work = pffft._pffft_aligned_malloc(FLOAT_BYTES * length);
  }

  /** Transforms `samples` into `spectrum`, unscaled. */
  forward(): void {
    this.#pffft._pffft_transform_ordered(this.#setup, this.#sampleOffset, this.#spectrumOffset, this.#work, FORWARD);
  }

  /** Transforms `spectrum` into `samples`; after {@link forward} they are `length` times what they were. */
  backward(): void {
    this.#pffft._pffft_transform_ordered(this.#setup, this.#spectrumOffset, this.#sampleOffset, this.#work, BACKWARD);
  }

  /** Gives the WebAssembly memory back; the transform can't be used afterwards. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#views.clear();
    this.#pffft._pffft_destroy_setup(this.#setup);
    for (const pointer of [this.#sampleOffset, this.#spectrumOffset, this.#work]) this.#pffft._pffft_aligned_free(pointer);
  }

  // WebAssembly memory that grows replaces its buffer and empties the old views.
  #view(offset: number): Float32Array {
    const known = this.#views.get(offset);
    if (known && known.length > 0) return known;
    const view = new Float32Array(this.#pffft.HEAPF32.buffer, offset, this.length);
    this.#views.set(offset, view);
    return view;
  }
}

function isTransformable(length: number): boolean {
  if (!Number.isInteger(length) || length < 32 || length % 32 !== 0) return false;
  let rest = length;
  for (const factor of [2, 3, 5]) while (rest % factor === 0) rest /= factor;
  return rest === 1;
}
