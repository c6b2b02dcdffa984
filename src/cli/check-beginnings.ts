import { stat } from 'node:fs/promises';
import { lastValueFrom, take, takeUntil } from 'rxjs';
import { decode } from '../index.js';
import { fromAbort } from './from-abort.js';
import type { Input } from './input.js';

/**
 * Decodes the beginning of each input that can be read twice, so that a missing or unreadable one is known before anything is streamed.
 *
 * @param stop Ends it early.
 * @throws (as rejection) what reading or decoding throws; SourceError, DecodeError, FfmpegError.
 */
export async function checkBeginnings(inputs: readonly Input[], stop: AbortSignal): Promise<void> {
  const stop$ = fromAbort(stop);
  // What is noticed is said when the input is streamed.
  const events = { next: () => {} };
  for (const { label, bytes$, file } of inputs) {
    if (file === undefined || stop.aborted || !(await canBeReadTwice(file))) continue;
    await lastValueFrom(bytes$.pipe(decode({ events, label }), take(1), takeUntil(stop$)), { defaultValue: undefined });
  }
}

/** A pipe has a name too, but gives its bytes once. What can't be looked at can't be read either, and says so each time. */
async function canBeReadTwice(file: string | URL): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile() || found.isDirectory(),
    () => true,
  );
}
