/** The sample rate every voice activity detector works at, in Hz. */
export const VAD_SAMPLE_RATE = 16_000;

/** How many frames a detector that can judge several together is given at most. */
export const MOST_TOGETHER = 8;

/**
 * Tells speech from everything else; shared by any number of streams.
 *
 * Implementations: `loadLightVad()`, always there, and `loadSileroVad()`, when the ONNX runtime and its model are installed.
 */
export interface Vad {
  /** Which detector it is: `light`, `silero-v6`. */
  readonly name: string;
  /** Samples at 16 kHz in each frame that is judged. */
  readonly frameLength: number;
  /** Begins a stream of its own; streams share nothing that could change a result. */
  open(): VadStream;
  /** Frees what all streams share; close the streams first. */
  close(): void;
}

/** The voice activity of one mono stream, frame by frame. */
export interface VadStream {
  /**
   * Judges the stream's next frame and gives the probability, 0 to 1, that it holds speech.
   *
   * @param frame `frameLength` samples at 16 kHz; it is not kept, and may be reused once the result is there.
   * @returns The probability, or a promise of it where the model runs elsewhere; judge no other frame before it settles.
   */
  judge(frame: Int16Array): number | Promise<number>;
  /**
   * Judges several frames together, for a detector that does so for less; audio that comes faster than it is spoken is judged so.
   *
   * @param frames One to eight times `frameLength` samples; they are not kept, and may be reused once the result is there.
   * @returns What `judge()` would have given for one frame after the other; of the first frames only, one at least, when the next could not
   *   be judged. Whoever wants the rest asks again with them, and hears of the failure if it lasts.
   */
  judgeAll?(frames: Int16Array): Promise<Float32Array>;
  /** Frees the stream's memory. */
  close(): void;
}
