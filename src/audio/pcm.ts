/** How samples are represented: planar 32-bit floats in [-1, 1], or interleaved signed 16-bit little-endian integers. */
export type SampleEncoding = 'float32' | 's16le';

/**
 * The format of decoded audio.
 *
 * `Channels` is a literal where it is known at compile time (1 after `toPcm16le()`), else `number`.
 */
export interface Pcm<Encoding extends SampleEncoding = SampleEncoding, Channels extends number = number> {
  /** `float32` from `decode()` on, `s16le` from `toPcm16le()` on. */
  readonly encoding: Encoding;
  /** Channels, from 1. */
  readonly channels: Channels;
  /** In Hz. */
  readonly sampleRate: number;
}

/** The samples of a chunk: one Float32Array per channel for `float32`; bytes, channels interleaved, for `s16le`. */
export type SamplesOf<Encoding extends SampleEncoding> = Encoding extends 'float32'
  ? readonly Float32Array[]
  : Encoding extends 's16le'
    ? Buffer
    : never;
