import { HttpError } from './http-error.js';

/** Counts the uploads that are being received, so that neither all projects nor one of them has too many at a time. */
export class UploadLimit {
  readonly #maxUploads: number;
  readonly #maxUploadsPerProject: number;
  readonly #open = new Map<string, number>();
  #total = 0;

  constructor({ maxUploads, maxUploadsPerProject }: { maxUploads: number; maxUploadsPerProject: number }) {
    this.#maxUploads = maxUploads;
    this.#maxUploadsPerProject = maxUploadsPerProject;
  }

  /**
   * Lets an upload in.
   *
   * @returns To be called once, when it has ended.
   * @throws HttpError when there are too many.
   */
  begin(cid: string): () => void {
    const own = this.#open.get(cid) ?? 0;
    if (own >= this.#maxUploadsPerProject) {
      const message = `Project ${cid} already sends ${own} uploads, its limit; try again later.`;
      throw new HttpError(429, 'TOO_MANY_UPLOADS', message, { 'retry-after': '2' });
    }
    if (this.#total >= this.#maxUploads) {
      const message = `The service already receives ${this.#total} uploads, its limit; try again later.`;
      throw new HttpError(503, 'BUSY', message, { 'retry-after': '2' });
    }
    this.#total += 1;
    this.#open.set(cid, own + 1);
    return () => {
      this.#total -= 1;
      const left = (this.#open.get(cid) ?? 1) - 1;
      if (left > 0) this.#open.set(cid, left);
      else this.#open.delete(cid);
    };
  }
}
