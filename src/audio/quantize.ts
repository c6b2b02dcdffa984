import { endianness } from 'node:os';

const BIG_ENDIAN_HOST = endianness() === 'BE';

/** The memory of the last buffer; that of small ones is Node's pool, of 8 KiB. */
let pool: Int16Array = new Int16Array(0);

/** All of a buffer's memory as words: small buffers in a row lie in the same memory, and a view of each costs as much as filling it. */
function wordsOf({ buffer }: Buffer): Int16Array {
  if (pool.buffer !== buffer) pool = new Int16Array(buffer, 0, buffer.byteLength >> 1);
  return pool;
}

/**
 * Converts float samples to signed 16-bit little-endian bytes, rounding to nearest and clipping what exceeds [-1, 1).
 *
 * Samples that came from 16-bit audio come back exactly. NaN becomes 0.
 */
export function quantize(samples: Float32Array): Buffer {
  const buffer = Buffer.allocUnsafe(samples.length * 2);
  const out = wordsOf(buffer);
  const first = buffer.byteOffset / 2;
  for (let i = 0; i < samples.length; i += 1) {
    const scaled = samples[i]! * 32_768;
    // Not by the sign, which changes with every period of a tone: a processor can't predict such a branch.
    out[first + i] = scaled >= 32_767 ? 32_767 : scaled <= -32_768 ? -32_768 : Math.floor(scaled + 0.5);
  }
  return BIG_ENDIAN_HOST ? buffer.swap16() : buffer;
}
