import { DecodeError } from '../../errors/index.js';
import { ByteWindow } from '../byte-window.js';
import type { AudioDecoder, DecodedAudio, DecoderContext } from '../decoder.js';
import { readBoxHeader } from './box-header.js';

/** Audio data up to this size are read through, to say for certain whether an index follows. */
const WALK_LIMIT_BYTES = 8 * 1024 * 1024;

const REMEDY =
  'A stream can\'t be rewound: rewrite the file with "ffmpeg -i in.m4a -c copy -movflags +faststart out.m4a", or record with the index in front.';

/** Stands in for a decoder where there can be none: an MP4 whose audio data come first. Finds out what is wrong, and says it. */
export class LateIndexMp4 implements AudioDecoder {
  readonly #label: string;
  readonly #input = new ByteWindow();
  #data: { offset: number; size: number } | undefined;
  #box = { type: 'first', offset: 0 };

  constructor({ label }: DecoderContext) {
    this.#label = label;
  }

  push(bytes: Uint8Array): Iterable<DecodedAudio> {
    const input = this.#input;
    input.append(bytes);
    while (input.skipping === 0) {
      const box = readBoxHeader(input.bytes, 0);
      if (!box) break;
      this.#box = { type: box.type, offset: input.offset };
      if (box.type === 'moov') {
        throw this.#late(`its index (the moov box, at byte ${input.offset}) comes after its audio data`, input.offset);
      }
      if (box.type === 'mdat') {
        this.#data ??= { offset: input.offset, size: box.size ?? Number.POSITIVE_INFINITY };
        if (this.#data.size > WALK_LIMIT_BYTES) {
          throw this.#late(`its audio data (the mdat box, at byte ${input.offset}) come before its index (moov)`, input.offset);
        }
      }
      input.skip(box.size ?? Number.MAX_SAFE_INTEGER - input.received);
    }
    return [];
  }

  flush(): Iterable<DecodedAudio> {
    const end = this.#input.received;
    const position = { byteOffset: end, timeMs: 0 };
    if (this.#input.skipping > 0 || this.#input.length > 0) {
      throw new DecodeError(
        'TRUNCATED_INPUT',
        `${this.#label}: the MP4 breaks off at byte ${end}, within its ${this.#box.type} box (at byte ${this.#box.offset}) and before its index (moov); without that nothing can be decoded`,
        position,
      );
    }
    throw new DecodeError(
      'CORRUPT_INPUT',
      `${this.#label}: the MP4 has no index (moov box) up to its end at byte ${end}: its recording was never finished; without the index nothing can be decoded`,
      position,
    );
  }

  free(): void {}

  #late(what: string, byteOffset: number): DecodeError {
    return new DecodeError('MOOV_AT_END', `${this.#label}: this MP4 can't be decoded as a stream, because ${what}. ${REMEDY}`, {
      byteOffset,
      timeMs: 0,
    });
  }
}
