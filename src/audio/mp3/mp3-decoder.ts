import { DecodeError } from '../../errors/index.js';
import { type DiagnosticCode, emitEvent } from '../../events/index.js';
import type { AudioDecoder, DecodedAudio, DecoderContext } from '../decoder.js';
import { FrameScanner, type ScannedUnit } from './frame-scanner.js';
import { parseInfoTag } from './info-tag.js';
import { Mp3Track } from './mp3-track.js';
import type { MpegFrame } from './mpeg-frame.js';
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
  #frames = 0;
  #frameBytes = 0;
  #deliveredMs = 0;
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
    yield* this.#deliver(this.#track?.takeRest());
  }

  *flush(): Generator<DecodedAudio> {
    for (const unit of this.#scanner.end()) yield* this.#use(unit);
    yield* this.#deliver(this.#track?.takeRest());
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
        yield* this.#deliver(this.#track?.takeRest());
        this.#endTrack();
        this.#track = new Mp3Track(frame, info);
      }
      if (!info) yield* this.#decode(this.#track, frame, bytes, offset);
    }
  }

  *#decode(track: Mp3Track, frame: MpegFrame, bytes: Uint8Array, offset: number): Generator<DecodedAudio> {
    const { channels, length, complaint } = this.#mpg123.decode(bytes);
    const isDamaged = length !== frame.samples || complaint !== undefined;
    if (isDamaged && !this.#damaged) {
      this.#report(
        'DECODE_RECOVERED',
        `the frame at byte ${offset} is damaged${complaint ? ` (${complaint})` : ''}; decoding went on`,
      );
    }
    this.#damaged = isDamaged;
    this.#frames += 1;
    this.#frameBytes += frame.size;
    if (length === frame.samples) yield* this.#deliver(track.add(channels));
    else yield* this.#conceal(track, 1);
  }

  /** Passes over bytes that are no frames; between frames, silence takes their place. */
  *#bridge(length: number, offset: number): Generator<DecodedAudio> {
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
    yield* this.#conceal(track, frames);
  }

  *#conceal(track: Mp3Track, frames: number): Generator<DecodedAudio> {
    yield* this.#deliver(track.takeRest());
    for (let count = 0; count < frames; count += 1) yield* this.#deliver(track.addSilence());
  }

  *#deliver(audio: DecodedAudio | undefined): Generator<DecodedAudio> {
    if (!audio) return;
    this.#deliveredMs += (audio.length / audio.format.sampleRate) * 1000;
    yield audio;
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
