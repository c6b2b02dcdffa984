import type { Observable } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';

/** Decoded audio of any number of channels. */
type Decoded = AudioChunk<Pcm<'float32'>>;

/** Builds the same audio, of which what has at least so many channels is lent. */
type Lend = (fromChannels: number) => Observable<Decoded>;

const lenders = new WeakMap<object, Lend>();

/**
 * Says how to get the same audio lent: its samples are overwritten once the next chunk comes.
 *
 * Between operators of this library only, and only where the second is done with a chunk when it returns: memory of its own costs a small
 * piece of live audio more than all the work on it, and a long file much garbage collection. What users see is never reused.
 */
export function offerLent<T extends Observable<unknown>>(output: T, lend: Lend): T {
  lenders.set(output, lend);
  return output;
}

/** The same audio, lent if what made it offers that. @param fromChannels Audio of fewer channels keeps memory of its own. */
export function borrow(input: Observable<Decoded>, { fromChannels }: { fromChannels: number }): Observable<Decoded> {
  return lenders.get(input)?.(fromChannels) ?? input;
}
