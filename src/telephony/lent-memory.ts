import { type PlaneAllocator, reusedPlanes } from '../audio/sample-format/index.js';

/**
 * Memory that all RTP legs of a process have in common, each for one chunk at a time.
 *
 * For receivers of chunks that are done with one when they return. A thousand legs with memory of their own would find none of it in the
 * processor's caches.
 */
export class LentMemory {
  #planes = reusedPlanes();
  #isTaken = false;
  #isLent = false;

  /** Memory for the samples of the chunk that is lent next; undefined while another is lent, as when its receiver has a leg closed. */
  take(): PlaneAllocator | undefined {
    if (this.#isLent) return undefined;
    this.#isTaken = true;
    return this.#planes;
  }

  /**
   * Lends a chunk, whether it lies in this memory or not.
   *
   * @param give Hands the chunk over; says whether the receiver is done with it. One that isn't keeps the memory, and the next chunk gets
   * other memory; so it is when this throws.
   */
  lend(give: () => boolean): void {
    const wasLent = this.#isLent;
    const wasTaken = this.#isTaken;
    this.#isLent = true;
    this.#isTaken = false;
    let isDone = false;
    try {
      isDone = give();
    } finally {
      if (wasTaken && !isDone) this.#planes = reusedPlanes();
      this.#isLent = wasLent;
    }
  }
}
