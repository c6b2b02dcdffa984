import { defer, map, type OperatorFunction } from 'rxjs';
import { type AudioChunk, asWished, type LentChunk, offerWished, type Pcm, quantize, type Wish } from '../audio/index.js';
import { expectOptions, type OptionNames } from '../errors/index.js';
import type { EventObserver } from '../events/index.js';
import { expectChunk } from './expect-chunk.js';
import { mixed, partyWatch } from './mix-channels.js';

const EXPECTED = { operator: 'toPcm16le()', encoding: 'float32' } as const;

/** Options of {@link toPcm16le}. */
export interface ToPcm16leOptions {
  /** Receives the diagnostic `TWO_PARTIES`. Default: process warnings. */
  events?: EventObserver | undefined;
}

const NAMES: OptionNames<ToPcm16leOptions> = { events: true };

/**
 * Converts decoded audio to what the service takes: mono, signed 16-bit little-endian.
 *
 * Several channels are averaged; directly after `resample()` they are averaged before its filter, which then works on one channel.
 * When two channels look like the two parties of a call, a diagnostic says so, because a mix of two speakers spoils every
 * prediction: use `channel(n)` or `splitChannels()` before this. Samples beyond full scale are clipped, never wrapped; audio that was
 * 16-bit before comes back bit by bit.
 *
 * @returns A synchronous operator: one chunk out for each chunk in, with the same timing.
 * @throws (as error notification) PipelineError `FORMAT_MISMATCH` for anything but decoded (float32) audio.
 * @example
 * fromFile('call.wav').pipe(decode(), resample(16_000), toPcm16le())
 */
export function toPcm16le(
  options: ToPcm16leOptions = {},
): OperatorFunction<AudioChunk<Pcm<'float32'>>, AudioChunk<Pcm<'s16le', 1>>> {
  expectOptions('toPcm16le', options, NAMES);
  const { events } = options;
  return (input) => {
    const converted = ({ whole }: Wish) =>
      defer(() => {
        const watch = partyWatch(EXPECTED.operator, events);
        return asWished(input, { borrows: true, whole, mixes: watch }).pipe(
          map((chunk) => {
            expectChunk(chunk, EXPECTED);
            watch(chunk);
            return toPcm(mixed(chunk));
          }),
        );
      });
    return offerWished(converted({}), converted);
  };
}

function toPcm({ data, stored, format, length, timing, flow }: LentChunk): AudioChunk<Pcm<'s16le', 1>> {
  return {
    // Rounding floats that were 16-bit gives the same, and takes longer.
    data: stored ? Buffer.from(stored) : quantize(data[0]!),
    format: { encoding: 's16le', channels: 1, sampleRate: format.sampleRate },
    length,
    timing,
    flow,
  };
}
