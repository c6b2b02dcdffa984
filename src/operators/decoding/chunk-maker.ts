import type { DecodedAudio, DecodedFormat, DecoderContext } from '../../audio/decoder.js';
import type { AudioChunk, LentChunk, Pcm, SourceId } from '../../audio/index.js';
import { AudioInspector } from '../../audio/inspector/index.js';
import { emitEvent } from '../../events/index.js';
import type { Flow } from '../../flow/index.js';

/** A chunk of decoded audio with any number of channels. */
export type FloatChunk = AudioChunk<Pcm<'float32'>>;

/** Turns what a decoder yields for one source into chunks on that source's timeline, and tells of its format first. */
export class ChunkMaker {
  readonly #source: SourceId;
  readonly #context: DecoderContext;
  readonly #decoder: 'in-process' | 'ffmpeg';
  readonly #inspector: AudioInspector;
  readonly #lends: boolean;
  #decoded: DecodedFormat | undefined;
  #format: Pcm<'float32'> | undefined;
  #position = 0;

  /** @param lends Whether chunks are lent. */
  constructor(source: SourceId, context: DecoderContext, decoder: 'in-process' | 'ffmpeg', lends: boolean) {
    this.#lends = lends;
    this.#source = source;
    this.#context = context;
    this.#decoder = decoder;
    this.#inspector = new AudioInspector(context);
  }

  /** Samples per channel made into chunks so far, at the current rate. */
  get position(): number {
    return this.#position;
  }

  /** Milliseconds made into chunks so far. */
  get timeMs(): number {
    return this.#format ? (this.#position / this.#format.sampleRate) * 1000 : 0;
  }

  make(audio: DecodedAudio, flow: Flow): FloatChunk {
    if (audio.format !== this.#decoded) this.#changeFormat(audio.format);
    this.#inspector.push(audio);
    const position = this.#position;
    this.#position += audio.length;
    const chunk: LentChunk = {
      data: audio.data,
      format: this.#format!,
      length: audio.length,
      timing: audio.kind ? { source: this.#source, position, kind: audio.kind } : { source: this.#source, position },
      flow,
    };
    if (this.#lends) chunk.stored = audio.stored;
    return chunk;
  }

  /** The source ended. */
  end(): void {
    this.#inspector.end();
  }

  #changeFormat(decoded: DecodedFormat): void {
    const { sampleRate, channels } = decoded;
    const isSame = this.#format?.sampleRate === sampleRate && this.#format.channels === channels;
    this.#decoded = decoded;
    if (isSame) return;
    // Positions count samples at the chunk's own rate.
    if (this.#format) this.#position = Math.round((this.#position * sampleRate) / this.#format.sampleRate);
    this.#format = { encoding: 'float32', channels, sampleRate };
    emitEvent(this.#context.events, { type: 'format', ...decoded, decoder: this.#decoder, stream: this.#context.label });
  }
}
