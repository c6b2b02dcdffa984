/** Told by a SpeechAnalyser of the frames of 10 ms whose pitch is decided, in order, for measures beyond the evidence of the tasks. */
export interface FrameObserver {
  /** A stretch of speech begins. */
  begin(): void;
  /** The next frame: the sample position at which its 50 ms begin, its F0 in Hz, 0 where unvoiced, and its share of periodic energy. */
  frame(start: number, f0Hz: number, periodicity: number): void;
  /** What was told so far must be counted. */
  settle(): void;
  /** The stretch of speech is over. */
  finish(): void;
}
