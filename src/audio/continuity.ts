import { PipelineError } from '../errors/index.js';
import type { AudioChunk, SourceId } from './chunk.js';

/** How a chunk follows the one before it. */
export type Continuation = 'first' | 'continues' | 'jumps' | 'new-source' | 'new-format';

/** Tells how each chunk follows the one before: on the same run of samples, after a jump, or from another source or format. */
export class Continuity {
  #source: SourceId | undefined;
  #next = 0;
  #sampleRate = 0;
  #channels = 0;
  #encoding = '';
  readonly #seen = new WeakSet<SourceId>();

  /** Position that a chunk must have to continue the one before, in samples; 0 before the first. */
  get next(): number {
    return this.#next;
  }

  /**
   * Takes note of a chunk.
   *
   * @throws PipelineError `INTERLEAVED_SOURCES` when audio of an earlier source comes back after another's.
   */
  follow({ timing, format, length }: AudioChunk): Continuation {
    const continuation = this.#compare(timing.source, timing.position, format);
    this.#source = timing.source;
    this.#next = timing.position + length;
    this.#sampleRate = format.sampleRate;
    this.#channels = format.channels;
    this.#encoding = format.encoding;
    return continuation;
  }

  #compare(source: SourceId, position: number, format: AudioChunk['format']): Continuation {
    if (source !== this.#source) {
      if (this.#seen.has(source)) {
        throw new PipelineError(
          'INTERLEAVED_SOURCES',
          `Audio of "${source.label}" came back after audio of "${this.#source?.label}": sources were merged. Give each source a pipe of its own, or put them one after the other with concat().`,
        );
      }
      this.#seen.add(source);
      return this.#source ? 'new-source' : 'first';
    }
    if (format.sampleRate !== this.#sampleRate || format.channels !== this.#channels || format.encoding !== this.#encoding) {
      return 'new-format';
    }
    return position === this.#next ? 'continues' : 'jumps';
  }
}
