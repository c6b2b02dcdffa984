import { type EventObserver, emitEvent } from './event-sink.js';

/**
 * Makes one events observer of several: each receives every event, in the order given.
 *
 * One that throws doesn't keep the event from the others: its error becomes a process warning.
 *
 * @param observers Observers, such as `logEvents(…)` and a `Subject<StreamEvent>`; `undefined` is passed over, so that one can depend on
 * a condition.
 * @returns An observer for the `events` option of any source or operator. If nobody listens it is empty, and diagnostics become process
 * warnings as without it.
 * @example
 * behavioralSignals({ events: mergeEvents(logEvents(pino()), dashboard$) })
 */
export function mergeEvents(...observers: (EventObserver | undefined)[]): EventObserver {
  const listening = observers.filter((observer) => observer?.next !== undefined);
  if (listening.length === 0) return {};
  return {
    next: (event) => {
      for (const observer of listening) emitEvent(observer, event);
    },
  };
}
