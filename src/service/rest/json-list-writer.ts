import type { ServerResponse } from 'node:http';

/** Answers with a JSON list that is written piece by piece, as fast as the client reads, so that it is never in memory as a whole. */
export class JsonListWriter {
  readonly #response: ServerResponse;
  readonly #tail: string;
  #separator = '';

  /**
   * @param head What comes before the first item.
   * @param tail What comes after the last one.
   */
  constructor(response: ServerResponse, head: string, tail: string) {
    this.#response = response;
    this.#tail = tail;
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    response.write(head);
  }

  /** Writes items, as JSON with commas between them; resolves when there is room for more, or nobody reads any more. */
  async write(items: string): Promise<void> {
    if (items === '' || this.#response.destroyed) return;
    const goesOn = this.#response.write(this.#separator + items);
    this.#separator = ',';
    if (!goesOn) await this.#room();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#response.off('drain', done).off('close', done);
        resolve();
      };
      this.#response.on('drain', done).on('close', done);
    });
  }

  end(): void {
    this.#response.end(this.#tail);
  }
}
