import type { Observable } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';

/** Decoded audio of any number of channels. */
type Decoded = AudioChunk<Pcm<'float32'>>;

/** A chunk that is lent, and its samples as they came where `DecodedAudio` has them. */
export type LentChunk = Decoded & { stored?: Uint8Array | undefined };

/** @param wholeMs Lend pieces that end at multiples of this duration, where it makes no difference to the work. Default: as they come. */
type Lend = (wholeMs?: number) => Observable<Decoded>;

const lenders = new WeakMap<object, Lend>();

/**
 * Says how to get the same audio lent: in memory that is used again for the next chunk.
 *
 * Between operators of this library only, whose user never sees it: memory of its own costs a small piece of live audio more than all the
 * work on it, and a long file much garbage collection. A borrower is done with a chunk when it returns, or holds the chunk's flow for
 * as long as it needs it, as a `Stage` does: a lender that is held makes no next chunk.
 */
export function offerLent<T extends Observable<unknown>>(output: T, lend: Lend): T {
  lenders.set(output, lend);
  return output;
}

/**
 * The same audio, lent if what made it offers that.
 *
 * @param wholeMs What whoever borrows passes on needs no less than pieces that end at multiples of so many milliseconds, counted from
 * the source's start.
 */
export function borrow(input: Observable<Decoded>, wholeMs?: number): Observable<Decoded> {
  return lenders.get(input)?.(wholeMs) ?? input;
}
