import type { Observable } from 'rxjs';
import type { AudioChunk } from '../../src/audio/index.js';

/**
 * Subscribes, and unsubscribes amid an emission.
 *
 * @param stopAfter Which emission, from 1; 0: right after the subscription.
 * @returns How many there were by now, once it has unsubscribed.
 */
export function takeAndStop(source$: Observable<unknown>, stopAfter: number): Promise<() => number> {
  let seen = 0;
  return new Promise((resolve) => {
    const subscription = source$.subscribe(() => {
      seen += 1;
      if (seen === stopAfter) stop();
    });
    function stop() {
      subscription.unsubscribe();
      resolve(() => seen);
    }
    if (stopAfter === 0) stop();
  });
}

/** Holds each chunk's flow for a turn of the event loop; rejects when something is emitted meanwhile, resolves when all has come. */
export function holdEach<Chunk extends AudioChunk>(source$: Observable<Chunk>, take: (chunk: Chunk) => void): Promise<void> {
  let held = false;
  return new Promise((resolve, reject) => {
    source$.subscribe({
      next: (chunk) => {
        if (held) reject(new Error('emitted while held'));
        take(chunk);
        held = true;
        const release = chunk.flow.hold();
        setImmediate(() => {
          held = false;
          release();
        });
      },
      complete: resolve,
      error: reject,
    });
  });
}
