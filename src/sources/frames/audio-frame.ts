/** Interleaved samples: 16-bit integers, or floats in [-1, 1]. */
export type FrameSamples = Int16Array | Float32Array;

/** A piece of audio as frameworks hand it over; LiveKit's `AudioFrame` is one. */
export interface AudioFrame {
  /** Interleaved samples. They are copied at once: the producer may use their memory again. */
  readonly data: FrameSamples;
  /** In Hz, 1,000 to 768,000. Default: the option of `fromFrames()`. */
  readonly sampleRate?: number;
  /** Channels, 1 to 64. Default: the option of `fromFrames()`, else 1. */
  readonly channels?: number;
  /** Checked against the length of `data` where it is given. */
  readonly samplesPerChannel?: number;
}

/** The reader of a {@link FrameStream}. */
export interface FrameStreamReader {
  /** Resolves to the next frame, or to the end. */
  read(): Promise<{
    /** Whether the stream has ended. */
    done: boolean;
    /** The frame. */
    value?: FrameSamples | AudioFrame | undefined;
  }>;
  /** Ends the stream for its producer. */
  cancel(reason?: unknown): Promise<void>;
  /** Unlocks the stream. */
  releaseLock(): void;
}

/** A web `ReadableStream` of frames, of whichever library: what matters is that it has a reader. */
export interface FrameStream {
  /** Locks the stream and gives its reader. */
  getReader(): FrameStreamReader;
}

/** What frames can be read from. */
export type FrameInput = FrameStream | AsyncIterable<FrameSamples | AudioFrame> | Iterable<FrameSamples | AudioFrame>;
