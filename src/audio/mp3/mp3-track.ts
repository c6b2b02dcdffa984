import type { DecodedAudio, DecodedFormat } from '../decoder.js';
import type { InfoTag } from './info-tag.js';
import { isSameStream, type MpegFrame } from './mpeg-frame.js';

/** Samples by which every MP3 decoder lags (ISO/IEC 11172-3's filter banks; the value LAME's documentation gives). */
const DECODER_DELAY = 529;
/** The longest piece that is handed out at once, in seconds. */
const SLICE_SECONDS = 0.25;

/** Frames of one format after one info tag: cuts what the encoder added, and collects frames into pieces. */
export class Mp3Track {
  readonly #first: MpegFrame;
  readonly #format: DecodedFormat;
  readonly #announced: number | undefined;
  /** First and one past the last sample of the recording, counted from the first decoded one. */
  readonly #start: number;
  #end = Number.POSITIVE_INFINITY;
  #position = 0;
  #frames = 0;
  #pieces: (readonly Float32Array[])[] = [];
  #collected = 0;

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

  /** Frames that the info tag announces beyond those that came; Infinity where it doesn't say. */
  get framesLeft(): number {
    return this.#announced === undefined ? Number.POSITIVE_INFINITY : Math.max(0, this.#announced - this.#frames);
  }

  /** Whether a frame has this track's format. */
  accepts(frame: MpegFrame): boolean {
    return isSameStream(this.#first, frame);
  }

  /** Takes a decoded frame; returns a piece when there is enough for one. */
  add(channels: readonly Float32Array[]): DecodedAudio | undefined {
    const kept = this.#cut(channels);
    if (kept) {
      this.#pieces.push(kept);
      this.#collected += kept[0]!.length;
    }
    const isFull = this.#collected + this.#first.samples > this.#first.sampleRate * SLICE_SECONDS;
    return isFull ? this.takeRest() : undefined;
  }

  /** One frame of silence in the place of a damaged one. Take what was collected first. */
  addSilence(): DecodedAudio | undefined {
    const silence = new Float32Array(this.#first.samples);
    const data = this.#cut([silence, silence])?.map((samples) => samples.slice());
    return data && { data, length: data[0]!.length, format: this.#format, kind: 'concealed' };
  }

  /** What was collected, as one piece. */
  takeRest(): DecodedAudio | undefined {
    const length = this.#collected;
    if (length === 0) return undefined;
    const data = Array.from({ length: this.#first.channels }, (_, channel) => {
      const joined = new Float32Array(length);
      let offset = 0;
      for (const piece of this.#pieces) {
        joined.set(piece[channel]!, offset);
        offset += piece[channel]!.length;
      }
      return joined;
    });
    this.#pieces = [];
    this.#collected = 0;
    return { data, length, format: this.#format };
  }

  /** The part of a frame that belongs to the recording, in the track's channels. */
  #cut(channels: readonly Float32Array[]): Float32Array[] | undefined {
    this.#frames += 1;
    // An info tag that announces too few frames is not believed: what follows is audio, too.
    if (this.#announced !== undefined && this.#frames > this.#announced) this.#end = Number.POSITIVE_INFINITY;
    const from = Math.max(0, this.#start - this.#position);
    const to = Math.min(this.#first.samples, this.#end - this.#position);
    this.#position += this.#first.samples;
    if (from >= to) return undefined;
    return channels.slice(0, this.#first.channels).map((samples) => samples.subarray(from, to));
  }
}
