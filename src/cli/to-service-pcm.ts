import { connect, mergeMap, type OperatorFunction, startWith, take } from 'rxjs';
import { type AudioChunk, type EventObserver, type Pcm, resample, toPcm16le } from '../index.js';

/** The rate the service works at, in Hz; a higher one is only bandwidth. */
const SERVICE_RATE = 16_000;

type Decoded = AudioChunk<Pcm<'float32'>>;
type Sendable = AudioChunk<Pcm<'s16le', 1>>;

/**
 * Converts decoded audio to what is sent: mono 16-bit, at the given rate or, without one, at the input's own down to 16 kHz.
 *
 * Audio below 16 kHz is left at its rate: resampling would cost bandwidth and add nothing. Decided at the first chunk.
 */
export function toServicePcm(rate: number | undefined, events: EventObserver): OperatorFunction<Decoded, Sendable> {
  if (rate !== undefined) {
    const toRate = resample<number>(rate);
    return (decoded$) => decoded$.pipe(toRate, toPcm16le({ events }));
  }
  return connect((decoded$) =>
    decoded$.pipe(
      take(1),
      mergeMap((first) => {
        const whole$ = decoded$.pipe(startWith(first));
        const resampled$ = first.format.sampleRate > SERVICE_RATE ? whole$.pipe(resample<number>(SERVICE_RATE)) : whole$;
        return resampled$.pipe(toPcm16le({ events }));
      }),
    ),
  );
}
