import { Observable, type OperatorFunction, tap } from 'rxjs';
import { type AudioChunk, durationMs } from '../audio/index.js';
import { expectNumber, OptionError } from '../errors/index.js';
import { Holder } from '../flow/index.js';
import { expectChunk } from './expect-chunk.js';
import { untilClosed } from './until-closed.js';

/**
 * Bounds the audio that waits inside operators that queue (`observeOn`, `delay`, `bufferTime`, asynchronous `concatMap`).
 *
 * Such operators know nothing of flow. This counts the audio that went into them and the audio that came out, and holds the boundary
 * above while the difference is more than `ms`.
 *
 * @param ms Audio that may wait inside, in milliseconds, above 0. More than `inner` needs to let any out: `bufferCount(4)` of chunks of 250 ms
 * would wait for ever at 500.
 * @param inner The operators to bound; they must let audio out in the end. What they drop counts as waiting: end them with audio of
 * the same positions.
 * @returns Emits, completes and errors as `inner` does.
 * @throws OptionError for `ms` out of range and an `inner` that is no function; (as error notification) PipelineError `FORMAT_MISMATCH` for anything but audio.
 * @example
 * audio$.pipe(bounded(1000, (audio$) => audio$.pipe(delay(500))))
 */
export function bounded<In extends AudioChunk, Out extends AudioChunk>(
  ms: number,
  inner: OperatorFunction<In, Out>,
): OperatorFunction<In, Out> {
  expectNumber('bounded(ms)', ms, { above: 0, unit: 'milliseconds' });
  if (typeof inner !== 'function')
    throw new OptionError('bounded(inner)', 'must be an operator, or a function of the audio', inner);
  return (input) =>
    new Observable<Out>((subscriber) => {
      let waitingMs = 0;
      const above = new Holder();
      // After the emission, not amid it: what came meanwhile would be lost in operators that begin anew after each one, such as `bufferTime`.
      let isDue = false;
      const settle = () => {
        isDue = false;
        if (waitingMs <= ms) above.release();
      };
      subscriber.add(
        input
          .pipe(
            untilClosed(subscriber),
            tap({
              next: (chunk) => {
                expectChunk(chunk, { operator: 'bounded()' });
                waitingMs += durationMs(chunk);
                if (waitingMs > ms) above.hold(chunk.flow);
              },
              // Whoever shares the source need not wait for what is left of this branch.
              finalize: () => above.release(),
            }),
            inner,
          )
          .subscribe({
            next: (chunk) => {
              try {
                expectChunk(chunk, { operator: 'bounded()' });
              } catch (error) {
                subscriber.error(error);
                return;
              }
              waitingMs -= durationMs(chunk);
              if (above.isHolding && !isDue) {
                isDue = true;
                queueMicrotask(settle);
              }
              subscriber.next(chunk);
            },
            complete: () => subscriber.complete(),
            error: (error) => subscriber.error(error),
          }),
      );
      subscriber.add(() => above.release());
    });
}
