import type { AudioChunk } from './chunk.js';
import type { Pcm } from './pcm.js';
import type { WholePieces } from './piece-length.js';

/** A chunk that is lent, and its samples as they came where `DecodedAudio` has them. */
export type LentChunk = AudioChunk<Pcm<'float32'>> & { stored?: Uint8Array | undefined };

/** @param whole Lend these pieces, where it makes no difference to the work. Default: as they come. */
type Lend = (whole?: WholePieces) => object;

const lenders = new WeakMap<object, Lend>();

/**
 * Says how to get the same audio lent: in memory that is used again for the next chunk.
 *
 * Within this library only, whose user never sees it: memory of its own costs a small piece of live audio more than all the work on it,
 * and a long file much garbage collection. A borrower is done with a chunk when it returns, or holds the chunk's flow for as long as it
 * needs it, as a `Stage` does: a lender that is held makes no next chunk.
 */
export function offerLent<Audio extends object>(audio: Audio, lend: Lend): Audio {
  lenders.set(audio, lend);
  return audio;
}

/**
 * The same audio, lent if what made it offers that.
 *
 * @param whole What whoever borrows passes on needs no less than these pieces.
 */
export function borrow<Audio extends object>(audio: Audio, whole?: WholePieces): Audio {
  return (lenders.get(audio)?.(whole) as Audio | undefined) ?? audio;
}
