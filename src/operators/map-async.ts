import { Observable, type OperatorFunction } from 'rxjs';
import { expectNumber } from '../errors/index.js';
import { type Flow, Holder } from '../flow/index.js';

/** Options of {@link mapAsync}. */
export interface MapAsyncOptions {
  /** How many calls may run at once, a whole number from 1. Default: 1. */
  concurrency?: number;
}

/**
 * Maps each chunk through an asynchronous function, in order, without letting unfinished work pile up.
 *
 * Unlike `concatMap`, which queues whatever arrives meanwhile, it holds the boundary above while `concurrency` calls are running.
 * Results are emitted in the order of their inputs.
 *
 * @param project Gets the chunk and an AbortSignal that fires when the subscription ends.
 * @returns Completes when the input has and every call has settled; the first rejection is the error, and aborts the other calls.
 * @throws OptionError for a `concurrency` out of range.
 * @example
 * audio$.pipe(mapAsync(async (chunk) => denoise(chunk)), toPcm16le())
 */
export function mapAsync<In extends { readonly flow: Flow }, Out>(
  project: (chunk: In, signal: AbortSignal) => PromiseLike<Out> | Out,
  { concurrency = 1 }: MapAsyncOptions = {},
): OperatorFunction<In, Out> {
  expectNumber('mapAsync({ concurrency })', concurrency, { min: 1, whole: true });
  return (input) =>
    new Observable<Out>((subscriber) => {
      const abort = new AbortController();
      /** One slot for each input that has not been emitted yet, in order. */
      const slots: { result?: { value: Out } }[] = [];
      const waiting: In[] = [];
      let running = 0;
      let completed = false;
      const above = new Holder();

      function start(chunk: In): void {
        const slot: (typeof slots)[number] = {};
        slots.push(slot);
        running += 1;
        Promise.resolve()
          .then(() => project(chunk, abort.signal))
          .then(
            (value) => {
              running -= 1;
              slot.result = { value };
              settle();
            },
            (error) => {
              if (!subscriber.closed) subscriber.error(error);
            },
          );
      }

      function settle(): void {
        while (slots[0]?.result && !subscriber.closed) subscriber.next(slots.shift()!.result!.value);
        if (subscriber.closed) return;
        while (running < concurrency && waiting.length > 0) start(waiting.shift()!);
        if (running < concurrency) above.release();
        if (completed && slots.length === 0 && waiting.length === 0) subscriber.complete();
      }

      subscriber.add(
        input.subscribe({
          next: (chunk) => {
            if (running < concurrency) start(chunk);
            else waiting.push(chunk);
            if (running >= concurrency) above.hold(chunk?.flow);
          },
          complete: () => {
            completed = true;
            settle();
          },
          error: (error) => subscriber.error(error),
        }),
      );
      return () => {
        abort.abort();
        waiting.length = 0;
        slots.length = 0;
        above.release();
      };
    });
}
