import type { Prediction } from '../predictions/index.js';

/** Whoever receives what a session yields. */
export interface SessionObserver {
  next: (prediction: Prediction) => void;
  /** The session takes no more audio, though it has yet to complete: whoever gives it may let go of the source. */
  enough: () => void;
  complete: () => void;
  error: (error: unknown) => void;
}
