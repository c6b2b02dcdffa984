import { BatchApiError } from '../errors/index.js';

/** The error of work whose signal has fired. */
export function abortedError(signal: AbortSignal | undefined): BatchApiError {
  return new BatchApiError('ABORTED', 'The work was ended by its signal', { cause: signal?.reason });
}

/**
 * Waits.
 *
 * @throws (as rejection) BatchApiError `ABORTED` as soon as the signal fires.
 */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortedError(signal));
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(abortedError(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
