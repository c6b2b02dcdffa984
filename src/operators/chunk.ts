import type { OperatorFunction } from 'rxjs';
import { type AudioChunk, asWished, Chunker, type Pcm } from '../audio/index.js';
import { expectNumber } from '../errors/index.js';
import { expectChunk } from './expect-chunk.js';
import { stageOperator } from './stage-operator.js';

const EXPECTED = { operator: 'chunk()' };

/**
 * Cuts audio into chunks of one duration, the unit that is sent to the service; the last one before an end or a jump is shorter.
 *
 * @param ms Duration in milliseconds, 1 to 1000; the service recommends 100 to 500. At rates where it is no whole number of samples,
 * lengths differ by one sample so that boundaries never drift.
 * @returns An operator on any audio; it completes with its input, after the last chunk.
 * @throws OptionError for a duration out of range; (as error notification) PipelineError `FORMAT_MISMATCH` for anything but audio.
 * @example
 * fromFile('call.wav').pipe(decode(), toPcm16le(), chunk(250))
 */
export function chunk<Format extends Pcm>(ms: number): OperatorFunction<AudioChunk<Format>, AudioChunk<Format>> {
  expectNumber('chunk(ms)', ms, { min: 1, max: 1000, unit: 'milliseconds' });
  const cut = stageOperator<AudioChunk<Format>, AudioChunk<Format>>('chunk()', () => {
    const chunker = new Chunker<Format>(ms);
    return {
      process: (input, flow) => {
        expectChunk(input, EXPECTED);
        return chunker.push(input, flow);
      },
      flush: (flow) => chunker.flush(flow),
    };
  });
  return (input) => cut(asWished(input, { whole: { ms } }));
}
