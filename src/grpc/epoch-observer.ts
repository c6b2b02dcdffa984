import type { StatusObject } from '@grpc/grpc-js';
import type { StreamingError } from '../errors/index.js';
import type { StreamResult__Output } from './proto/types/behavioral_api/grpc/v1/StreamResult.js';

/** What an epoch reports to its session. */
export interface EpochObserver {
  open: () => void;
  /** The server is going to end the call: it said GOAWAY. */
  leaving: () => void;
  result: (message: StreamResult__Output, engine: 'local' | 'remote') => void;
  /** Audio is being written that no other epoch has written; `inFlightMs` is what the transport has not taken yet, this included. */
  written: (inFlightMs: number) => void;
  /** Audio left for the first time: a call that is connected has written it. */
  sent: (ms: number, bytes: number) => void;
  /** Audio left that had left before. */
  replayed: (ms: number) => void;
  /** The transport took audio. */
  progress: () => void;
  /** All audio of the epoch was written, and the stream half-closed. */
  halfClosed: () => void;
  /** The budget is used up, and cut the audio. */
  outOfBudget: (cut: BudgetCut) => void;
  /** The server ended the call. */
  end: (status: StatusObject) => void;
  /** Whether the audio is over and the results are due: then the session itself sees to it that they come. */
  isLast: () => boolean;
  /** The call hangs; it was cancelled. */
  hang: (error: StreamingError) => void;
}

/** Where a budget has cut the audio of an epoch. */
export interface BudgetCut {
  /** Source time up to which it was written, in milliseconds. */
  readonly atMs: number;
  /** The same as audio time. */
  readonly heardMs: number;
  /** Number of the ring's entry before which the epoch would have ended; Infinity when it carried the audio to come. */
  readonly end: number;
  /** Whether no other epoch had written what it cut. */
  readonly isNew: boolean;
}
