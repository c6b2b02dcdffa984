import { defer, type MonoTypeOperatorFunction, map, type Observable, tap } from 'rxjs';
import { type AudioChunk, borrow, mixDown, PartyDetector, type Pcm, startMs } from '../audio/index.js';
import { type EventObserver, emitEvent } from '../events/index.js';
import { expectChunk } from './expect-chunk.js';

type Decoded = AudioChunk<Pcm<'float32'>>;
type Mono = AudioChunk<Pcm<'float32', 1>>;
type Watch = MonoTypeOperatorFunction<Decoded>;

/** @param wholeMs What whoever asks passes on needs no less than pieces that end at multiples of this duration, in milliseconds. */
type MixEarly = (watch: Watch, wholeMs: number | undefined) => Observable<Mono>;

const mixable = new WeakMap<Observable<unknown>, MixEarly>();

/**
 * Says how to get the same audio with its channels mixed before the work instead of after it.
 *
 * Mixing and linear filtering commute, and filtering one channel costs a fraction of filtering all.
 *
 * @param build Gets what has to look at the channels before they are mixed; what it gives is lent: whoever asked is done with a chunk when
 * it returns, because any resampler's next call overwrites it.
 */
export function offerEarlyMix<T>(output: Observable<T>, build: MixEarly): Observable<T> {
  mixable.set(output, build);
  return output;
}

/**
 * The input with its channels averaged, as early as what made the input allows.
 *
 * @param take What is made of each chunk; lent audio is overwritten after it.
 * @param wholeMs Take pieces that end at multiples of this duration, in milliseconds, where there is a choice.
 */
export function mixChannels<Out>(
  input: Observable<Decoded>,
  {
    operator,
    events,
    take,
    wholeMs,
  }: { operator: string; events: EventObserver | undefined; take: (chunk: Mono) => Out; wholeMs?: number | undefined },
): Observable<Out> {
  const early = mixable.get(input)?.((decoded) => defer(() => decoded.pipe(tap(partyWatch(operator, events)))), wholeMs);
  if (early) return early.pipe(map(take));
  return defer(() => {
    const watch = partyWatch(operator, events);
    return borrow(input, wholeMs === undefined ? undefined : { ms: wholeMs }).pipe(
      map((chunk) => {
        watch(chunk);
        return take(mixed(chunk));
      }),
    );
  });
}

/** A chunk with its channels averaged; one that has a single channel is returned as it is. */
export function mixed(chunk: Decoded): Mono {
  if (chunk.data.length === 1) return chunk as Mono;
  const { sampleRate } = chunk.format;
  return { ...chunk, data: [mixDown(chunk.data)], format: { encoding: 'float32', channels: 1, sampleRate } };
}

/** Looks at audio before it is mixed, and says once when two channels look like two parties. */
function partyWatch(operator: string, events: EventObserver | undefined): (chunk: Decoded) => void {
  const parties = new PartyDetector();
  const expected = { operator, encoding: 'float32' } as const;
  return (chunk) => {
    expectChunk(chunk, expected);
    const { data, format, timing } = chunk;
    if (data.length !== 2 || !parties.push(data[0]!, data[1]!, format.sampleRate)) return;
    emitEvent(events, {
      type: 'diagnostic',
      code: 'TWO_PARTIES',
      message: `The two channels of "${timing.source.label}" look like two speakers, and ${operator} mixes them. Put channel(0), channel(1) or splitChannels() before it to analyse each speaker alone.`,
      atMs: startMs(chunk),
      stream: timing.source.label,
    });
  };
}
