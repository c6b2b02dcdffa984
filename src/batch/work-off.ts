import { concatMap, defer, EMPTY, finalize, mergeMap, type Observable, of, range, repeat } from 'rxjs';

/**
 * Works on what an iterable gives, so many at a time; the next item is asked for once there is a place for it, and never while another
 * one is awaited. When it ends early, so does the iterable.
 */
export function workOff<Item, Event>(
  items: Iterable<Item> | AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item) => Observable<Event>,
): Observable<Event> {
  return defer(() => {
    const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    let isOver = false;
    let last: Promise<unknown> = Promise.resolve();
    const take = (): Promise<IteratorResult<Item, unknown>> => {
      const taken = last.then(async () => {
        if (isOver) return { done: true as const, value: undefined };
        const next = await iterator.next();
        isOver ||= next.done === true;
        return next;
      });
      // Whoever asked hears of it.
      last = taken.catch(() => {
        isOver = true;
      });
      return taken;
    };
    const place$ = defer(take).pipe(
      concatMap((next) => (next.done ? EMPTY : work(next.value))),
      repeat({ delay: () => (isOver ? EMPTY : of(undefined)) }),
    );
    return range(0, concurrency).pipe(
      mergeMap(() => place$),
      finalize(() => {
        if (isOver) return;
        isOver = true;
        // What it does at its end is its own affair, and so is how that fails.
        (async () => iterator.return?.())().catch(() => {});
      }),
    );
  });
}
