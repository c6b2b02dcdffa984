import type { Readable } from 'node:stream';

/** How much of standard error is kept. */
const TAIL_BYTES = 8 * 1024;

/** Drains a process's standard error, so that it never blocks on it, and keeps the last 8 KiB. */
export class StderrTail {
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #cut = false;

  constructor(stderr: Readable) {
    stderr.on('data', (bytes: Buffer) => this.#add(bytes));
    stderr.on('error', () => {});
  }

  /** The last lines, whole ones. */
  get text(): string {
    const text = this.#compact().toString('utf8');
    return (this.#cut ? text.slice(text.indexOf('\n') + 1) : text).trimEnd();
  }

  #add(bytes: Buffer): void {
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
    if (this.#keptBytes > 8 * TAIL_BYTES) this.#compact();
  }

  /** Joins what is kept into one piece of at most 8 KiB, copied so that the rest can be freed. */
  #compact(): Buffer {
    const all = Buffer.concat(this.#kept);
    const tail = all.length > TAIL_BYTES ? Buffer.from(all.subarray(-TAIL_BYTES)) : all;
    this.#cut ||= all.length > TAIL_BYTES;
    this.#kept = [tail];
    this.#keptBytes = tail.length;
    return tail;
  }
}
