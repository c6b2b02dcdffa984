import { BatchApiError } from '../errors/index.js';
import { onAbort } from '../flow/index.js';

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
    const timer = setTimeout(() => {
      ignoreSignal();
      resolve();
    }, ms);
    const ignoreSignal = onAbort(signal, () => {
      clearTimeout(timer);
      reject(abortedError(signal));
    });
  });
}
