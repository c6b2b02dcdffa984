import { type MonoTypeOperatorFunction, takeWhile } from 'rxjs';

/**
 * Ends an operator's input once its output is closed, even in the middle of a subscription.
 *
 * A source that emits while it is being subscribed to, such as `from(generator)`, can't be unsubscribed from before `subscribe()`
 * returns; without this, one that never ends would never stop.
 */
export function untilClosed<T>(output: { readonly closed: boolean }): MonoTypeOperatorFunction<T> {
  return takeWhile(() => !output.closed);
}
