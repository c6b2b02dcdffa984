import { connect, mergeMap, type Observable, type OperatorFunction, startWith, take } from 'rxjs';
import type { AudioChunk, Pcm } from '../../audio/index.js';
import type { EventObserver } from '../../events/index.js';
import { expectChunk } from '../../operators/expect-chunk.js';
import { resample } from '../../operators/resample.js';
import { toPcm16le } from '../../operators/to-pcm16le.js';

/** The rate the service works at, in Hz; a higher one is only bandwidth. */
const SERVICE_RATE = 16_000;

type Decoded = AudioChunk<Pcm<'float32'>>;

/** Audio that a session takes. */
export type PcmChunk = AudioChunk<Pcm<'s16le', 1>>;

/**
 * Converts a leg's audio to what is sent: mono 16-bit, at its own rate down to 16 kHz. 16-bit audio goes through as it is.
 *
 * Decided at the first chunk.
 */
export function toLegPcm(events: EventObserver | undefined): OperatorFunction<AudioChunk, PcmChunk> {
  return connect((audio$) =>
    audio$.pipe(
      take(1),
      mergeMap((first): Observable<PcmChunk> => {
        expectChunk(first, { operator: 'call()' });
        const whole$ = audio$.pipe(startWith(first));
        // What comes later is checked by whoever works on it.
        if (first.format.encoding === 's16le') return whole$ as Observable<PcmChunk>;
        const decoded$ = whole$ as Observable<Decoded>;
        const resampled$ = first.format.sampleRate > SERVICE_RATE ? decoded$.pipe(resample<number>(SERVICE_RATE)) : decoded$;
        return resampled$.pipe(toPcm16le(events ? { events } : {}));
      }),
    ),
  );
}
