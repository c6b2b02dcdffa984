import { getMaxListeners, setMaxListeners } from 'node:events';

/**
 * Calls a listener when a signal fires, unless the returned function was called before.
 *
 * One signal commonly ends much; Node would take the eleventh listener for a leak.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (!signal) return () => {};
  if (signal.aborted) {
    let isWanted = true;
    queueMicrotask(() => {
      if (isWanted) listener();
    });
    return () => {
      isWanted = false;
    };
  }
  addToLimit(signal, 1);
  signal.addEventListener('abort', listener, { once: true });
  let isListening = true;
  return () => {
    if (!isListening) return;
    isListening = false;
    signal.removeEventListener('abort', listener);
    addToLimit(signal, -1);
  };
}

function addToLimit(signal: AbortSignal, count: number): void {
  const limit = getMaxListeners(signal);
  if (limit > 0) setMaxListeners(limit + count, signal);
}
