import { Observable, type OperatorFunction } from 'rxjs';
import { expectNumber, expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import { Fifo, type Flow, Holder } from '../flow/index.js';
import { untilClosed } from './until-closed.js';

/** Options of {@link mapAsync}. */
export interface MapAsyncOptions {
  /** How many calls may run at once, a whole number from 1. Default: 1. */
  concurrency?: number | undefined;
}

const NAMES: OptionNames<MapAsyncOptions> = { concurrency: true };

/**
 * Maps each chunk through an asynchronous function, in order, without letting unfinished work pile up.
 *
 * Unlike `concatMap`, which queues whatever arrives meanwhile, it holds the boundary above while `concurrency` calls are running or
 * wait for a slower one before them. Results are emitted in the order of their inputs.
 *
 * @param project Gets the chunk and an AbortSignal that fires when the subscription ends.
 * @returns Completes when the input has and every call has settled, and passes on an error of the input as late; the first rejection is
 * the error at once, and aborts the other calls.
 * @throws OptionError for a `concurrency` out of range and a `project` that is no function.
 * @example
 * audio$.pipe(mapAsync(async (chunk) => denoise(chunk)), toPcm16le())
 */
export function mapAsync<In extends { readonly flow: Flow }, Out>(
  project: (chunk: In, signal: AbortSignal) => PromiseLike<Out> | Out,
  options: MapAsyncOptions = {},
): OperatorFunction<In, Out> {
  expectOptions('mapAsync', options, NAMES);
  const { concurrency = 1 } = options;
  if (typeof project !== 'function') throw new OptionError('mapAsync(project)', 'must be a function of a chunk', project);
  expectNumber('mapAsync({ concurrency })', concurrency, { min: 1, whole: true });
  return (input) =>
    new Observable<Out>((subscriber) => {
      const abort = new AbortController();
      /** One slot for each input that was started and has not been emitted yet, in order. */
      const slots = new Fifo<{ result?: { value: Out } }>();
      const waiting = new Fifo<In>();
      let end: (() => void) | undefined;
      const above = new Holder();

      function start(chunk: In): void {
        const slot: { result?: { value: Out } } = {};
        slots.push(slot);
        Promise.resolve()
          // Whoever has unsubscribed meanwhile wants no more work done.
          .then(() => (subscriber.closed ? (undefined as never) : project(chunk, abort.signal)))
          .then(
            (value) => {
              slot.result = { value };
              settle();
            },
            (error) => {
              if (!subscriber.closed) subscriber.error(error);
            },
          );
      }

      function settle(): void {
        while (slots.first?.result && !subscriber.closed) subscriber.next(slots.shift()!.result!.value);
        if (subscriber.closed) return;
        while (slots.length < concurrency && waiting.length > 0) start(waiting.shift() as In);
        if (slots.length < concurrency) above.release();
        if (slots.length === 0 && waiting.length === 0) end?.();
      }

      function finish(notify: () => void): void {
        end = notify;
        settle();
        // Whoever shares the source need not wait for what is left of this branch.
        above.release();
      }

      subscriber.add(
        input.pipe(untilClosed(subscriber)).subscribe({
          next: (chunk) => {
            if (slots.length < concurrency && waiting.length === 0) start(chunk);
            else waiting.push(chunk);
            if (slots.length >= concurrency) above.hold(chunk?.flow);
          },
          complete: () => finish(() => subscriber.complete()),
          error: (error) => finish(() => subscriber.error(error)),
        }),
      );
      return () => {
        abort.abort();
        waiting.clear();
        slots.clear();
        above.release();
      };
    });
}
