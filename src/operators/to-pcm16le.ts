import { defer, map, type OperatorFunction } from 'rxjs';
import { type AudioChunk, mixDown, PartyDetector, type Pcm, quantize, startMs } from '../audio/index.js';
import { type EventObserver, emitEvent } from '../events/index.js';
import { expectChunk } from './expect-chunk.js';

/** Options of {@link toPcm16le}. */
export interface ToPcm16leOptions {
  /** Receives the diagnostic `TWO_PARTIES`. Default: process warnings. */
  events?: EventObserver;
}

/**
 * Converts decoded audio to what the service takes: mono, signed 16-bit little-endian.
 *
 * Several channels are averaged. When two channels look like the two parties of a call, a diagnostic says so, because a mix of two
 * speakers spoils every prediction: use `channel(n)` or `splitChannels()` before this. Samples beyond full scale are clipped, never
 * wrapped; audio that was 16-bit before comes back bit by bit.
 *
 * @returns A synchronous operator: one chunk out for each chunk in, with the same timing.
 * @throws (as error notification) PipelineError `FORMAT_MISMATCH` for anything but decoded (float32) audio.
 * @example
 * fromFile('call.wav').pipe(decode(), resample(16_000), toPcm16le())
 */
export function toPcm16le({
  events,
}: ToPcm16leOptions = {}): OperatorFunction<AudioChunk<Pcm<'float32'>>, AudioChunk<Pcm<'s16le', 1>>> {
  return (input) =>
    defer(() => {
      const parties = new PartyDetector();
      return input.pipe(
        map((chunk): AudioChunk<Pcm<'s16le', 1>> => {
          expectChunk(chunk, { operator: 'toPcm16le()', encoding: 'float32' });
          const { data, format, length, timing, flow } = chunk;
          if (data.length === 2 && parties.push(data[0]!, data[1]!, format.sampleRate)) {
            emitEvent(events, {
              type: 'diagnostic',
              code: 'TWO_PARTIES',
              message: `The two channels of "${timing.source.label}" look like two speakers, and toPcm16le() mixes them. Put channel(0), channel(1) or splitChannels() before it to analyse each speaker alone.`,
              atMs: startMs(chunk),
              stream: timing.source.label,
            });
          }
          return {
            data: quantize(mixDown(data)),
            format: { encoding: 's16le', channels: 1, sampleRate: format.sampleRate },
            length,
            timing,
            flow,
          };
        }),
      );
    });
}
