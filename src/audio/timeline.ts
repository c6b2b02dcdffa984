import type { AudioChunk, ChunkTiming, SourceId } from './chunk.js';

/** A run of sent samples whose place on the source's timeline is linear. */
export interface Span {
  /** Number of the server call that the samples went to, from 0. */
  readonly epoch: number;
  /** Position of the first sample as the server counts, in samples since the call's start. */
  readonly sentStart: number;
  /** In samples. */
  readonly length: number;
  /** Of both positions, in Hz. */
  readonly sampleRate: number;
  readonly source: SourceId;
  /** Position of the first sample in its source, in samples at `sampleRate`. */
  readonly sourceStart: number;
  /** When the first sample was captured, in milliseconds since the Unix epoch; undefined for audio that isn't live or paced. */
  readonly wallStartMs: number | undefined;
  /** How far the wall clock was ahead of the monotonic clock when the first sample came, in milliseconds, where that was told. */
  readonly wallAheadMs: number | undefined;
  readonly kind: NonNullable<ChunkTiming['kind']>;
  /** Whether the source position is known or was inferred from arrival. */
  readonly confidence: 'exact' | 'inferred';
}

/** Where a moment of a server call lies. */
export interface TimelinePoint {
  /** Milliseconds on the source's timeline. */
  readonly sourceMs: number;
  /** When it was captured, in milliseconds since the Unix epoch, where that is known. */
  readonly wallMs: number | undefined;
  /** The same on the monotonic clock (`performance.now()`), which nobody can set. */
  readonly monotonicMs: number | undefined;
}

/** Capture times that differ less than this from their span's prediction don't begin a new span. */
const WALL_TOLERANCE_MS = 20;
/** Spans kept, and so many more; then the oldest are dropped, which an answer this late never needs. Cutting an array's head moves the rest. */
const MAX_SPANS = 10_000;
const DROPPED_AT_ONCE = 1000;
/** The latest epochs, more than there can be at a time: they may go on. */
const LIVE_EPOCHS = 100;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The table that maps what the server counts back to what the user heard, through gaps, source changes and server calls.
 *
 * Spans partition the sent samples exactly: within an epoch each begins where the one before ends. Epochs may take turns, as when one is
 * replayed while another goes on.
 */
export class Timeline {
  /** Spans of each epoch, in the order in which the epochs began. */
  readonly #epochs = new Map<number, Mutable<Span>[]>();
  #count = 0;

  /** The spans so far, epoch by epoch, oldest first. */
  get spans(): readonly Span[] {
    return [...this.#epochs.values()].flat();
  }

  /**
   * Notes that a chunk was sent as the next samples of an epoch.
   *
   * @param wallAheadMs How far the wall clock was ahead of the monotonic clock when it came, in milliseconds.
   */
  append(epoch: number, { timing, format, length }: AudioChunk, wallAheadMs?: number): void {
    const { source, position, capturedAtMs, kind = 'audio' } = timing;
    const { sampleRate } = format;
    const wallStartMs = capturedAtMs === undefined ? undefined : capturedAtMs - (length / sampleRate) * 1000;
    const spans = this.#spansOf(epoch);
    const last = spans.at(-1);
    const extendsLast =
      last?.source === source &&
      last.kind === kind &&
      last.sampleRate === sampleRate &&
      last.sourceStart + last.length === position &&
      sameClock(last, wallStartMs);
    if (extendsLast) {
      last.length += length;
      return;
    }
    const sentStart = last ? last.sentStart + last.length : 0;
    spans.push({
      epoch,
      sentStart,
      length,
      sampleRate,
      source,
      sourceStart: position,
      wallStartMs,
      wallAheadMs,
      kind,
      confidence: 'exact',
    });
    this.#count += 1;
    if (this.#count >= MAX_SPANS + DROPPED_AT_ONCE) this.#dropOldest();
  }

  /**
   * Places a time that the server reported.
   *
   * @param epoch The server call that reported it.
   * @param seconds From the call's start.
   * @param edge Whether it begins or ends something: on the seam of two spans, a start belongs to the later one, an end to the earlier.
   * @returns undefined when nothing was sent in that epoch; a time after the last sent sample is extrapolated.
   */
  locate(epoch: number, seconds: number, edge: 'start' | 'end'): TimelinePoint | undefined {
    const spans = this.#epochs.get(epoch);
    if (!spans || spans.length === 0) return undefined;
    // The wire's times are rounded to milliseconds: half of one decides on which side of a seam they lie.
    const edgeSeconds = edge === 'start' ? seconds + 0.0005 : seconds - 0.0005;
    // The newest spans are the ones asked for, so search from the end.
    const found = spans.findLast((span) => edgeSeconds * span.sampleRate >= span.sentStart) ?? spans[0]!;
    const offsetMs = seconds * 1000 - (found.sentStart / found.sampleRate) * 1000;
    const { sourceStart, sampleRate, wallStartMs, wallAheadMs } = found;
    const wallMs = wallStartMs === undefined ? undefined : wallStartMs + offsetMs;
    return {
      sourceMs: (sourceStart / sampleRate) * 1000 + offsetMs,
      wallMs,
      monotonicMs: wallMs === undefined || wallAheadMs === undefined ? undefined : wallMs - wallAheadMs,
    };
  }

  #spansOf(epoch: number): Mutable<Span>[] {
    const spans = this.#epochs.get(epoch) ?? [];
    this.#epochs.set(epoch, spans);
    return spans;
  }

  /** The last span of an epoch stays, because the next one begins where it ends; but not of one that is over since long. */
  #dropOldest(): void {
    let others = this.#epochs.size - LIVE_EPOCHS;
    for (const [epoch, spans] of this.#epochs) {
      const count = Math.min(this.#count - MAX_SPANS, others > 0 ? spans.length : spans.length - 1);
      spans.splice(0, count);
      this.#count -= count;
      if (spans.length === 0) this.#epochs.delete(epoch);
      if (this.#count <= MAX_SPANS) return;
      others -= 1;
    }
  }
}

function sameClock(span: Span, wallStartMs: number | undefined): boolean {
  if (span.wallStartMs === undefined || wallStartMs === undefined) return span.wallStartMs === wallStartMs;
  const predicted = span.wallStartMs + (span.length / span.sampleRate) * 1000;
  return Math.abs(predicted - wallStartMs) <= WALL_TOLERANCE_MS;
}
