import { DecodeError } from '../../errors/index.js';
import { type DiagnosticCode, emitEvent } from '../../events/index.js';
import { ByteWindow } from '../byte-window.js';
import type { AudioDecoder, DecodedAudio, DecodedFormat, DecoderContext } from '../decoder.js';
import { PieceLength } from '../piece-length.js';
import { codecName, deinterleave, sampleBytes } from '../sample-format/index.js';
import type { ResolvedRawFormat } from './raw-format.js';
import { RawInspector } from './raw-inspector.js';

/**
 * Decodes raw samples of a given format.
 *
 * Nothing can prove the format wrong, so doubts are diagnostics: `SUSPECT_RAW_PCM` for a file's header at the start or in the
 * middle and for bytes that only make sense in another format, `TRAILING_BYTES` for a byte count that is no whole number of blocks.
 */
export class RawDecoder implements AudioDecoder {
  readonly #context: DecoderContext;
  readonly #raw: ResolvedRawFormat;
  readonly #format: DecodedFormat;
  readonly #blockBytes: number;
  readonly #pieceLength: PieceLength;
  readonly #input = new ByteWindow({ reuses: true });
  readonly #inspector: RawInspector;
  #delivered = 0;
  #hasNonFinite = false;

  constructor(raw: ResolvedRawFormat, context: DecoderContext) {
    this.#raw = raw;
    this.#context = context;
    this.#blockBytes = sampleBytes(raw.encoding) * raw.channels;
    this.#pieceLength = new PieceLength(raw.sampleRate, context.whole);
    this.#format = {
      container: 'raw',
      codec: codecName(raw.encoding),
      sampleRate: raw.sampleRate,
      channels: raw.channels,
    };
    this.#inspector = new RawInspector(raw, (message) => this.#report('SUSPECT_RAW_PCM', message));
  }

  get lacking(): number {
    const whole = this.#pieceLength.whole(this.#delivered);
    return whole === undefined ? 0 : whole * this.#blockBytes - this.#input.length;
  }

  push(bytes: Uint8Array): Iterable<DecodedAudio> {
    this.#input.append(bytes);
    const piece = this.#piece();
    if (!piece) return [];
    // Most blocks of live audio are one piece, or the end of one.
    return this.#nextLength() === 0 ? [piece] : this.#pieces(piece);
  }

  *flush(): Generator<DecodedAudio> {
    const rest = this.#piece(true);
    if (rest) yield rest;
    const end = this.#input.received;
    if (end === 0) {
      throw new DecodeError('EMPTY_INPUT', `${this.#context.label}: the input is empty`, { byteOffset: 0, timeMs: 0 });
    }
    this.#inspector.push(this.#input.bytes);
    this.#inspector.end();
    if (this.#input.length > 0) {
      this.#report(
        'TRAILING_BYTES',
        `the last ${this.#input.length} of ${end} bytes are no whole block of ${this.#blockBytes} (${this.#raw.channels} channels of ${this.#raw.encoding}) and were dropped; if the audio sounds wrong, check format`,
      );
    }
  }

  free(): void {
    this.#input.take(this.#input.length);
  }

  *#pieces(first: DecodedAudio): Generator<DecodedAudio> {
    for (let piece: DecodedAudio | undefined = first; piece; piece = this.#piece()) yield piece;
  }

  /** Samples per channel that the next piece has, 0 when there is none yet. */
  #nextLength(isAll = false): number {
    return this.#pieceLength.next(this.#delivered, Math.floor(this.#input.length / this.#blockBytes), isAll);
  }

  #piece(isAll = false): DecodedAudio | undefined {
    const length = this.#nextLength(isAll);
    if (length === 0) return undefined;
    const { encoding, channels } = this.#raw;
    const bytes = this.#input.take(length * this.#blockBytes);
    this.#inspector.push(bytes);
    const { channels: data, nonFinite } = deinterleave(bytes, encoding, channels, this.#context.allocate);
    if (nonFinite > 0 && !this.#hasNonFinite) {
      this.#hasNonFinite = true;
      this.#report('NON_FINITE_SAMPLES', 'some samples are not numbers (NaN) or infinite; they became 0');
    }
    this.#delivered += length;
    const stored = encoding === 's16le' && channels === 1 ? bytes : undefined;
    return { data, stored, length, format: this.#format };
  }

  #report(code: DiagnosticCode, message: string): void {
    const { events, label } = this.#context;
    const atMs = (this.#delivered / this.#raw.sampleRate) * 1000;
    emitEvent(events, { type: 'diagnostic', code, message: `${label}: ${message}`, atMs, stream: label });
  }
}
