import { type CompletenessCheck, completenessCheck } from '../../audio/completeness/index.js';
import type { DecodedFormat, DecoderContext } from '../../audio/decoder.js';
import type { SniffedAudio } from '../../audio/sniff/index.js';
import { WavReader } from '../../audio/wav/index.js';
import { DecodeError, type FfmpegError } from '../../errors/index.js';
import { type DiagnosticCode, emitEvent } from '../../events/index.js';
import { type Flow, type Release, Stage } from '../../flow/index.js';
import { type FfmpegDecoder, type FfmpegOutcome, startFfmpegDecoder } from '../../process/index.js';
import type { ChunkMaker, FloatChunk } from './chunk-maker.js';
import type { DecodeHost, DecodeSettings, DecodeSteps } from './decode-settings.js';

/**
 * Decodes one source through an ffmpeg child.
 *
 * Two boundaries meet here: input waits while ffmpeg's standard input is full, and its output, a WAV stream, waits while the
 * consumers of its chunks hold.
 */
export class FfmpegSource {
  readonly #context: DecoderContext;
  readonly #host: DecodeHost;
  readonly #maker: ChunkMaker;
  readonly #check: CompletenessCheck | undefined;
  readonly #ffmpeg: FfmpegDecoder;
  readonly #output: Stage<Buffer, FloatChunk>;
  readonly #readsFile: boolean;
  #received = 0;
  #inputEnded = false;
  #outcome: FfmpegOutcome | undefined;
  #isOver = false;
  #failure: { error: unknown } | undefined;
  /** The hold on the input while ffmpeg can take no more, or while its last output is awaited. */
  #waiting: Release | undefined;

  /** @param file What ffmpeg reads by itself; what is fed then only passes by. */
  constructor(
    sniffed: SniffedAudio,
    settings: DecodeSettings,
    context: DecoderContext,
    host: DecodeHost,
    maker: ChunkMaker,
    file?: string,
  ) {
    this.#readsFile = file !== undefined;
    this.#context = context;
    this.#host = host;
    this.#maker = maker;
    this.#check = completenessCheck(sniffed.container);
    this.#output = this.#readOutput(sniffed);
    this.#ffmpeg = startFfmpegDecoder({
      demuxer: sniffed.demuxer,
      path: settings.ffmpegPath,
      lowLatency: settings.lowLatency,
      file,
      onDrain: () => this.#proceed(),
      onData: (bytes) => this.#output.push(bytes),
      onEnd: (outcome) => {
        this.#outcome = outcome;
        this.#output.end();
      },
      onError: (error) => this.#output.endWithError(error),
    });
  }

  *feed(bytes: Uint8Array): DecodeSteps {
    this.#received += bytes.length;
    this.#check?.push(bytes);
    if (this.#isOver || this.#readsFile || this.#ffmpeg.write(bytes)) return;
    yield* this.#wait();
  }

  *finish(): DecodeSteps {
    this.#inputEnded = true;
    this.#ffmpeg.end();
    if (!this.#isOver) yield* this.#wait();
    const { complaints = '', truncated = false } = this.#outcome ?? {};
    const shortfall = this.#check?.end(this.#maker.position);
    const { label } = this.#context;
    if (truncated || shortfall?.isCertain) throw this.#truncated(shortfall?.what ?? 'breaks off');
    if (complaints !== '') {
      this.#report(
        'DECODE_RECOVERED',
        `${label}: parts of the input are damaged; ffmpeg decoded around them: ${firstLine(complaints)}`,
      );
    }
    if (shortfall) this.#report('HEADER_MISMATCH', `${label}: the input ${shortfall.what}`);
  }

  free(): void {
    this.#isOver = true;
    this.#ffmpeg.kill();
    this.#output.stop();
  }

  #readOutput({ container, codec = container }: SniffedAudio): Stage<Buffer, FloatChunk> {
    // As it comes: ffmpeg's output ends without a flush.
    const reader = new WavReader({ ...this.#context, whole: undefined });
    const stdout: Flow = {
      hold: () => {
        this.#ffmpeg.pause();
        return () => this.#ffmpeg.resume();
      },
    };
    let format: DecodedFormat | undefined;
    const maker = this.#maker;
    const output: Stage<Buffer, FloatChunk> = new Stage<Buffer, FloatChunk>({
      name: 'decode()',
      *process(bytes) {
        for (const audio of reader.push(bytes)) {
          format ??= { ...audio.format, container: `ffmpeg:${container}`, codec };
          yield maker.make({ ...audio, format }, output.flow);
        }
      },
      emit: (chunk) => this.#host.emit(chunk),
      complete: () => {
        this.#isOver = true;
        this.#proceed();
      },
      error: (error) => this.#fail(error),
      flowOf: () => stdout,
      bytesOf: (bytes) => bytes.length,
    });
    return output;
  }

  /** Waits for {@link #proceed}, holding the input. */
  *#wait(): DecodeSteps {
    this.#waiting = this.#host.flow.hold();
    yield undefined;
    if (this.#failure) throw this.#failure.error;
  }

  #proceed(): void {
    const release = this.#waiting;
    this.#waiting = undefined;
    release?.();
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    const isFfmpeg = (error as Partial<FfmpegError>).code === 'FFMPEG_FAILED';
    const shortfall = isFfmpeg && this.#inputEnded ? this.#check?.end(this.#maker.position) : undefined;
    this.#failure = { error: shortfall?.isCertain ? this.#truncated(shortfall.what, error) : error };
    if (this.#waiting) this.#proceed();
    else this.#host.fail(this.#failure.error);
  }

  #truncated(what: string, cause?: unknown): DecodeError {
    return new DecodeError('TRUNCATED_INPUT', `${this.#context.label}: the input ${what}; it ends at byte ${this.#received}`, {
      byteOffset: this.#received,
      timeMs: this.#maker.timeMs,
      ...(cause !== undefined && { cause }),
    });
  }

  #report(code: DiagnosticCode, message: string): void {
    emitEvent(this.#context.events, { type: 'diagnostic', code, message, atMs: this.#maker.timeMs, stream: this.#context.label });
  }
}

/** The first complaint, without the address of the part of ffmpeg that wrote it. */
function firstLine(complaints: string): string {
  return complaints
    .slice(0, complaints.indexOf('\n') === -1 ? undefined : complaints.indexOf('\n'))
    .replace(/^(\[[^\]]* @ 0x[0-9a-f]+\] )+/, '')
    .slice(0, 300);
}
