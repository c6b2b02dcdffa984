import { type AudioChunk, durationMs, type Pcm } from '../audio/index.js';

/** A chunk on the session's own clock: audio time since the session's first chunk, without jumps. */
export interface RingEntry {
  readonly chunk: AudioChunk<Pcm<'s16le', 1>>;
  /** Audio time before it, in milliseconds. */
  readonly startMs: number;
  /** Audio time including it, in milliseconds. */
  readonly endMs: number;
  /** Whether it certainly holds no speech. */
  readonly isQuiet: boolean;
}

/** Peak below which a chunk certainly holds no speech: -50 dBFS, under which voices are lost in any line's noise. */
const QUIET_PEAK = 100;

/** Bounds of a {@link ReplayRing}. */
export interface ReplayRingOptions {
  /** Audio that is kept, in milliseconds. */
  maxMs: number;
  /** Bytes that are kept. */
  maxBytes: number;
}

/**
 * The last audio of a session, kept so that it can be sent again after a failure, and what has not been sent yet.
 *
 * Entries are numbered from 0 over the whole session. What is older than the bounds is dropped, but never what no call has sent.
 */
export class ReplayRing {
  readonly #maxMs: number;
  readonly #maxBytes: number;
  #entries: RingEntry[] = [];
  /** Number of the first entry in the array; the array's head is cut off in batches. */
  #offset = 0;
  #first = 0;
  #bytes = 0;
  #endMs = 0;
  #lostSoundMs = 0;

  constructor({ maxMs, maxBytes }: ReplayRingOptions) {
    this.#maxMs = maxMs;
    this.#maxBytes = maxBytes;
  }

  /** Number of the oldest entry that is kept. */
  get first(): number {
    return this.#first;
  }

  /** Number that the next entry will get. */
  get end(): number {
    return this.#offset + this.#entries.length;
  }

  /** Audio time of everything appended so far, in milliseconds. */
  get endMs(): number {
    return this.#endMs;
  }

  /** Audio time where the kept audio begins, in milliseconds. */
  get startMs(): number {
    return this.at(this.#first)?.startMs ?? this.#endMs;
  }

  /** Audio time where the last dropped entry with sound ended, in milliseconds. */
  get lostSoundMs(): number {
    return this.#lostSoundMs;
  }

  /** The entry of a number, if it is kept. */
  at(index: number): RingEntry | undefined {
    return index < this.#first ? undefined : this.#entries[index - this.#offset];
  }

  /** Appends a chunk. */
  append(chunk: RingEntry['chunk']): void {
    const startMs = this.#endMs;
    this.#endMs += durationMs(chunk);
    this.#entries.push({ chunk, startMs, endMs: this.#endMs, isQuiet: isQuiet(chunk.data) });
    this.#bytes += chunk.data.length;
  }

  /** Drops what lies before the bounds; `unsent` is the number of the first entry that no call has sent. */
  trim(unsent: number): void {
    for (;;) {
      const oldest = this.at(this.#first);
      if (!oldest || this.#first >= unsent) break;
      if (this.#endMs - oldest.endMs < this.#maxMs && this.#bytes <= this.#maxBytes) break;
      this.#bytes -= oldest.chunk.data.length;
      if (!oldest.isQuiet) this.#lostSoundMs = oldest.endMs;
      this.#first += 1;
    }
    // In batches, because cutting an array's head moves the rest.
    const dropped = this.#first - this.#offset;
    if (dropped < 256 && dropped < this.#entries.length) return;
    this.#entries = this.#entries.slice(dropped);
    this.#offset = this.#first;
  }

  /** Number of the entry that holds an audio time, or of the oldest one when that is gone. */
  indexAt(ms: number): number {
    let low = this.#first;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle)!.endMs > ms) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Number of the first entry with sound from a number on. */
  firstSound(from: number): number {
    let index = Math.max(from, this.#first);
    while (this.at(index)?.isQuiet) index += 1;
    return index;
  }
}

function isQuiet(pcm: Buffer): boolean {
  // Every third sample: no voice hides between two of them.
  for (let i = 0; i + 1 < pcm.length; i += 6) {
    // The high byte alone decides for all but the faintest samples, and is read in a fraction of the time.
    const high = pcm[i + 1]!;
    if (high !== 0 && high !== 0xff) return false;
    const sample = high === 0 ? pcm[i]! : pcm[i]! - 256;
    if (sample > QUIET_PEAK || sample < -QUIET_PEAK) return false;
  }
  return true;
}
