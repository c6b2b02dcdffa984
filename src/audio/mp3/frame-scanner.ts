import { startsWith } from '../ascii.js';
import { ByteWindow } from '../byte-window.js';
import { id3Size } from './id3.js';
import { checkMpegRun, isSameStream, MPEG_HEADER_BYTES, type MpegFrame, parseMpegFrame } from './mpeg-frame.js';

/** A piece of an MPEG audio stream; offsets are bytes from its start. */
export type ScannedUnit =
  | { kind: 'frame'; frame: MpegFrame; bytes: Uint8Array; offset: number }
  /** Bytes that are neither frames nor tags, up to the next frame or the end. */
  | { kind: 'junk'; length: number; offset: number }
  /** A frame, or a tag, that the end of the input cuts off. */
  | { kind: 'cut'; what: 'frame' | 'tag'; offset: number };

/** Headers in a row before a frame is believed where none was expected. */
const FRAMES_TO_SYNC = 3;
/** Enough to recognise any tag. */
const TAG_LOOK_BYTES = 32;

/** Splits a stream into frames, passing over ID3v1, ID3v2 and APE tags, and finds the way back after damage. */
export class FrameScanner {
  readonly #input = new ByteWindow();
  #previous: MpegFrame | undefined;
  /** Whether the last frame ended exactly where the input is now. */
  #synced = false;
  #junk = 0;
  #tagOffset = 0;

  /** Bytes received so far. */
  get received(): number {
    return this.#input.received;
  }

  /** Bytes of tags passed over. */
  tagBytes = 0;

  push(bytes: Uint8Array): Generator<ScannedUnit> {
    this.#input.append(bytes);
    return this.#scan(false);
  }

  *end(): Generator<ScannedUnit> {
    yield* this.#scan(true);
    if (this.#input.skipping > 0) yield { kind: 'cut', what: 'tag', offset: this.#tagOffset };
    if (this.#junk > 0) yield this.#endJunk();
  }

  *#scan(ended: boolean): Generator<ScannedUnit> {
    const input = this.#input;
    while (input.skipping === 0 && input.length > 0) {
      if (input.length < TAG_LOOK_BYTES && !ended) return;
      const tag = this.#tagSize();
      if (tag !== undefined) {
        if (this.#junk > 0) yield this.#endJunk();
        this.#tagOffset = input.offset;
        this.tagBytes += tag;
        input.skip(tag);
        continue;
      }
      const frame = parseMpegFrame(input.bytes, 0);
      const isExpected = frame && this.#synced && this.#previous && isSameStream(this.#previous, frame);
      const run = isExpected ? 'frames' : frame ? checkMpegRun(input.bytes, 0, FRAMES_TO_SYNC, ended) : 'none';
      if (typeof run === 'object') return;
      if (run === 'none' || !frame) {
        if (ended && this.#synced && this.#isCutHeader()) {
          yield { kind: 'cut', what: 'frame', offset: input.offset };
          input.take(input.length);
          return;
        }
        this.#passJunk();
        continue;
      }
      if (input.length < frame.size) {
        if (!ended) return;
        if (this.#junk > 0) yield this.#endJunk();
        yield { kind: 'cut', what: 'frame', offset: input.offset };
        input.take(input.length);
        return;
      }
      if (this.#junk > 0) yield this.#endJunk();
      this.#previous = frame;
      this.#synced = true;
      const { offset } = input;
      yield { kind: 'frame', frame, bytes: input.take(frame.size), offset };
    }
  }

  #tagSize(): number | undefined {
    const { bytes } = this.#input;
    const id3 = id3Size(bytes, 0);
    if (id3 !== undefined) return id3;
    if (startsWith(bytes, 'TAG')) return 128;
    if (startsWith(bytes, 'APETAGEX') && bytes.length >= TAG_LOOK_BYTES) {
      return TAG_LOOK_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);
    }
    return undefined;
  }

  /** Whether what is left begins a frame header but ends within it. */
  #isCutHeader(): boolean {
    const { bytes } = this.#input;
    return bytes.length < MPEG_HEADER_BYTES && bytes[0] === 0xff;
  }

  #passJunk(): void {
    const { bytes } = this.#input;
    const next = bytes.subarray(1).findIndex((byte) => byte === 0xff || byte === 0x49 || byte === 0x54);
    const length = next === -1 ? bytes.length : next + 1;
    this.#synced = false;
    this.#junk += length;
    this.#input.take(length);
  }

  #endJunk(): ScannedUnit {
    const length = this.#junk;
    this.#junk = 0;
    return { kind: 'junk', length, offset: this.#input.offset - length };
  }
}
