import type { Prediction } from '../predictions/index.js';

/** Whoever receives what a session yields. */
export interface SessionObserver {
  next: (prediction: Prediction) => void;
  complete: () => void;
  error: (error: unknown) => void;
}
