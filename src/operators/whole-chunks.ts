import type { Observable } from 'rxjs';

const makers = new WeakMap<object, (wholeMs: number) => Observable<unknown>>();

/**
 * Says how to get the same audio in pieces that end at multiples of a duration, in milliseconds from the source's start.
 *
 * Live audio comes in blocks of 20 ms, and code that ran 20 ms ago has left the processor's caches: what each operator does to a block
 * costs many times what it costs in a loop. What is cut into chunks of 250 ms anyway is better worked on in such pieces. A hint: pieces may
 * end elsewhere, too.
 */
export function offerWhole<T>(output: Observable<T>, build: (wholeMs: number) => Observable<T>): Observable<T> {
  makers.set(output, build);
  return output;
}

/** The same audio, in pieces that end at multiples of a duration if what made it offers that. */
export function inWhole<T>(input: Observable<T>, wholeMs: number): Observable<T> {
  return (makers.get(input)?.(wholeMs) as Observable<T> | undefined) ?? input;
}
