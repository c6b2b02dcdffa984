import { lastValueFrom, reduce } from 'rxjs';
import { decode } from '../index.js';
import type { Input } from './input.js';

/** The input's length in milliseconds, found by decoding it. */
export function inputDurationMs({ label, bytes$ }: Input): Promise<number> {
  const duration$ = bytes$.pipe(
    decode({ events: { next: () => {} }, label }),
    reduce((totalMs, { length, format }) => totalMs + (length / format.sampleRate) * 1000, 0),
  );
  return lastValueFrom(duration$);
}
