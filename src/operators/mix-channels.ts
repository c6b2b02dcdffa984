import { defer, map, type Observable, type OperatorFunction } from 'rxjs';
import { type AudioChunk, mixDown, PartyDetector, type Pcm, startMs } from '../audio/index.js';
import { type EventObserver, emitEvent } from '../events/index.js';
import { expectChunk } from './expect-chunk.js';

type Decoded = AudioChunk<Pcm<'float32'>>;
type Mono = AudioChunk<Pcm<'float32', 1>>;
type Mix = OperatorFunction<Decoded, Mono>;

const mixable = new WeakMap<Observable<unknown>, (mix: Mix) => Observable<Mono>>();

/**
 * Says how to get the same audio with its channels mixed before the work instead of after it.
 *
 * Mixing and linear filtering commute, and filtering one channel costs a fraction of filtering all.
 */
export function offerEarlyMix<T>(output: Observable<T>, build: (mix: Mix) => Observable<Mono>): Observable<T> {
  mixable.set(output, build);
  return output;
}

/** The input with its channels averaged, as early as what made the input allows. */
export function mixChannels(input: Observable<Decoded>, operator: string, events: EventObserver | undefined): Observable<Mono> {
  const mix: Mix = (decoded) => mixHere(decoded, operator, events);
  return mixable.get(input)?.(mix) ?? mix(input);
}

function mixHere(input: Observable<Decoded>, operator: string, events: EventObserver | undefined): Observable<Mono> {
  return defer(() => {
    const parties = new PartyDetector();
    return input.pipe(
      map((chunk): Mono => {
        expectChunk(chunk, { operator, encoding: 'float32' });
        const { data, format, timing } = chunk;
        if (data.length === 1) return chunk as Mono;
        if (data.length === 2 && parties.push(data[0]!, data[1]!, format.sampleRate)) {
          emitEvent(events, {
            type: 'diagnostic',
            code: 'TWO_PARTIES',
            message: `The two channels of "${timing.source.label}" look like two speakers, and ${operator} mixes them. Put channel(0), channel(1) or splitChannels() before it to analyse each speaker alone.`,
            atMs: startMs(chunk),
            stream: timing.source.label,
          });
        }
        return { ...chunk, data: [mixDown(data)], format: { encoding: 'float32', channels: 1, sampleRate: format.sampleRate } };
      }),
    );
  });
}
