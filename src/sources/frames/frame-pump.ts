import { SourceError } from '../../errors/index.js';
import type { FrameInput, FrameStream } from './audio-frame.js';

/** What a {@link FramePump} tells. */
export interface FramePumpObserver {
  frame: (frame: unknown) => void;
  end: () => void;
  fail: (error: unknown) => void;
}

/** Frames after which other work of the process gets its turn: a producer that never waits would leave none. */
const FRAMES_AT_ONCE = 64;

/** Pulls frames one after the other, each when it is asked for, and cancels the producer when it is stopped. */
export class FramePump {
  readonly #next: () => Promise<{ done?: boolean | undefined; value?: unknown }>;
  readonly #cancel: () => void;
  readonly #observer: FramePumpObserver;
  #busy = false;
  #over = false;
  #sinceTurn = 0;
  #turn: NodeJS.Immediate | undefined;

  /** @throws what the producer throws when it is opened. */
  constructor(input: FrameInput, observer: FramePumpObserver) {
    const { next, cancel } = isFrameStream(input) ? readerOf(input) : iteratorOf(input);
    this.#next = next;
    this.#cancel = cancel;
    this.#observer = observer;
  }

  /** Asks for the next frame; does nothing while one is on its way. Reports later, never before it returns. */
  pull(): void {
    if (this.#busy || this.#over) return;
    this.#busy = true;
    if (this.#sinceTurn < FRAMES_AT_ONCE) this.#read();
    else {
      this.#sinceTurn = 0;
      this.#turn = setImmediate(() => this.#read());
    }
  }

  /** Cancels the producer, unless it has ended by itself; nothing is reported any more. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    clearImmediate(this.#turn);
    this.#cancel();
  }

  #read(): void {
    this.#next().then(
      (result) => {
        this.#busy = false;
        if (this.#over) return;
        if (typeof result !== 'object' || result === null) {
          this.#over = true;
          this.#observer.fail(new SourceError('SOURCE_FAILED', 'the iterator gave no { done, value }'));
        } else if (result.done) {
          this.#over = true;
          this.#observer.end();
        } else {
          this.#sinceTurn += 1;
          this.#observer.frame(result.value);
        }
      },
      (error: unknown) => {
        this.#busy = false;
        if (this.#over) return;
        this.#over = true;
        this.#observer.fail(error);
      },
    );
  }
}

/** Whether it is read through a reader. */
export function isFrameStream(input: object): input is FrameStream {
  return typeof (input as { getReader?: unknown }).getReader === 'function';
}

const ignore = () => {};

function readerOf(stream: FrameStream) {
  const reader = stream.getReader();
  return {
    next: async () => reader.read(),
    cancel: () => {
      // What goes wrong with a producer nobody listens to is nobody's error.
      Promise.resolve()
        .then(() => reader.cancel())
        .then(() => reader.releaseLock())
        .catch(ignore);
    },
  };
}

function iteratorOf(input: Exclude<FrameInput, FrameStream>) {
  const iterator: AsyncIterator<unknown> | Iterator<unknown> =
    Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]();
  return {
    next: async () => iterator.next(),
    cancel: () => {
      Promise.resolve()
        .then(() => iterator.return?.())
        .catch(ignore);
    },
  };
}
