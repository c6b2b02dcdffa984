import { DecodeError } from '../../errors/index.js';
import { type DiagnosticCode, emitEvent } from '../../events/index.js';
import type { AudioDecoder, DecodedAudio, DecoderContext } from '../decoder.js';
import { FrameScanner, type ScannedUnit } from './frame-scanner.js';
import { parseInfoTag } from './info-tag.js';
import { Mp3Track } from './mp3-track.js';
import { Mpg123 } from './mpg123.js';

/** Damage reported one by one; what comes after is not reported any more. */
const MAX_REPORTS = 20;
/** Silence put in for one damaged stretch, at most. */
const MAX_CONCEALED_MS = 10_000;

/**
 * Decodes MP3 (and MPEG layers I and II) as it comes in.
 *
 * What the encoder put before and after the recording is cut where its info tag says how much. Bytes that are no frames are passed
 * over with a `DECODE_RECOVERED` diagnostic, and silence stands for the frames they probably were, so that later audio keeps its
 * place in time. Input that ends within a frame is a `TRUNCATED_INPUT` error.
 */
export class Mp3Decoder implements AudioDecoder {
  readonly #context: DecoderContext;
  readonly #mpg123: Mpg123;
  readonly #scanner = new FrameScanner();
  #track: Mp3Track | undefined;
  /** Frames that were scanned but not decoded yet, and where the first lies. */
  #batch: Uint8Array[] = [];
  #batchOffset = 0;
  #frames = 0;
  #frameBytes = 0;
  #earlierTracksMs = 0;
  #trackSamples = 0;
  #sampleRate = 1;
  #damaged = false;
  #reports = 0;
  #cut: ScannedUnit | undefined;

  private constructor(mpg123: Mpg123, context: DecoderContext) {
    this.#mpg123 = mpg123;
    this.#context = context;
  }

  /**
   * Loads the decoder.
   *
   * @throws DecodeError `DECODER_UNAVAILABLE`
   */
  static async load(context: DecoderContext): Promise<Mp3Decoder> {
    return new Mp3Decoder(await Mpg123.load(), context);
  }

  *push(bytes: Uint8Array): Generator<DecodedAudio> {
    for (const unit of this.#scanner.push(bytes)) yield* this.#use(unit);
    yield* this.#decode();
  }

  *flush(): Generator<DecodedAudio> {
    for (const unit of this.#scanner.end()) yield* this.#use(unit);
    yield* this.#decode();
    this.#complainAboutEnd();
  }

  free(): void {
    this.#mpg123.free();
  }

  *#use(unit: ScannedUnit): Generator<DecodedAudio> {
    if (unit.kind === 'cut') this.#cut = unit;
    else if (unit.kind === 'junk') yield* this.#bridge(unit.length, unit.offset);
    else {
      const { frame, bytes, offset } = unit;
      const info = parseInfoTag(bytes, frame);
      if (info || !this.#track?.accepts(frame)) {
        yield* this.#decode();
        this.#endTrack();
        this.#earlierTracksMs = this.#deliveredMs;
        this.#trackSamples = 0;
        this.#track = new Mp3Track(frame, info);
      }
      if (info) return;
      if (this.#batch.length === 0) this.#batchOffset = offset;
      this.#batch.push(bytes);
      this.#frames += 1;
      this.#frameBytes += frame.size;
      if (this.#track.isPiece(this.#batch.length)) yield* this.#decode();
    }
  }

  /** Decodes the frames collected so far, in one call because each costs. */
  *#decode(): Generator<DecodedAudio> {
    const track = this.#track;
    const frames = this.#batch;
    if (!track || frames.length === 0) return;
    this.#batch = [];
    const expected = frames.length * track.frameSamples;
    const { channels, length, complaint } = this.#mpg123.decode(Buffer.concat(frames));
    const isDamaged = length !== expected || complaint !== undefined;
    if (isDamaged && !this.#damaged) {
      const cause = complaint ? ` (${complaint})` : '';
      this.#report('DECODE_RECOVERED', `a frame from byte ${this.#batchOffset} on is damaged${cause}; decoding went on`);
    }
    this.#damaged = isDamaged;
    const audio = length === expected ? track.add(frames.length, channels) : track.addSilence(frames.length);
    if (audio) yield this.#count(audio);
  }

  /** Passes over bytes that are no frames; between frames, silence takes their place. */
  *#bridge(length: number, offset: number): Generator<DecodedAudio> {
    yield* this.#decode();
    const track = this.#track;
    if (!track || this.#frames === 0) {
      if (offset === this.#scanner.received - length) return;
      this.#report('DECODE_RECOVERED', `${length} bytes (from byte ${offset}) before the first MPEG frame were passed over`);
      return;
    }
    if (offset + length === this.#scanner.received) {
      this.#report(
        'TRAILING_BYTES',
        `${length} bytes after the last MPEG frame (from byte ${offset}) are no audio and were ignored`,
      );
      return;
    }
    const estimate = Math.round((length * this.#frames) / this.#frameBytes);
    const most = Math.floor(MAX_CONCEALED_MS / track.frameMs);
    const frames = Math.min(estimate, most, track.framesLeft);
    const lostMs = Math.round(frames * track.frameMs);
    this.#report(
      'DECODE_RECOVERED',
      `${length} bytes from byte ${offset} on are no MPEG frames; ${lostMs > 0 ? `${lostMs} ms of silence stand for them` : 'they were passed over'}`,
    );
    for (let left = frames; left > 0; ) {
      let count = 1;
      while (count < left && !track.isPiece(count)) count += 1;
      left -= count;
      const silence = track.addSilence(count);
      if (silence) yield this.#count(silence);
    }
  }

  #count(audio: DecodedAudio): DecodedAudio {
    this.#trackSamples += audio.length;
    this.#sampleRate = audio.format.sampleRate;
    return audio;
  }

  /** Milliseconds yielded; summed by tracks, so that it doesn't depend on the pieces. */
  get #deliveredMs(): number {
    return this.#earlierTracksMs + (this.#trackSamples / this.#sampleRate) * 1000;
  }

  #endTrack(): void {
    const missing = this.#track?.framesLeft ?? 0;
    if (missing > 0 && Number.isFinite(missing)) {
      this.#report(
        'HEADER_MISMATCH',
        `the MP3's info tag announces ${missing} frames more than came; the input may have been cut`,
      );
    }
  }

  #complainAboutEnd(): void {
    const { label } = this.#context;
    const end = this.#scanner.received;
    const position = { byteOffset: end, timeMs: this.#deliveredMs };
    if (end === 0) throw new DecodeError('EMPTY_INPUT', `${label}: the input is empty`, position);
    if (this.#cut?.kind === 'cut') {
      throw new DecodeError(
        'TRUNCATED_INPUT',
        `${label}: the MP3 breaks off at byte ${end}, within the ${this.#cut.what} that begins at byte ${this.#cut.offset}`,
        position,
      );
    }
    if (this.#frames === 0) {
      const isTagged = this.#scanner.tagBytes > 0;
      throw new DecodeError(
        isTagged ? 'EMPTY_INPUT' : 'CORRUPT_INPUT',
        isTagged
          ? `${label}: the MP3 holds tags (${this.#scanner.tagBytes} of ${end} bytes) but no audio`
          : `${label}: no MPEG audio frame was found in ${end} bytes`,
        position,
      );
    }
    this.#endTrack();
  }

  #report(code: DiagnosticCode, message: string): void {
    this.#reports += 1;
    if (this.#reports > MAX_REPORTS) return;
    const { events, label } = this.#context;
    const more = this.#reports === MAX_REPORTS ? '. Further damage is not reported.' : '';
    emitEvent(events, {
      type: 'diagnostic',
      code,
      message: `${label}: ${message}${more}`,
      atMs: this.#deliveredMs,
      stream: label,
    });
  }
}
