import { Observable, type OperatorFunction } from 'rxjs';
import { type AudioChunk, asWished, type ByteChunk, inputLabel, offerWished, type Pcm, type SourceId } from '../audio/index.js';
import { checkRawFormat, type RawFormat } from '../audio/raw/index.js';
import { expectOptions, isBehavioralSignalsError, OptionError, type OptionNames, PipelineError } from '../errors/index.js';
import { type DiagnosticCode, type EventObserver, emitEvent, type StreamEvent } from '../events/index.js';
import { Stage } from '../flow/index.js';
import type { FloatChunk } from './decoding/chunk-maker.js';
import type { DecodeHost, DecodeSettings, DecodeSteps } from './decoding/decode-settings.js';
import { SourceDecoding } from './decoding/source-decoding.js';

/** Options of {@link decode}. */
export interface DecodeOptions {
  /** What the bytes are, when they are raw samples without a header. Default: recognised from the bytes. */
  format?: RawFormat | undefined;
  /** The ffmpeg executable for formats other than WAV and MP3. Default: FFMPEG_PATH, PATH, then the package `@ffmpeg-installer/ffmpeg`. */
  ffmpegPath?: string | undefined;
  /** Has ffmpeg start output as soon as it understands the first packet, for input that comes at the speed of speech. Default: false. */
  lowLatency?: boolean | undefined;
  /** A name for events and messages. Default: the source's label, or `audio`. */
  label?: string | undefined;
  /** Receives the format, once per source, and diagnostics. Default: diagnostics become process warnings. */
  events?: EventObserver | undefined;
}

/**
 * Decodes audio of nearly any format, told by its bytes and never by its name, as it comes in.
 *
 * WAV and MP3, and raw samples whose `format` is given, are decoded in this process; everything else by an ffmpeg child, which
 * ends with the subscription. Chunks are at most 250 ms long, of planar floats at the input's own rate and channels; their position
 * counts from the start of each source, and input of another source in sequence (`concat`) is decoded on its own. While a consumer
 * holds, nothing is decoded and the source is paused.
 *
 * @returns A cold operator on byte chunks, or on plain `Uint8Array`s, which can't be paused: up to 16 MiB of them wait. Completes
 * when everything was decoded; unsubscribing frees decoders and ends ffmpeg.
 * @throws OptionError for wrong options, at once. As error notifications, after everything decodable was emitted: DecodeError
 * (`EMPTY_INPUT`, `UNRECOGNIZED_INPUT`, `UNSUPPORTED_FORMAT`, `CORRUPT_INPUT`, `TRUNCATED_INPUT`, `MOOV_AT_END`,
 * `DECODER_UNAVAILABLE`) with the byte at fault; FfmpegError; PipelineError for input that isn't bytes or comes from merged
 * sources; an error of the source as it is.
 * @example
 * fromFile('call.mp3').pipe(decode())
 * fromReadable(() => socket).pipe(decode({ format: { encoding: 'mulaw', sampleRate: 8000 } }))
 */
export function decode(options: DecodeOptions = {}): OperatorFunction<ByteChunk | Uint8Array, AudioChunk<Pcm<'float32'>>> {
  const settings = checkOptions(options);
  return (input) =>
    offerWished(decoded(input, settings), ({ borrows = false, whole }) => decoded(input, { ...settings, lends: borrows, whole }));
}

function decoded(input: Observable<ByteChunk | Uint8Array>, settings: DecodeSettings): Observable<FloatChunk> {
  return new Observable<FloatChunk>((subscriber) => {
    const host: DecodeHost = {
      get flow() {
        return stage.flow;
      },
      emit: (chunk) => subscriber.next(chunk),
      fail: (error) => subscriber.error(error),
    };
    const run = new DecodeRun(settings, host, inputLabel(input));
    const stage = new Stage<ByteChunk | Uint8Array, FloatChunk | undefined>({
      name: 'decode()',
      process: (bytes) => run.process(bytes),
      flush: () => run.finish(),
      emit: (chunk) => {
        if (chunk) subscriber.next(chunk);
      },
      complete: () => subscriber.complete(),
      error: (error) => subscriber.error(error),
      flowOf: (bytes) => (bytes instanceof Uint8Array ? undefined : (bytes as Partial<ByteChunk> | undefined)?.flow),
      bytesOf: (bytes) => (bytes instanceof Uint8Array ? bytes.length : 0),
    });
    subscriber.add(() => {
      stage.stop();
      run.free();
    });
    // What waits in the stage has yet to reach the decoder.
    const lacking = (source: SourceId) => (stage.isIdle ? run.lacking(source) : 0);
    const bytes$ = settings.whole === undefined ? input : asWished(input, { lacking });
    subscriber.add(
      bytes$.subscribe({
        next: (bytes) => stage.push(bytes),
        complete: () => stage.end(),
        error: (error) => {
          run.isCutOff = true;
          stage.endWithError(error);
        },
      }),
    );
  });
}

/** One subscription: its sources, one after the other. */
class DecodeRun {
  /** Set when the source failed: its error is the one to report, not that the input breaks off. */
  isCutOff = false;
  readonly #settings: DecodeSettings;
  readonly #events: EventObserver | undefined;
  readonly #host: DecodeHost;
  readonly #unnamed: SourceId;
  readonly #seen = new WeakSet<SourceId>();
  #isFirst = true;
  #isFinishing = false;
  #current: SourceDecoding | undefined;

  /** @param label What an input is called that brings nothing. */
  constructor(settings: DecodeSettings, host: DecodeHost, label = 'audio') {
    this.#settings = { ...settings, events: { next: (event) => this.#report(event) } };
    this.#events = settings.events;
    this.#host = host;
    this.#unnamed = { label: settings.label ?? label };
  }

  /** The next bytes of a source without which nothing is decoded, unless it ends; 0 where that isn't known. */
  lacking(source: SourceId): number {
    return this.#current?.source === source ? this.#current.lacking : 0;
  }

  process(input: ByteChunk | Uint8Array): DecodeSteps {
    const { data, source } = this.#open(input);
    return this.#current?.source === source ? this.#current.feed(data) : this.#change(data, source);
  }

  *#change(data: Uint8Array, source: SourceId): DecodeSteps {
    if (this.#current) yield* this.#end();
    this.#current = this.#start(source);
    yield* this.#current.feed(data);
  }

  *finish(): DecodeSteps {
    this.#isFinishing = true;
    try {
      this.#current ??= this.#start(this.#unnamed);
      yield* this.#end();
    } catch (error) {
      if (!this.isCutOff || !isBehavioralSignalsError(error)) throw error;
    }
  }

  free(): void {
    this.#current?.free();
  }

  #start(source: SourceId): SourceDecoding {
    if (this.#seen.has(source)) {
      throw new PipelineError(
        'INTERLEAVED_SOURCES',
        `decode() got bytes of "${source.label}" after those of another source: sources were merged. Give each a decode() of its own, or put them one after the other with concat().`,
      );
    }
    this.#seen.add(source);
    const { whole } = this.#settings;
    const settings = this.#isFirst ? this.#settings : { ...this.#settings, whole: whole && { ...whole, endsOther: true } };
    this.#isFirst = false;
    return new SourceDecoding(source, settings, this.#host);
  }

  *#end(): DecodeSteps {
    yield* this.#current!.finish();
    this.#current = undefined;
  }

  #report(event: StreamEvent): void {
    const isOfItsEnd = event.type === 'diagnostic' && ABOUT_THE_END.has(event.code);
    if (!(isOfItsEnd && this.#isFinishing && this.isCutOff)) emitEvent(this.#events, event);
  }

  #open(input: ByteChunk | Uint8Array): { data: Uint8Array; source: SourceId } {
    if (input instanceof Uint8Array) return { data: input, source: this.#unnamed };
    const { data, source } = (input ?? {}) as Partial<ByteChunk>;
    if (data instanceof Uint8Array && typeof source === 'object') return { data, source };
    const what =
      typeof input === 'object' && input !== null && 'timing' in input ? 'audio that is decoded already' : typeof input;
    throw new PipelineError(
      'FORMAT_MISMATCH',
      `decode() needs bytes (a ByteChunk of fromFile() or fromReadable(), or a Uint8Array), but got ${what}`,
    );
  }
}

/** What is said of input that ends where it should not. */
const ABOUT_THE_END: ReadonlySet<DiagnosticCode> = new Set(['HEADER_MISMATCH', 'TRAILING_BYTES']);

const NAMES: OptionNames<DecodeOptions> = { format: true, ffmpegPath: true, lowLatency: true, label: true, events: true };

function checkOptions(options: DecodeOptions): DecodeSettings {
  expectOptions('decode', options, NAMES);
  const { format, ffmpegPath, lowLatency = false, label, events } = options;
  if (ffmpegPath !== undefined && (typeof ffmpegPath !== 'string' || ffmpegPath === '')) {
    throw new OptionError('decode({ ffmpegPath })', 'must be the path or name of an executable', ffmpegPath);
  }
  if (typeof lowLatency !== 'boolean') throw new OptionError('decode({ lowLatency })', 'must be true or false', lowLatency);
  if (label !== undefined && typeof label !== 'string') throw new OptionError('decode({ label })', 'must be a string', label);
  return {
    format: format === undefined ? undefined : checkRawFormat(format, (option) => `decode({ ${option} })`),
    ffmpegPath,
    lowLatency,
    label,
    lends: false,
    whole: undefined,
    events,
  };
}
