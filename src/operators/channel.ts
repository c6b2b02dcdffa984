import { map, type OperatorFunction } from 'rxjs';
import { type AudioChunk, asWished, offerWished, type Pcm } from '../audio/index.js';
import { expectNumber, OptionError } from '../errors/index.js';
import { expectChunk } from './expect-chunk.js';

/**
 * Keeps one channel of decoded audio, for instance one party of a two-party call.
 *
 * @param index From 0: left is 0, right is 1.
 * @returns A synchronous operator; put it before `resample()`, so that the other channels cost nothing.
 * @throws OptionError for an index that isn't a whole number, and (as error notification) for one that the audio doesn't have.
 * @example
 * fromFile('call.wav').pipe(decode(), channel(1), resample(16_000), toPcm16le())
 */
export function channel(index: number): OperatorFunction<AudioChunk<Pcm<'float32'>>, AudioChunk<Pcm<'float32', 1>>> {
  expectNumber('channel(index)', index, { min: 0, whole: true });
  const keep = map((chunk: AudioChunk<Pcm<'float32'>>) => {
    expectChunk(chunk, { operator: 'channel()', encoding: 'float32' });
    return pick(chunk, index);
  });
  return (input) =>
    offerWished(input.pipe(keep), ({ borrows, whole }) =>
      asWished(input, { borrows, whole: whole && { ...whole, keepsOne: true } }).pipe(keep),
    );
}

/** One channel of a chunk as a chunk of its own. */
export function pick(chunk: AudioChunk<Pcm<'float32'>>, index: number): AudioChunk<Pcm<'float32', 1>> {
  const samples = chunk.data[index];
  if (!samples) {
    const { channels } = chunk.format;
    const has = channels === 1 ? 'one channel, 0' : `channels 0 to ${channels - 1}`;
    throw new OptionError('channel(index)', `"${chunk.timing.source.label}" has ${has}`, index);
  }
  return { ...chunk, data: [samples], format: { encoding: 'float32', channels: 1, sampleRate: chunk.format.sampleRate } };
}
