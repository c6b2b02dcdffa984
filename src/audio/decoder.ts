import type { EventObserver } from '../events/index.js';
import type { WholePieces } from './piece-length.js';
import type { PlaneAllocator } from './sample-format/index.js';

/** What a decoder found out about its input, known from the first {@link DecodedAudio} on. */
export interface DecodedFormat {
  /** For instance `wav`, `mp3`, `raw`. */
  container: string;
  /** For instance `pcm_s16le`, `mulaw`, `mp3`. */
  codec: string;
  /** In Hz. */
  sampleRate: number;
  channels: number;
  /** Length of the audio where the container says so, in milliseconds. */
  durationMs?: number;
}

/** A piece of decoded audio, at most 250 ms long. */
export interface DecodedAudio {
  /** Planar samples in [-1, 1], one array per channel; never reused by the decoder, unless it was told to. */
  data: Float32Array[];
  /**
   * The samples as they came, where they are mono, 16 bits and little-endian; they may be overwritten when the decoder is used again. For
   * whoever would make the same of the floats.
   */
  stored?: Uint8Array | undefined;
  /** Samples per channel. */
  length: number;
  /** The same object as long as the format stays the same. */
  format: DecodedFormat;
  /** `concealed`: silence that stands for damaged input, so that what follows keeps its place in time. Default: `audio`. */
  kind?: 'audio' | 'concealed';
}

/**
 * A synchronous, streaming decoder for one input.
 *
 * Outputs are produced lazily, so that a caller can stop between them; a broken input throws a `DecodeError` from the iterable
 * after everything decodable before the fault was yielded.
 */
export interface AudioDecoder {
  /** Bytes without which it outputs nothing, unless the input ends: fewer may as well be kept back. Default: 0, any may do. */
  readonly lacking?: number;
  /** More of the input. What gives a single piece, as a block of live audio does, may come in an array: a generator costs more. */
  push(bytes: Uint8Array): Iterable<DecodedAudio>;
  /** The input ended: what is left, then any complaint about where it ended. */
  flush(): Iterable<DecodedAudio>;
  /** Gives memory back; the decoder can't be used afterwards. */
  free(): void;
}

/** What every decoder is given. */
export interface DecoderContext {
  /** Receives diagnostics. */
  events?: EventObserver | undefined;
  /** The source's label, for messages. */
  label: string;
  /** Where decoders that allocate samples themselves get the memory. Default: memory of its own for every piece. */
  allocate?: PlaneAllocator | undefined;
  /**
   * Has pieces end there, however the input is cut, for whoever needs no less at a time: a block of live audio then costs next to nothing
   * until they are complete. Default: pieces as the input gives them.
   */
  whole?: WholePieces | undefined;
}
