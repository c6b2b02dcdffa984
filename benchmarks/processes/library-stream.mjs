// @ts-check
// One live stream as a user of the library writes it.
import { behavioralSignals, chunk, decode, fromReadable, toPcm16le } from 'behavioral-signals-rx';
import { tap } from 'rxjs';
import { nowMs } from '../measuring/clock.mjs';

/** @typedef {import('./live-sender.mjs').StreamOptions} StreamOptions */

/** Streams until the source ends; resolves when the last result has come. @param {StreamOptions} options @returns {Promise<void>} */
export function streamWithLibrary({ readable, connection, chunkMs, onWrite, onResult }) {
  return new Promise((resolve, reject) => {
    fromReadable(readable)
      .pipe(
        decode({ format: { encoding: 's16le', sampleRate: 16_000, channels: 1 } }),
        toPcm16le(),
        chunk(chunkMs),
        tap(() => onWrite(nowMs())),
        behavioralSignals(connection),
      )
      .subscribe({
        next: ({ level, startMs, endMs, messageId }) => onResult({ receivedMs: nowMs(), level, startMs, endMs, messageId }),
        complete: resolve,
        error: reject,
      });
  });
}
