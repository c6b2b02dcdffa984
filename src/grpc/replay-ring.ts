import { type AudioChunk, durationMs, type Pcm } from '../audio/index.js';
import { KeptBytes } from './kept-bytes.js';

/** A chunk on the session's own clock: audio time since the session's first chunk, without jumps. */
export interface RingEntry {
  readonly chunk: AudioChunk<Pcm<'s16le', 1>>;
  /** Audio time before it, in milliseconds. */
  readonly startMs: number;
  /** Audio time including it, in milliseconds. */
  readonly endMs: number;
  /** Whether it certainly holds no speech. */
  readonly isQuiet: boolean;
  /** How far the wall clock was ahead of the monotonic clock when it came, in milliseconds; undefined for audio without a time of capture. */
  readonly wallAheadMs: number | undefined;
  /** Whether a call that was connected has sent it. */
  hasLeft: boolean;
}

/** Peak below which a chunk certainly holds no speech: -50 dBFS, under which voices are lost in any line's noise. */
const QUIET_PEAK = 100;

/** Bounds of a {@link ReplayRing}. */
export interface ReplayRingOptions {
  /** Sent audio that is kept, in milliseconds. */
  maxMs: number;
  /** The same for audio that was read faster than real time, which runs ahead of its answers. Default: `maxMs`. */
  maxUnpacedMs?: number;
  /** Bytes of sent audio that are kept. */
  maxBytes: number;
  /** Audio that may wait to be sent, in milliseconds. */
  maxUnsentMs: number;
  /** Bytes that may wait to be sent. */
  maxUnsentBytes: number;
}

/** An entry as the ring keeps it. */
interface Slot extends RingEntry {
  chunk: RingEntry['chunk'];
  startMs: number;
  endMs: number;
  isQuiet: boolean;
  isSent: boolean;
}

/** A run of sound that is no longer kept. */
export interface LostSound {
  /** Audio time where it begins, in milliseconds. */
  readonly startMs: number;
  /** Audio time where it ends, in milliseconds. */
  endMs: number;
  /** Where it begins in its source, in milliseconds. */
  readonly sourceMs: number;
}

/** Runs of lost sound that are known; who fails later than so many would tell of the latest. */
const MAX_LOST = 1000;
/** Sums of fractions of milliseconds are off by less than this. */
const ROUNDING_MS = 1e-3;

const NOTHING = Buffer.alloc(0);

/**
 * The last audio of a session, kept so that it can be sent again after a failure, and what has not been sent yet.
 *
 * Entries are numbered from 0 over the whole session. Sent audio beyond the bounds is forgotten, unless a call has yet to send it again;
 * of audio that waits beyond its bounds the oldest is dropped: its entry stays, empty, and the session's clock goes on without it.
 */
export class ReplayRing {
  readonly #bounds: ReplayRingOptions;
  readonly #memory = new KeptBytes();
  #entries: Slot[] = [];
  /** Number of the first entry in the array; the array's head is cut off in batches. */
  #offset = 0;
  #first = 0;
  #unsent = 0;
  /** Number after the last entry that was sent: the clock of what was sent stays as it is. */
  #sentEnd = 0;
  #sentBytes = 0;
  #unsentBytes = 0;
  #unsentMs = 0;
  #endMs = 0;
  #lost: LostSound[] = [];

  constructor(bounds: ReplayRingOptions) {
    this.#bounds = bounds;
  }

  /** Number of the oldest entry that is kept. */
  get first(): number {
    return this.#first;
  }

  /** Number that the next entry will get. */
  get end(): number {
    return this.#offset + this.#entries.length;
  }

  /** Number of the first entry that no call has sent. */
  get unsent(): number {
    while (this.#slot(this.#unsent)?.isSent) this.#unsent += 1;
    return this.#unsent;
  }

  /** Audio time of everything appended so far and not dropped, in milliseconds. */
  get endMs(): number {
    return this.#endMs;
  }

  /** Audio time where the kept audio begins, in milliseconds. */
  get startMs(): number {
    return this.at(this.#first)?.startMs ?? this.#endMs;
  }

  /** The entry of a number, if it is kept. */
  at(index: number): RingEntry | undefined {
    return this.#slot(index);
  }

  /** Appends a chunk. */
  append(chunk: RingEntry['chunk']): void {
    const startMs = this.#endMs;
    this.#endMs += durationMs(chunk);
    this.#unsentMs += durationMs(chunk);
    this.#unsentBytes += chunk.data.length;
    const kept = this.#memory.keep(chunk.data);
    const own = kept === chunk.data ? chunk : { ...chunk, data: kept };
    const wallAheadMs = chunk.timing.capturedAtMs === undefined ? undefined : Date.now() - performance.now();
    const times = { startMs, endMs: this.#endMs, wallAheadMs };
    this.#entries.push({ chunk: own, ...times, isQuiet: isQuiet(chunk.data), isSent: false, hasLeft: false });
  }

  /** Notes that a call has sent an entry; tells whether it was the first to. */
  markSent(index: number): boolean {
    const slot = this.#slot(index);
    if (!slot || slot.isSent) return false;
    slot.isSent = true;
    this.#sentEnd = Math.max(this.#sentEnd, index + 1);
    this.#sentBytes += slot.chunk.data.length;
    this.#forgetWaiting(slot);
    return true;
  }

  /** Audio from an entry on, and before another, that was sent before, in milliseconds. */
  sentMs(from: number, before: number): number {
    let index = from;
    while (index < before && this.#slot(index)?.isSent) index += 1;
    const last = index > from ? this.#slot(index - 1) : undefined;
    return last ? last.endMs - this.#slot(from)!.startMs : 0;
  }

  /** Drops the oldest audio that waits beyond the bounds, but never the newest entry, and returns it. */
  dropWaiting(): RingEntry['chunk'][] {
    const { maxUnsentMs, maxUnsentBytes } = this.#bounds;
    const dropped: RingEntry['chunk'][] = [];
    const first = Math.max(this.#sentEnd, this.unsent);
    for (let index = first; index < this.end - 1; index += 1) {
      if (this.#unsentMs <= maxUnsentMs && this.#unsentBytes <= maxUnsentBytes) break;
      const slot = this.#slot(index)!;
      dropped.push(slot.chunk);
      this.#forgetWaiting(slot);
      Object.assign(slot, { chunk: { ...slot.chunk, data: NOTHING, length: 0 }, isQuiet: true, isSent: true });
    }
    if (dropped.length > 0) this.#setClock(first);
    return dropped;
  }

  /** Forgets sent audio before the bounds, but nothing from `needed` on, the first entry that a call has yet to send. */
  trim(needed: number): void {
    const { maxMs, maxUnpacedMs = maxMs, maxBytes } = this.#bounds;
    const limit = Math.min(needed, this.unsent);
    const sentEndMs = this.#endMs - this.#unsentMs;
    for (;;) {
      const oldest = this.#slot(this.#first);
      if (!oldest || this.#first >= limit) break;
      const keptMs = oldest.chunk.timing.capturedAtMs === undefined ? maxUnpacedMs : maxMs;
      if (sentEndMs - oldest.endMs < keptMs && this.#sentBytes <= maxBytes) break;
      this.#sentBytes -= oldest.chunk.data.length;
      if (!oldest.isQuiet) this.#lose(oldest);
      this.#first += 1;
    }
    // In batches, because cutting an array's head moves the rest.
    const dropped = this.#first - this.#offset;
    if (dropped < 256 && dropped < this.#entries.length) return;
    this.#entries = this.#entries.slice(dropped);
    this.#offset = this.#first;
  }

  /** Sound that is no longer kept, between two audio times. */
  lostBetween(startMs: number, endMs: number): LostSound[] {
    const lost: LostSound[] = [];
    for (const run of this.#lost) {
      const from = Math.max(run.startMs, startMs);
      const to = Math.min(run.endMs, endMs);
      if (to - from > ROUNDING_MS) lost.push({ startMs: from, endMs: to, sourceMs: run.sourceMs + from - run.startMs });
    }
    return lost;
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

  #slot(index: number): Slot | undefined {
    return index < this.#first ? undefined : this.#entries[index - this.#offset];
  }

  #lose({ chunk, startMs, endMs }: Slot): void {
    const last = this.#lost.at(-1);
    const sourceMs = (chunk.timing.position * 1000) / chunk.format.sampleRate;
    const goesOn =
      last &&
      Math.abs(last.endMs - startMs) < ROUNDING_MS &&
      Math.abs(last.sourceMs + last.endMs - last.startMs - sourceMs) < ROUNDING_MS;
    if (goesOn) last.endMs = endMs;
    else this.#lost.push({ startMs, endMs, sourceMs });
    if (this.#lost.length > MAX_LOST) this.#lost.shift();
  }

  #forgetWaiting({ chunk }: Slot): void {
    this.#unsentBytes -= chunk.data.length;
    // Sums of fractions don't come back to zero by themselves.
    this.#unsentMs = this.#unsentBytes === 0 ? 0 : this.#unsentMs - durationMs(chunk);
  }

  /** Sets the times of the entries from a number on. */
  #setClock(from: number): void {
    let timeMs = this.#slot(from - 1)?.endMs ?? this.#slot(from)!.startMs;
    for (let index = from; index < this.end; index += 1) {
      const slot = this.#slot(index)!;
      slot.startMs = timeMs;
      timeMs += durationMs(slot.chunk);
      slot.endMs = timeMs;
    }
    this.#endMs = timeMs;
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
