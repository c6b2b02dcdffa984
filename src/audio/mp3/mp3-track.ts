import type { DecodedAudio, DecodedFormat } from '../decoder.js';
import { LONGEST_PIECE_MS } from '../piece-length.js';
import type { InfoTag } from './info-tag.js';
import { isSameStream, type MpegFrame } from './mpeg-frame.js';

/** Samples by which every MP3 decoder lags (ISO/IEC 11172-3's filter banks; the value LAME's documentation gives). */
const DECODER_DELAY = 529;

/** Frames of one format after one info tag: knows where in them the recording begins and ends, and cuts the rest. */
export class Mp3Track {
  readonly #first: MpegFrame;
  readonly #format: DecodedFormat;
  readonly #announced: number | undefined;
  /** First and one past the last sample of the recording, counted from the first decoded one. */
  readonly #start: number;
  #end = Number.POSITIVE_INFINITY;
  #position = 0;
  #frames = 0;

  constructor(first: MpegFrame, info: InfoTag | undefined) {
    this.#first = first;
    this.#announced = info?.frames || undefined;
    const { delay, padding } = info?.gapless ?? {};
    this.#start = delay === undefined ? 0 : delay + DECODER_DELAY;
    if (this.#announced !== undefined && padding !== undefined) {
      this.#end = this.#announced * first.samples - Math.max(0, padding - DECODER_DELAY);
    }
    const length = Math.min(this.#end, (this.#announced ?? Number.NaN) * first.samples) - this.#start;
    this.#format = {
      container: 'mp3',
      codec: `mp${first.layer}`,
      sampleRate: first.sampleRate,
      channels: first.channels,
      ...(length > 0 && { durationMs: (length / first.sampleRate) * 1000 }),
    };
  }

  /** Length of one frame in milliseconds. */
  get frameMs(): number {
    return (this.#first.samples / this.#first.sampleRate) * 1000;
  }

  /** Samples per channel of one frame. */
  get frameSamples(): number {
    return this.#first.samples;
  }

  /** Frames that the info tag announces beyond those that came; Infinity where it doesn't say. */
  get framesLeft(): number {
    return this.#announced === undefined ? Number.POSITIVE_INFINITY : Math.max(0, this.#announced - this.#frames);
  }

  /** Whether so many frames are to be decoded now: they fill a piece, or the announced end lies behind them. */
  isPiece(frames: number): boolean {
    return (frames + 1) * this.#first.samples * 1000 > this.#first.sampleRate * LONGEST_PIECE_MS || frames === this.framesLeft;
  }

  /** Whether a frame has this track's format. */
  accepts(frame: MpegFrame): boolean {
    return isSameStream(this.#first, frame);
  }

  /** Takes so many decoded frames; returns what of them belongs to the recording. */
  add(frames: number, channels: readonly Float32Array[]): DecodedAudio | undefined {
    this.#frames += frames;
    // An info tag that announces too few frames is not believed: what follows is audio, too.
    if (this.#announced !== undefined && this.#frames > this.#announced) this.#end = Number.POSITIVE_INFINITY;
    const length = frames * this.#first.samples;
    const from = Math.max(0, this.#start - this.#position);
    const to = Math.min(length, this.#end - this.#position);
    this.#position += length;
    if (from >= to) return undefined;
    const data = channels.slice(0, this.#first.channels).map((samples) => samples.subarray(from, to));
    return { data, length: to - from, format: this.#format };
  }

  /** Takes silence in the place of so many damaged frames. */
  addSilence(frames: number): DecodedAudio | undefined {
    const length = frames * this.#first.samples;
    const silence = this.add(frames, [new Float32Array(length), new Float32Array(length)]);
    return silence && { ...silence, kind: 'concealed' };
  }
}
