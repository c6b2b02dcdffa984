import type { AudioDecoder, DecodedAudio, DecoderContext } from '../../audio/decoder.js';
import type { SourceId } from '../../audio/index.js';
import { Mp3Decoder } from '../../audio/mp3/index.js';
import { LateIndexMp4 } from '../../audio/mp4/index.js';
import { RawDecoder } from '../../audio/raw/index.js';
import { ownPlanes, reusedPlanes } from '../../audio/sample-format/index.js';
import { type SniffedAudio, type SniffResult, sniff, sniffedAudio } from '../../audio/sniff/index.js';
import { WavReader } from '../../audio/wav/index.js';
import { DecodeError, isBehavioralSignalsError } from '../../errors/index.js';
import { emitEvent } from '../../events/index.js';
import { ChunkMaker, type FloatChunk } from './chunk-maker.js';
import type { DecodeHost, DecodeSettings, DecodeSteps } from './decode-settings.js';
import { FfmpegSource } from './ffmpeg-source.js';
import { promisedContainer } from './file-extension.js';

/** Decodes one source from its first byte to its last: recognises what it is, and sees it through the decoder it needs. */
export class SourceDecoding {
  readonly source: SourceId;
  readonly #settings: DecodeSettings;
  readonly #host: DecodeHost;
  readonly #context: DecoderContext;
  #head: Uint8Array = new Uint8Array(0);
  #wantBytes = 0;
  #received = 0;
  #decoder: AudioDecoder | undefined;
  #maker: ChunkMaker | undefined;
  #ffmpeg: FfmpegSource | undefined;
  #freed = false;

  constructor(source: SourceId, settings: DecodeSettings, host: DecodeHost) {
    this.source = source;
    this.#settings = settings;
    this.#host = host;
    const { label = source.label, events, lends, whole } = settings;
    this.#context = { label, events, allocate: lends ? reusedPlanes() : ownPlanes, whole };
    if (settings.format) this.#decodeInProcess(new RawDecoder(settings.format, this.#context));
  }

  /** Bytes without which nothing is decoded, unless the source ends; 0 where that isn't known. */
  get lacking(): number {
    return this.#decoder?.lacking ?? 0;
  }

  feed(bytes: Uint8Array): DecodeSteps {
    this.#received += bytes.length;
    if (this.#decoder) return this.#decode(this.#decoder, bytes);
    if (this.#ffmpeg) return this.#ffmpeg.feed(bytes);
    this.#head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    return this.#head.length >= this.#wantBytes ? this.#begin(sniff(this.#head)) : [];
  }

  /** The source ended: yields what is left, then throws if something was wrong with its end. */
  *finish(): DecodeSteps {
    if (this.#received === 0) throw this.#error('EMPTY_INPUT', 'the input is empty');
    if (!this.#decoder && !this.#ffmpeg) yield* this.#begin(sniff(this.#head, true));
    if (this.#decoder) yield* this.#decode(this.#decoder);
    if (this.#ffmpeg) yield* this.#ffmpeg.finish();
    this.#maker?.end();
    this.free();
  }

  /** Gives memory and processes back; does nothing the second time. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#decoder?.free();
    this.#ffmpeg?.free();
  }

  *#begin(sniffed: SniffResult): DecodeSteps {
    if (sniffed.kind === 'undecided') {
      this.#wantBytes = sniffed.wantBytes;
      return;
    }
    if (sniffed.kind !== 'audio') throw this.#refusal(sniffed);
    this.#compareName(sniffed);
    const head = this.#head;
    this.#head = new Uint8Array(0);
    this.#received -= head.length;
    if (sniffed.container === 'mp3') this.#decodeInProcess(yield* this.#loadMp3());
    else if (!sniffed.needsFfmpeg) this.#decodeInProcess(new WavReader(this.#context));
    else if (sniffed.indexIsLate) this.#decodeInProcess(new LateIndexMp4(this.#context));
    else this.#decodeByFfmpeg(sniffed);
    yield* this.feed(head);
  }

  #decodeByFfmpeg(sniffed: SniffedAudio, file?: string): void {
    this.#maker = new ChunkMaker(this.source, this.#context, 'ffmpeg', this.#settings.lends);
    this.#ffmpeg = new FfmpegSource(sniffed, this.#settings, this.#context, this.#host, this.#maker, file);
  }

  #decodeInProcess(decoder: AudioDecoder): void {
    this.#decoder = decoder;
    this.#maker = new ChunkMaker(this.source, this.#context, 'in-process', this.#settings.lends);
  }

  /** Decodes in this process, without bytes to the end; an MP4 whose index comes last is left to ffmpeg, which can read a file out of order. */
  #decode(decoder: AudioDecoder, bytes?: Uint8Array): DecodeSteps {
    try {
      const pieces = bytes ? decoder.push(bytes) : decoder.flush();
      return Array.isArray(pieces) ? pieces.map((audio) => this.#make(audio)) : this.#makeEach(pieces);
    } catch (error) {
      const { file } = this.source;
      if (file === undefined || !isBehavioralSignalsError(error, 'MOOV_AT_END')) throw error;
      this.#decoder = undefined;
      this.#decodeByFfmpeg(sniffedAudio('mp4'), file);
      return [];
    }
  }

  *#makeEach(pieces: Iterable<DecodedAudio>): Generator<FloatChunk> {
    for (const audio of pieces) yield this.#make(audio);
  }

  #make(audio: DecodedAudio): FloatChunk {
    return this.#maker!.make(audio, this.#host.flow);
  }

  /** Holds the input until the decoder is loaded. */
  *#loadMp3(): Generator<undefined, Mp3Decoder> {
    let decoder: Mp3Decoder | undefined;
    let failure: { error: unknown } | undefined;
    const release = this.#host.flow.hold();
    Mp3Decoder.load(this.#context)
      .then(
        (loaded) => {
          if (this.#freed) loaded.free();
          else decoder = loaded;
        },
        (error: unknown) => {
          failure = { error };
        },
      )
      .finally(release);
    yield undefined;
    if (failure) throw failure.error;
    return decoder!;
  }

  #refusal(sniffed: Exclude<SniffResult, { kind: 'audio' | 'undecided' }>): DecodeError {
    if (sniffed.kind === 'broken') return this.#error('CORRUPT_INPUT', `this is ${sniffed.what}`, sniffed.byteOffset);
    if (sniffed.kind === 'not-audio')
      return this.#error('UNRECOGNIZED_INPUT', `this is ${sniffed.what}, not audio that can be decoded`);
    const { length } = this.#head;
    return this.#error(
      'UNRECOGNIZED_INPUT',
      `the first ${length === 1 ? 'byte is' : `${length} bytes are`} no audio format known here; for raw samples give decode({ format: { encoding, sampleRate, channels } })`,
    );
  }

  #error(code: 'EMPTY_INPUT' | 'UNRECOGNIZED_INPUT' | 'CORRUPT_INPUT', message: string, byteOffset = 0): DecodeError {
    return new DecodeError(code, `${this.#context.label}: ${message}`, { byteOffset, timeMs: 0 });
  }

  #compareName({ container }: SniffedAudio): void {
    const { label, events } = this.#context;
    const promised = promisedContainer(this.source.label, container);
    if (!promised) return;
    emitEvent(events, {
      type: 'diagnostic',
      code: 'EXTENSION_MISMATCH',
      message: `${label}: named like ${promised.toUpperCase()}, but it is ${container.toUpperCase()}; it is decoded as what it is`,
      stream: label,
    });
  }
}
