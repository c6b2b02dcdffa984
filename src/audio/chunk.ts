import type { Flow } from '../flow/index.js';
import type { Pcm, SamplesOf } from './pcm.js';

/** Identifies one recording or live stream; compared by identity, so that audio of two sources is never taken for one. */
export interface SourceId {
  /** A name for events and messages: a file name, a call leg. */
  readonly label: string;
  /** Path of the file that the bytes are read from, where it is one that can be read out of order. */
  readonly file?: string;
}

/** Where a chunk lies on the timeline of its source. */
export interface ChunkTiming {
  /** The recording or live stream that the samples come from. */
  readonly source: SourceId;
  /** Position of the chunk's first sample, in samples per channel at the chunk's own rate, counted from the source's start. */
  readonly position: number;
  /**
   * When the chunk's last sample was captured, or was due to be, in milliseconds since the Unix epoch.
   *
   * Set by `pace()` and by live sources; undefined for audio that is read faster than real time.
   */
  readonly capturedAtMs?: number;
  /** What the samples stand for; `concealed` is audio that was lost and replaced. Default: `audio`. */
  readonly kind?: 'audio' | 'silence' | 'concealed';
  /** Why audio is missing between this chunk and the one before: a gate left silence out, or a full buffer dropped it. */
  readonly skipped?: 'gated' | 'dropped';
}

/** A piece of decoded audio. Its samples are never reused or changed after it was emitted. */
export interface AudioChunk<Format extends Pcm = Pcm> {
  /** The samples: one Float32Array per channel, or a Buffer of interleaved 16-bit ones. */
  readonly data: SamplesOf<Format['encoding']>;
  /** What the samples are. */
  readonly format: Format;
  /** Samples per channel. */
  readonly length: number;
  /** Which part of which source it is. */
  readonly timing: ChunkTiming;
  /** The way back to the nearest asynchronous boundary above, for backpressure. */
  readonly flow: Flow;
}

/** Encoded bytes from a source, before decoding. */
export interface ByteChunk {
  /** A piece of the file or stream, of any length. */
  readonly data: Uint8Array;
  /** The file or stream that the bytes come from. */
  readonly source: SourceId;
  /** The way back to the source, for backpressure. */
  readonly flow: Flow;
}

/** The chunk's duration in milliseconds. */
export function durationMs(chunk: AudioChunk): number {
  return (chunk.length / chunk.format.sampleRate) * 1000;
}

/** Source time of the chunk's first sample, in milliseconds. */
export function startMs(chunk: AudioChunk): number {
  return (chunk.timing.position / chunk.format.sampleRate) * 1000;
}
