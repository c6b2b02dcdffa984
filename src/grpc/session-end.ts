import { isBehavioralSignalsError } from '../errors/index.js';
import type { DrainDeadline } from './drain-deadline.js';
import type { SessionObserver } from './session-observer.js';

/** How the audio of a session ended. */
export interface AudioEnd {
  readonly failed: boolean;
  readonly error?: unknown;
}

/** How far a session is on its way to its end, and what its observer is told of it. */
export class SessionEnd {
  readonly #observer: SessionObserver;
  readonly #drain: DrainDeadline;
  readonly #close: (cause: string | undefined) => void;
  #audioEnd: AudioEnd | undefined;
  #isOver = false;

  /** @param close Lets go of everything; called once, with the error code of what failed. */
  constructor(observer: SessionObserver, drain: DrainDeadline, close: (cause: string | undefined) => void) {
    this.#observer = observer;
    this.#drain = drain;
    this.#close = close;
  }

  /** Whether the audio is over, and results are awaited. */
  get isNear(): boolean {
    return this.#audioEnd !== undefined;
  }

  /** Whether nothing is reported any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The audio is over. */
  audioEnded(end: AudioEnd): void {
    this.#audioEnd = end;
  }

  /** The server gave a sign of life: while results are awaited, its deadline starts anew. */
  signOfLife(): void {
    if (this.#audioEnd && !this.#isOver) this.#drain.restart();
  }

  /** Every result has come. */
  complete(): void {
    if (!this.#audioEnd || this.#isOver) return;
    const { failed, error } = this.#audioEnd;
    this.#closeAfter(failed ? codeOf(error) : undefined);
    if (failed) this.#observer.error(error);
    else this.#observer.complete();
  }

  /** The session can't go on. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    // What went wrong with the audio came first, and explains more than how the stream ended after it.
    const failure = this.#audioEnd?.failed ? this.#audioEnd.error : error;
    this.#closeAfter(codeOf(failure));
    this.#observer.error(failure);
  }

  /** Ends the session without a word. */
  close(): void {
    this.#closeAfter(undefined);
  }

  #closeAfter(cause: string | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#drain.clear();
    this.#close(cause);
  }
}

/** What can be said of an error anywhere: its code or class, never its message. */
function codeOf(error: unknown): string {
  if (isBehavioralSignalsError(error)) return error.code;
  return error instanceof Error ? error.name : 'Error';
}
