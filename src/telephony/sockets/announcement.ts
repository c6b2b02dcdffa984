import { SourceError } from '../../errors/index.js';

/** A promise that is settled from outside; nobody has to look at it. */
export class Announcement<Value> {
  readonly promise: Promise<Value>;
  #resolve!: (value: Value) => void;
  #reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => {});
  }

  tell(value: Value): void {
    this.#resolve(value);
  }

  /** It can't be told, for this reason; does nothing when it was. */
  fail(error: unknown): void {
    this.#reject(error);
  }

  /** It will never be told; does nothing when it was. */
  never(label: string): void {
    this.#reject(new SourceError('SOURCE_FAILED', `${label}: the connection ended before the call was described`));
  }
}
