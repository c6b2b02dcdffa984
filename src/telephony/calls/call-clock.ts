import { ArrivalClock, type AudioChunk, durationMs, type SourceId, startMs } from '../../audio/index.js';

/** How a leg was put on the call's clock. */
export type Alignment = 'captured' | 'arrival' | 'position';

/** Legs are moved on the clock when their time of capture differs from where they were put by more than this. */
const TOLERANCE_MS = 50;
/** Moves that are remembered, to place results that come later. */
const ANCHORS = 64;

/**
 * The one clock of a call: 0 is where the first audio of the call begins, or where the recording does.
 *
 * By `captured`, legs lie where `timing.capturedAtMs` says, and those without it where their audio arrives; by `position`, where their own
 * positions say, as the channels and files of one recording do. Unless it is given, the first audio of the call decides.
 */
export class CallClock {
  #by: 'captured' | 'position' | undefined;
  #zeroMs: number | undefined;
  readonly #now: () => number;

  /** @param now Milliseconds since the Unix epoch. */
  constructor(by: 'captured' | 'position' | undefined, now: () => number) {
    this.#by = by;
    this.#now = now;
  }

  /** What decides; undefined until the first audio. */
  get by(): 'captured' | 'position' | undefined {
    return this.#by;
  }

  /** Milliseconds since the Unix epoch at which the call's clock is 0; undefined for recordings, and before the first audio. */
  get zeroMs(): number | undefined {
    return this.#zeroMs;
  }

  /**
   * Begins a leg.
   *
   * @param offsetMs By `position`: where the leg's own position 0 lies.
   */
  leg(offsetMs: number): LegClock {
    return new LegClock({
      offsetMs,
      now: this.#now,
      by: (chunk) => {
        this.#by ??= chunk.timing.capturedAtMs === undefined ? 'position' : 'captured';
        return this.#by;
      },
      zero: (wallMs) => {
        this.#zeroMs ??= wallMs;
        return this.#zeroMs;
      },
    });
  }
}

/** What a leg's clock needs of the call's. */
interface LegClockOptions {
  readonly offsetMs: number;
  readonly now: () => number;
  readonly by: (chunk: AudioChunk) => 'captured' | 'position';
  readonly zero: (wallMs: number) => number;
}

/** Puts one leg's audio, and later what was found in it, on the call's clock. */
export class LegClock {
  readonly #options: LegClockOptions;
  readonly #arrivals = new ArrivalClock();
  readonly #anchors: { readonly fromMs: number; readonly offsetMs: number }[] = [];
  #alignedBy: Alignment | undefined;
  #source: SourceId | undefined;
  #endMs: number | undefined;

  constructor(options: LegClockOptions) {
    this.#options = options;
  }

  /** What puts the leg on the clock; undefined until its first audio. */
  get alignedBy(): Alignment | undefined {
    return this.#alignedBy;
  }

  /** Takes note of the next chunk, and says where it begins and ends on the call's clock. */
  place(chunk: AudioChunk): { startMs: number; endMs: number } {
    const sourceMs = startMs(chunk);
    const offsetMs = this.#offset(chunk, sourceMs);
    if (offsetMs !== this.#anchors.at(-1)?.offsetMs) {
      this.#anchors.push({ fromMs: sourceMs, offsetMs });
      if (this.#anchors.length > ANCHORS) this.#anchors.shift();
    }
    this.#source = chunk.timing.source;
    this.#endMs = sourceMs + offsetMs + durationMs(chunk);
    return { startMs: sourceMs + offsetMs, endMs: this.#endMs };
  }

  /** A time of the leg's source on the call's clock. */
  toCallMs(sourceMs: number): number {
    const anchor = this.#anchors.findLast(({ fromMs }) => fromMs <= sourceMs) ?? this.#anchors[0];
    return sourceMs + (anchor?.offsetMs ?? this.#options.offsetMs);
  }

  #offset(chunk: AudioChunk, sourceMs: number): number {
    const current = this.#anchors.at(-1)?.offsetMs;
    const isSameSource = chunk.timing.source === this.#source;
    if (this.#options.by(chunk) === 'position') {
      this.#alignedBy = 'position';
      if (current === undefined) return this.#options.offsetMs;
      // Positions of another source, which follows this one, begin again.
      return isSameSource || sourceMs + current >= this.#endMs! ? current : this.#endMs! - sourceMs;
    }
    const { capturedAtMs } = chunk.timing;
    if (capturedAtMs === undefined && this.#alignedBy === 'captured') return current!;
    this.#alignedBy ??= capturedAtMs === undefined ? 'arrival' : 'captured';
    const endAtMs = capturedAtMs ?? this.#arrivals.capturedAtMs(sourceMs + durationMs(chunk), this.#options.now());
    const wallMs = endAtMs - durationMs(chunk);
    const offsetMs = wallMs - this.#options.zero(wallMs) - sourceMs;
    return current !== undefined && isSameSource && Math.abs(offsetMs - current) <= TOLERANCE_MS ? current : offsetMs;
  }
}
