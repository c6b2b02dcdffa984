import type { WholePieces } from '../../audio/index.js';
import type { ResolvedRawFormat } from '../../audio/raw/index.js';
import type { EventObserver } from '../../events/index.js';
import type { Flow } from '../../flow/index.js';
import type { FloatChunk } from './chunk-maker.js';

/** The options of `decode()`, checked. */
export interface DecodeSettings {
  format: ResolvedRawFormat | undefined;
  ffmpegPath: string | undefined;
  lowLatency: boolean;
  label: string | undefined;
  /** Whether the memory of a chunk is used again for the next. */
  lends: boolean;
  /** Where pieces end, as decoders are told; undefined for as the input gives them. */
  whole: WholePieces | undefined;
  events: EventObserver | undefined;
}

/** What decoding asks of the stage it runs in. */
export interface DecodeHost {
  /** The flow of the stage: what chunks decoded in this process carry, and how decoding itself waits. */
  readonly flow: Flow;
  /** Hands on a chunk that was decoded elsewhere, outside the stage's own turn. */
  emit: (chunk: FloatChunk) => void;
  /** Ends everything with an error, after all that was emitted. */
  fail: (error: unknown) => void;
}

/**
 * Steps of decoding: a chunk to emit, or nothing, which gives the stage the occasion to look at its holds, and decoding a way to wait:
 * it holds the stage's own flow, yields nothing, and is resumed when the hold is given back.
 */
export type DecodeSteps = Iterable<FloatChunk | undefined>;
