import type { AudioChunk, SourceId } from './chunk.js';
import type { Pcm } from './pcm.js';
import type { WholePieces } from './piece-length.js';

/**
 * What an operator tells what makes its input, so that less work is done for the same audio.
 *
 * Within this library only. What makes the input follows what it can of a wish; an operator in between passes on what is true of its own
 * input as well.
 */
export interface Wish {
  /**
   * Whether it is done with a chunk when it returns, or holds the chunk's flow for as long as it needs it, as a `Stage` does.
   *
   * Chunks may then lie in memory that is used again for the next, which a lender that is held doesn't make: memory of its own costs a small
   * piece of live audio more than all the work on it, and a long file much garbage collection. Nothing that a user sees is ever lent.
   * Default: false.
   */
  readonly borrows?: boolean | undefined;
  /** The pieces that it does nothing without. Default: any will do. */
  readonly whole?: WholePieces | undefined;
  /**
   * Given if it averages all channels and is done with a chunk when it returns. Whoever averages them before calls this with each chunk as
   * it was.
   *
   * Mixing and linear filtering commute, and filtering one channel costs a fraction of filtering all. Default: channels matter.
   */
  readonly mixes?: ((chunk: AudioChunk<Pcm<'float32'>>) => void) | undefined;
  /** Of bytes: the next of a source without which nothing can come of them; 0 where that isn't known. Default: any will do. */
  readonly lacking?: ((source: SourceId) => number) | undefined;
}

/** A chunk that may be lent, and its samples as they came where `DecodedAudio` has them. */
export type LentChunk = AudioChunk<Pcm<'float32'>> & { stored?: Uint8Array | undefined };

const makers = new WeakMap<object, (wish: Wish) => object>();

/** Says how to make the same audio, or the same bytes, as whoever takes them wishes. */
export function offerWished<Output extends object>(output: Output, make: (wish: Wish) => Output): Output {
  makers.set(output, make);
  return output;
}

/** The same input as is wished, if what made it offers that. */
export function asWished<Input extends object>(input: Input, wish: Wish): Input {
  return (makers.get(input)?.(wish) as Input | undefined) ?? input;
}
