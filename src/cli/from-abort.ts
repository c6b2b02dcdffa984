import { Observable } from 'rxjs';

/** Emits once when the signal fires, or at once when it has fired before. */
export function fromAbort(signal: AbortSignal): Observable<void> {
  return new Observable((subscriber) => {
    const onAbort = () => {
      subscriber.next();
      subscriber.complete();
    };
    if (signal.aborted) {
      onAbort();
      return undefined;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  });
}
