import { DecodeError } from '../../errors/index.js';
import { type DiagnosticCode, emitEvent } from '../../events/index.js';
import { isChunkName, startsWith } from '../ascii.js';
import { ByteWindow } from '../byte-window.js';
import type { AudioDecoder, DecodedAudio, DecodedFormat, DecoderContext } from '../decoder.js';
import { PieceLength } from '../piece-length.js';
import { codecName, deinterleave } from '../sample-format/index.js';
import { type WavHeader, WavHeaderReader } from './wav-header.js';

/**
 * Reads WAV as it comes in: PCM of 8 to 32 bits, floats of 32 and 64, A-law and mu-law, EXTENSIBLE, RF64/BW64 and RIFX.
 *
 * The header is believed where it can be. A data size of 0 or 0xFFFFFFFF means "to the end", as streaming writers leave it. When
 * the samples end early but between two blocks, nothing tells a recorder that crashed from a download that broke off: all there is
 * is delivered, with a `HEADER_MISMATCH` diagnostic. Within a block, the input was cut: `TRUNCATED_INPUT`.
 * When the RIFF chunk goes on after the announced samples, but not with another chunk, the samples go on too (`HEADER_MISMATCH`).
 */
export class WavReader implements AudioDecoder {
  readonly #context: DecoderContext;
  readonly #input = new ByteWindow({ reuses: true });
  readonly #headerReader: WavHeaderReader;
  #header: WavHeader | undefined;
  #format: DecodedFormat | undefined;
  /** Bytes of samples still to come; Infinity for "to the end". */
  #remaining = 0;
  #pieceLength: PieceLength | undefined;
  #state: 'header' | 'data' | 'after-data' | 'tail' = 'header';
  #delivered = 0;
  #hasNonFinite = false;
  #strayBytes = 0;

  constructor(context: DecoderContext) {
    this.#context = context;
    this.#headerReader = new WavHeaderReader(context.label);
  }

  get lacking(): number {
    const whole = this.#state === 'data' ? this.#pieceLength!.whole(this.#delivered) : undefined;
    if (whole === undefined) return 0;
    return Math.min(whole * this.#header!.format.blockBytes, this.#remaining) - this.#input.length;
  }

  push(bytes: Uint8Array): Iterable<DecodedAudio> {
    this.#input.append(bytes);
    if (this.#state !== 'data' || this.#input.length >= this.#remaining) return this.#read();
    const piece = this.#piece();
    if (!piece) return [];
    // Most blocks of live audio are one piece, or the end of one.
    return this.#nextLength() === 0 ? [piece] : this.#read(piece);
  }

  *#read(first?: DecodedAudio): Generator<DecodedAudio> {
    if (first) yield first;
    for (;;) {
      switch (this.#state) {
        case 'header':
          if (!this.#readHeader()) return;
          break;
        case 'data':
          yield* this.#readSamples();
          if (this.#state === 'data') return;
          break;
        case 'after-data':
          if (!this.#lookBehindSamples(false)) return;
          break;
        case 'tail':
          this.#readTail();
          return;
      }
    }
  }

  *flush(): Generator<DecodedAudio> {
    const rest = this.#state === 'data' ? this.#piece(true) : undefined;
    if (rest) yield rest;
    const { label } = this.#context;
    const header = this.#header;
    const end = this.#input.received;
    if (!header) {
      throw new DecodeError(
        end === 0 ? 'EMPTY_INPUT' : 'TRUNCATED_INPUT',
        end === 0
          ? `${label}: the input is empty`
          : `${label}: the WAV file ends in its header (byte ${end}, in the ${this.#headerReader.inside}), before any samples`,
        { byteOffset: end, timeMs: 0 },
      );
    }
    if (this.#state === 'after-data') this.#lookBehindSamples(true);
    if (this.#state === 'data') this.#complainAboutEnd(header, end);
    if (this.#strayBytes > 0) {
      this.#report('TRAILING_BYTES', `${this.#strayBytes} bytes after the WAV file's samples are no WAV chunks and were ignored`);
    }
    if (this.#delivered === 0) {
      throw new DecodeError('EMPTY_INPUT', `${label}: the WAV header is complete, but no samples follow it (byte ${end})`, {
        byteOffset: end,
        timeMs: 0,
      });
    }
  }

  free(): void {
    this.#input.take(this.#input.length);
  }

  #readHeader(): boolean {
    const header = this.#headerReader.read(this.#input);
    if (!header) return false;
    const { sampleFormat, channels, sampleRate, blockBytes, contradictions } = header.format;
    for (const { code, message } of contradictions) {
      emitEvent(this.#context.events, { type: 'diagnostic', code, message, stream: this.#context.label });
    }
    this.#header = header;
    this.#format = {
      container: 'wav',
      codec: codecName(sampleFormat),
      sampleRate,
      channels,
      ...(header.dataBytes !== undefined && { durationMs: (Math.floor(header.dataBytes / blockBytes) / sampleRate) * 1000 }),
    };
    this.#remaining = header.dataBytes ?? Number.POSITIVE_INFINITY;
    this.#pieceLength = new PieceLength(sampleRate, this.#context.whole);
    this.#state = 'data';
    return true;
  }

  /** Samples per channel that the next piece has, 0 when there is none yet. */
  #nextLength(isAll = false): number {
    const { blockBytes } = this.#header!.format;
    const available = Math.floor(Math.min(this.#input.length, this.#remaining) / blockBytes);
    return this.#pieceLength!.next(this.#delivered, available, isAll || this.#input.length >= this.#remaining);
  }

  #piece(isAll = false): DecodedAudio | undefined {
    const length = this.#nextLength(isAll);
    if (length === 0) return undefined;
    const { sampleFormat, channels, blockBytes } = this.#header!.format;
    const bytes = this.#input.take(length * blockBytes);
    const { channels: data, nonFinite } = deinterleave(bytes, sampleFormat, channels, this.#context.allocate);
    this.#remaining -= bytes.length;
    if (nonFinite > 0) this.#reportNonFinite();
    this.#delivered += length;
    const stored = sampleFormat === 's16le' && channels === 1 ? bytes : undefined;
    return { data, stored, length, format: this.#format! };
  }

  *#readSamples(): Generator<DecodedAudio> {
    for (let piece = this.#piece(); piece; piece = this.#piece()) yield piece;
    const { blockBytes } = this.#header!.format;
    if (this.#remaining >= blockBytes || this.#input.length < this.#remaining) return;
    if (this.#remaining > 0) {
      this.#report(
        'TRAILING_BYTES',
        `the WAV file's sample bytes are no whole number of blocks of ${blockBytes}; the last ${this.#remaining} were dropped`,
      );
      this.#input.take(this.#remaining);
      this.#remaining = 0;
    }
    this.#state = 'after-data';
  }

  /** Tells samples that go on although the header ends them from chunks that follow; false when it needs more bytes. */
  #lookBehindSamples(ended: boolean): boolean {
    const { riffEnd, dataBytes, format } = this.#header!;
    const isOdd = dataBytes! % 2 === 1;
    const goesOn = !isOdd && dataBytes! % format.blockBytes === 0 && riffEnd !== undefined && riffEnd >= this.#input.offset + 8;
    if (goesOn && this.#input.length < 4 && !ended) return false;
    if (goesOn && this.#input.length >= 4 && !isChunkName(this.#input.bytes, 0)) {
      this.#report(
        'HEADER_MISMATCH',
        `the WAV header announces ${dataBytes} bytes of samples, but the file goes on with what is no chunk; it is read as samples, up to the RIFF chunk's end`,
      );
      this.#remaining = riffEnd - this.#input.offset;
      this.#header = { ...this.#header!, dataBytes: dataBytes! + this.#remaining, riffEnd: undefined };
      this.#state = 'data';
      return true;
    }
    if (isOdd) this.#input.skip(1);
    this.#state = 'tail';
    return true;
  }

  /** Passes over the chunks after the samples. */
  #readTail(): void {
    const input = this.#input;
    while (input.skipping === 0 && input.length >= 8) {
      if (startsWith(input.bytes, 'RIFF') && this.#strayBytes === 0) {
        this.#report('TRAILING_BYTES', `another RIFF file begins at byte ${input.offset}; only the first is read`);
        input.skip(Number.MAX_SAFE_INTEGER - input.received);
      } else if (isChunkName(input.bytes, 0) && this.#strayBytes === 0) {
        const size = new DataView(input.bytes.buffer, input.bytes.byteOffset).getUint32(4, this.#header!.order === 'le');
        input.skip(8 + size + (size % 2));
      } else {
        this.#strayBytes += input.length;
        input.take(input.length);
      }
    }
  }

  #complainAboutEnd({ dataBytes, format }: WavHeader, end: number): void {
    const partial = this.#input.length;
    if (dataBytes === undefined) {
      if (partial > 0) {
        this.#report(
          'TRAILING_BYTES',
          `the input ends with ${partial} bytes that are no whole block of ${format.blockBytes}; they were dropped`,
        );
      }
      return;
    }
    const missing = `the WAV header announces ${dataBytes} bytes of samples, but ${dataBytes - this.#remaining + partial} came`;
    if (partial > 0 || this.#delivered === 0) {
      throw new DecodeError('TRUNCATED_INPUT', `${this.#context.label}: ${missing}; the input breaks off at byte ${end}`, {
        byteOffset: end,
        timeMs: this.#timeMs(),
      });
    }
    this.#report(
      'HEADER_MISMATCH',
      `${missing}; a recorder that was not stopped properly, or a broken download, leaves such files`,
    );
  }

  #reportNonFinite(): void {
    if (this.#hasNonFinite) return;
    this.#hasNonFinite = true;
    this.#report('NON_FINITE_SAMPLES', 'some samples are not numbers (NaN) or infinite; they became 0');
  }

  #report(code: DiagnosticCode, message: string): void {
    const { events, label } = this.#context;
    emitEvent(events, { type: 'diagnostic', code, message: `${label}: ${message}`, atMs: this.#timeMs(), stream: label });
  }

  #timeMs(): number {
    return this.#format ? (this.#delivered / this.#format.sampleRate) * 1000 : 0;
  }
}
