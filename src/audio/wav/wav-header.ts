import { DecodeError } from '../../errors/index.js';
import { fourCharacters, startsWith } from '../ascii.js';
import type { ByteWindow } from '../byte-window.js';
import { MAX_FORMAT_BYTES, MIN_FORMAT_BYTES, parseWavFormat, type WavFormat } from './wav-format.js';

/** Everything before the samples of a WAV file. */
export interface WavHeader {
  format: WavFormat;
  /** Bytes of samples that the header announces; undefined when it leaves that open (0 or 0xFFFFFFFF), as streams do. */
  dataBytes: number | undefined;
  /** Where the RIFF chunk says it ends, in bytes from the start; undefined when it leaves that open. */
  riffEnd: number | undefined;
  order: 'le' | 'be';
}

const CHUNK_HEADER_BYTES = 8;
const RIFF_HEADER_BYTES = 12;
const OPEN_SIZE = 0xffffffff;
/** RIFF size, data size and sample count of an RF64 file, 64 bits each (EBU Tech 3306). */
const DS64_BYTES = 24;

/** Reads the chunks in front of the samples, as their bytes come in. */
export class WavHeaderReader {
  readonly #label: string;
  #order: 'le' | 'be' = 'le';
  #is64 = false;
  #riffEnd: number | undefined;
  #data64: number | undefined;
  #format: WavFormat | undefined;
  /** The chunk that the input is in, for messages about where it broke off. */
  #inside = 'RIFF header';

  constructor(label: string) {
    this.#label = label;
  }

  /** What was being read, for a message about input that ended there. */
  get inside(): string {
    return this.#inside;
  }

  /**
   * Uses what it can of the input; returns the header once the first byte of sample data is next.
   *
   * @throws DecodeError for a header that can't be decoded.
   */
  read(input: ByteWindow): WavHeader | undefined {
    if (input.offset === 0 && !this.#readRiff(input)) return undefined;
    for (;;) {
      if (input.skipping > 0 || input.length < CHUNK_HEADER_BYTES) return undefined;
      const name = fourCharacters(input.bytes, 0);
      const size = view(input.bytes).getUint32(4, this.#order === 'le');
      this.#inside = `${name.trim()} chunk at byte ${input.offset}`;
      if (name === 'data') return this.#readData(input, size);
      const body =
        name === 'fmt ' ? Math.min(Math.max(size, MIN_FORMAT_BYTES), MAX_FORMAT_BYTES) : name === 'ds64' ? DS64_BYTES : 0;
      if (name === 'fmt ') this.#checkFormatSize(size, input.offset);
      if (input.length < CHUNK_HEADER_BYTES + body) return undefined;
      const bodyOffset = input.offset + CHUNK_HEADER_BYTES;
      const chunk = input.bytes.subarray(CHUNK_HEADER_BYTES, CHUNK_HEADER_BYTES + body);
      if (name === 'fmt ') this.#format = parseWavFormat(chunk, bodyOffset, this.#order, this.#label);
      if (name === 'ds64') this.#readSizes(chunk);
      input.skip(CHUNK_HEADER_BYTES + size + (size % 2));
    }
  }

  #readRiff(input: ByteWindow): boolean {
    if (input.length < RIFF_HEADER_BYTES) return false;
    const magic = fourCharacters(input.bytes, 0);
    if (magic === 'RIFX') this.#order = 'be';
    this.#is64 = magic === 'RF64' || magic === 'BW64';
    const size = view(input.bytes).getUint32(4, this.#order === 'le');
    this.#riffEnd = size === 0 || size === OPEN_SIZE ? undefined : size + CHUNK_HEADER_BYTES;
    if (!['RIFF', 'RIFX', 'RF64', 'BW64'].includes(magic) || !startsWith(input.bytes, 'WAVE', 8)) {
      throw new DecodeError('UNRECOGNIZED_INPUT', `${this.#label}: this is no WAV file: it does not begin with RIFF and WAVE`, {
        byteOffset: 0,
        timeMs: 0,
      });
    }
    input.skip(RIFF_HEADER_BYTES);
    return true;
  }

  #checkFormatSize(size: number, offset: number): void {
    const swapped = Buffer.from(Uint32Array.of(size).buffer).swap32().readUInt32LE(0);
    if (size > 65_536 && swapped <= 65_536) {
      const [says, has] = this.#order === 'be' ? ['RIFX, big-endian', 'little-endian'] : ['RIFF, little-endian', 'big-endian'];
      throw new DecodeError('CORRUPT_INPUT', `${this.#label}: the file's first bytes say ${says}, but its header is ${has}`, {
        byteOffset: 0,
        timeMs: 0,
      });
    }
    if (size >= MIN_FORMAT_BYTES && size <= 65_536) return;
    throw new DecodeError(
      'CORRUPT_INPUT',
      `${this.#label}: the WAV header's fmt chunk (byte ${offset}) says it has ${size} bytes; it needs at least ${MIN_FORMAT_BYTES}`,
      { byteOffset: offset + 4, timeMs: 0 },
    );
  }

  #readSizes(chunk: Uint8Array): void {
    if (!this.#is64) return;
    const sizes = view(chunk);
    const riffSize = Number(sizes.getBigUint64(0, true));
    const dataSize = Number(sizes.getBigUint64(8, true));
    this.#riffEnd = riffSize === 0 ? undefined : riffSize + CHUNK_HEADER_BYTES;
    this.#data64 = dataSize === 0 ? undefined : dataSize;
  }

  #readData(input: ByteWindow, size: number): WavHeader {
    if (!this.#format) {
      throw new DecodeError(
        'CORRUPT_INPUT',
        `${this.#label}: the WAV file's samples begin (byte ${input.offset}) before a fmt chunk says what they are`,
        { byteOffset: input.offset, timeMs: 0 },
      );
    }
    input.skip(CHUNK_HEADER_BYTES);
    const dataBytes = size === OPEN_SIZE ? (this.#is64 ? this.#data64 : undefined) : size === 0 ? undefined : size;
    return { format: this.#format, dataBytes, riffEnd: this.#riffEnd, order: this.#order };
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
