import type { Observable } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';

/** Decoded audio of any number of channels. */
type Decoded = AudioChunk<Pcm<'float32'>>;

const lenders = new WeakMap<object, () => Observable<Decoded>>();

/**
 * Says how to get the same audio lent: in memory that is used again for the next chunk.
 *
 * Between operators of this library only, whose user never sees it: memory of its own costs a small piece of live audio more than all the
 * work on it, and a long file much garbage collection. A borrower is done with a chunk when it returns, or holds the chunk's flow for
 * as long as it needs it, as a `Stage` does: a lender that is held makes no next chunk.
 */
export function offerLent<T extends Observable<unknown>>(output: T, lend: () => Observable<Decoded>): T {
  lenders.set(output, lend);
  return output;
}

/** The same audio, lent if what made it offers that. */
export function borrow(input: Observable<Decoded>): Observable<Decoded> {
  return lenders.get(input)?.() ?? input;
}
