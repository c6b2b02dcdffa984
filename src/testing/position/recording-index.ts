/** Samples that identify a place: 2 ms at 16 kHz, of which real audio has hardly two alike. */
const WINDOW = 32;
/** Every n-th window of the recording is indexed, so that any run of n + 32 samples holds one. */
const STEP = 64;
/** Windows that occur more often say nothing about the place. */
const MAX_PLACES = 16;

/** A run of samples that was found in the recording. */
export interface RecordingMatch {
  /** Where it begins in the recording. */
  readonly position: number;
  /** Where it begins in what was looked for. */
  readonly offset: number;
  readonly length: number;
}

/** Finds where in a known recording a piece of it lies. */
export class RecordingIndex {
  readonly #samples: Int16Array;
  readonly #bytes: Buffer;
  readonly #places = new Map<number, number[] | number>();

  constructor(samples: Int16Array) {
    this.#samples = samples;
    this.#bytes = bytesOf(samples);
    for (let at = 0; at + WINDOW <= samples.length; at += STEP) {
      const hash = hashOf(samples, at);
      if (hash === undefined) continue;
      const known = this.#places.get(hash);
      if (known === undefined) this.#places.set(hash, at);
      else if (typeof known === 'number') this.#places.set(hash, [known, at]);
      else if (known.length <= MAX_PLACES) known.push(at);
    }
  }

  /** How many samples, from both places on, are the same. */
  matchLength(samples: Int16Array, offset: number, position: number): number {
    const length = Math.min(samples.length - offset, this.#samples.length - position);
    if (length <= 0 || position < 0) return 0;
    const bytes = bytesOf(samples);
    // Whole pieces are the rule, and comparing memory is fast.
    if (this.#bytes.compare(bytes, offset * 2, (offset + length) * 2, position * 2, (position + length) * 2) === 0) return length;
    let same = 0;
    while (same < length && samples[offset + same] === this.#samples[position + same]) same += 1;
    return same;
  }

  /**
   * Finds the first run of the samples that is in the recording.
   *
   * @param near Of places that match equally long, the one nearest to this is taken.
   */
  find(samples: Int16Array, from: number, near: number): RecordingMatch | undefined {
    for (let offset = from; offset + WINDOW <= samples.length; offset += 1) {
      const hash = hashOf(samples, offset);
      const found = hash === undefined ? undefined : this.#places.get(hash);
      if (found === undefined) continue;
      const best = this.#best(samples, offset, typeof found === 'number' ? [found] : found, near);
      if (best) return best;
    }
    return undefined;
  }

  #best(samples: Int16Array, offset: number, places: readonly number[], near: number): RecordingMatch | undefined {
    if (places.length > MAX_PLACES) return undefined;
    let best: RecordingMatch | undefined;
    for (const position of places) {
      const length = this.matchLength(samples, offset, position);
      if (length < WINDOW) continue;
      const isNearer = best && length === best.length && Math.abs(position - near) < Math.abs(best.position - near);
      if (!best || length > best.length || isNearer) best = { position, offset, length };
    }
    return best;
  }
}

/** FNV-1a (Fowler, Noll, Vo, 1991) over samples; undefined for a window without change, such as silence, which is anywhere. */
function hashOf(samples: Int16Array, at: number): number | undefined {
  let hash = 0x811c9dc5;
  let varies = false;
  const first = samples[at];
  for (let i = at; i < at + WINDOW; i += 1) {
    const sample = samples[i] as number;
    varies ||= sample !== first;
    hash = Math.imul(hash ^ (sample & 0xffff), 0x01000193);
  }
  return varies ? hash : undefined;
}

function bytesOf(samples: Int16Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}
