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
}

/** Capture times that differ less than this from their span's prediction don't begin a new span. */
const WALL_TOLERANCE_MS = 20;
/** Spans kept; beyond it the oldest are dropped, which an answer this late never needs. */
const MAX_SPANS = 10_000;

/**
 * The table that maps what the server counts back to what the user heard, through gaps, source changes and server calls.
 *
 * Spans partition the sent samples exactly: within an epoch each begins where the one before ends.
 */
export class Timeline {
  readonly #spans: { -readonly [K in keyof Span]: Span[K] }[] = [];
  /** Samples sent so far, by epoch. */
  readonly #sent = new Map<number, number>();

  /** The spans so far, oldest first. */
  get spans(): readonly Span[] {
    return this.#spans;
  }

  /** Notes that a chunk was sent as the next samples of an epoch. */
  append(epoch: number, { timing, format, length }: AudioChunk): void {
    const sentStart = this.#sent.get(epoch) ?? 0;
    const { source, position, capturedAtMs, kind = 'audio' } = timing;
    const { sampleRate } = format;
    const wallStartMs = capturedAtMs === undefined ? undefined : capturedAtMs - (length / sampleRate) * 1000;
    const last = this.#spans.at(-1);
    const extendsLast =
      last?.epoch === epoch &&
      last.source === source &&
      last.kind === kind &&
      last.sampleRate === sampleRate &&
      last.sourceStart + last.length === position &&
      sameClock(last, wallStartMs);
    if (extendsLast) {
      last.length += length;
    } else {
      this.#spans.push({
        epoch,
        sentStart,
        length,
        sampleRate,
        source,
        sourceStart: position,
        wallStartMs,
        kind,
        confidence: 'exact',
      });
      if (this.#spans.length > MAX_SPANS) this.#spans.shift();
    }
    this.#sent.set(epoch, sentStart + length);
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
    let found: Span | undefined;
    // The newest spans are the ones asked for, so search from the end.
    for (let i = this.#spans.length - 1; i >= 0; i -= 1) {
      const span = this.#spans[i]!;
      if (span.epoch !== epoch) continue;
      found = span;
      // The wire's times are rounded to milliseconds: half of one decides on which side of a seam they lie.
      const sample = (edge === 'start' ? seconds + 0.0005 : seconds - 0.0005) * span.sampleRate;
      if (sample >= span.sentStart) break;
    }
    if (!found) return undefined;
    const offsetMs = seconds * 1000 - (found.sentStart / found.sampleRate) * 1000;
    return {
      sourceMs: (found.sourceStart / found.sampleRate) * 1000 + offsetMs,
      wallMs: found.wallStartMs === undefined ? undefined : found.wallStartMs + offsetMs,
    };
  }
}

function sameClock(span: Span, wallStartMs: number | undefined): boolean {
  if (span.wallStartMs === undefined || wallStartMs === undefined) return span.wallStartMs === wallStartMs;
  const predicted = span.wallStartMs + (span.length / span.sampleRate) * 1000;
  return Math.abs(predicted - wallStartMs) <= WALL_TOLERANCE_MS;
}
