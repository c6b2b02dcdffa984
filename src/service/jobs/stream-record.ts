import type { EngineResult } from '../../engine/index.js';
import type { Logger } from '../../events/index.js';
import { resultPiece } from '../result-json.js';
import type { ProcessStore } from '../store/process-store.js';
import { type Analysis, ProcessStatus } from '../store/stored-process.js';

/** Pieces of results that wait to be written together: a stream has one or two a second. */
const PIECES_PER_WRITE = 32;

/** Keeps the results of one gRPC stream, for whoever asks for its pid later; never its audio. */
export class StreamRecord {
  /** The stream's process ID. */
  readonly pid: number;
  readonly #store: ProcessStore;
  readonly #logger: Logger;
  #written = 0;
  #waiting: string[] = [];
  #lost = false;

  /** @throws What the store throws, when it can't take the stream. */
  constructor(store: ProcessStore, stream: { cid: string; analysis: Analysis; embeddings: boolean }, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
    this.pid = store.openStream(stream.cid, stream.analysis, stream.embeddings).pid;
  }

  add(result: EngineResult): void {
    this.#waiting.push(resultPiece(result));
    if (this.#waiting.length < PIECES_PER_WRITE) return;
    this.#write(() => this.#store.addResults(this.pid, this.#written, this.#waiting));
    this.#written += this.#waiting.length;
    this.#waiting = [];
  }

  /** The stream is over; what was found in it until then counts as completed, unless it was cut off by a failure. */
  end({ failed, reason, durationMs }: { failed: boolean; reason: string; durationMs: number }): void {
    const status = failed || this.#lost ? ProcessStatus.failed : ProcessStatus.completed;
    const statusmsg = this.#lost ? 'The results of this stream could not be kept.' : reason;
    this.#write(() => this.#store.finish(this.pid, { status, statusmsg, durationMs }, this.#waiting, this.#written));
    this.#waiting = [];
  }

  /** A disk that is full must not end the stream, whose client gets its results anyway. */
  #write(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!this.#lost) this.#logger.error({ pid: this.pid, err: error }, 'results of a stream could not be kept');
      this.#lost = true;
    }
  }
}
