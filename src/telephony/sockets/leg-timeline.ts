import { ArrivalClock, type Pcm, type SourceId } from '../../audio/index.js';
import type { SourceGapEvent } from '../../events/index.js';
import type { ReceivedLeg, TelephonyChunk } from './received-leg.js';

/** Why audio is missing before some other. */
export type GapReason = SourceGapEvent['reason'];

/** What is told of audio that a {@link LegTimeline} places. */
export interface Placing {
  /** When it came, in milliseconds since the Unix epoch. */
  readonly arrivedAtMs: number;
  /** Why audio is missing before it, if any is. */
  readonly reason: GapReason;
  readonly inferred: boolean;
}

/** What a {@link LegTimeline} tells. */
export interface LegTimelineOutput {
  gap: (gap: Omit<SourceGapEvent, 'type' | 'stream'>) => void;
  /** Audio was emitted, in milliseconds. */
  counted: (kind: 'audio' | 'silence' | 'concealed', ms: number) => void;
}

/** The most silence in one chunk, in milliseconds. */
const SILENCE_CHUNK_MS = 1000;

/** The place of each piece of a leg's audio, and silence where there is none. */
export class LegTimeline {
  readonly #leg: ReceivedLeg;
  readonly #source: SourceId;
  readonly #maxSilenceMs: number;
  readonly #output: LegTimelineOutput;
  readonly #clock = new ArrivalClock();
  #format: Pcm<'float32'>;
  #next: number | undefined;

  constructor(
    leg: ReceivedLeg,
    label: string,
    format: { sampleRate: number; channels: number },
    maxSilenceMs: number,
    output: LegTimelineOutput,
  ) {
    this.#leg = leg;
    this.#source = { label };
    this.#format = floatFormat(format);
    this.#maxSilenceMs = maxSilenceMs;
    this.#output = output;
  }

  /** Where the next sample lies if nothing is missing; undefined before the first. */
  get next(): number | undefined {
    return this.#next;
  }

  /** The same in milliseconds, 0 before the first. */
  get endMs(): number {
    return this.#ms(this.#next ?? 0);
  }

  get sampleRate(): number {
    return this.#format.sampleRate;
  }

  /** What follows has another format; the time stays. */
  change(format: { sampleRate: number; channels: number }): void {
    if (this.#next !== undefined) this.#next = Math.round((this.#next * format.sampleRate) / this.#format.sampleRate);
    this.#format = floatFormat(format);
  }

  /** Emits audio at a position that is not before `next`, and fills what is missing before it where that is silence or lost. */
  place(data: readonly Float32Array[], position: number, placing: Placing): void {
    const length = data[0]?.length ?? 0;
    if (length === 0) return;
    const capturedAtMs = this.#clock.capturedAtMs(this.#ms(position + length), placing.arrivedAtMs);
    if (this.#next !== undefined && position > this.#next) this.#fill(position, placing, capturedAtMs - this.#ms(length));
    // A peer that threw audio away did what a full buffer does.
    const wasDropped = placing.reason === 'discarded' && this.#next !== undefined && position > this.#next;
    this.#emit(data, position, 'audio', capturedAtMs, wasDropped);
  }

  #fill(position: number, { reason, inferred }: Placing, audioStartsAtMs: number): void {
    const start = this.#next!;
    const isFilled = reason === 'not-sent' || reason === 'lost';
    const most = isFilled ? Math.round((this.#maxSilenceMs / 1000) * this.#format.sampleRate) : 0;
    const end = start + Math.min(position - start, most);
    this.#output.gap({
      reason,
      inferred,
      startMs: this.#ms(start),
      endMs: this.#ms(position),
      filledMs: this.#ms(end - start),
    });
    const step = Math.max(1, Math.round((SILENCE_CHUNK_MS / 1000) * this.#format.sampleRate));
    for (let from = start; from < end; from += step) {
      const length = Math.min(step, end - from);
      const data = Array.from({ length: this.#format.channels }, () => new Float32Array(length));
      const capturedAtMs = audioStartsAtMs - this.#ms(position - from - length);
      this.#emit(data, from, reason === 'lost' ? 'concealed' : 'silence', capturedAtMs, false);
    }
  }

  #emit(
    data: readonly Float32Array[],
    position: number,
    kind: 'audio' | 'silence' | 'concealed',
    capturedAtMs: number,
    wasDropped: boolean,
  ): void {
    const length = data[0]!.length;
    this.#next = position + length;
    this.#output.counted(kind, this.#ms(length));
    const timing: TelephonyChunk['timing'] = {
      source: this.#source,
      position,
      capturedAtMs,
      kind,
      ...(wasDropped && { skipped: 'dropped' as const }),
    };
    this.#leg.push({ data, format: this.#format, length, timing, flow: this.#leg.flow });
  }

  #ms(samples: number): number {
    return (samples / this.#format.sampleRate) * 1000;
  }
}

/** What decoded audio is, however it was stored. */
function floatFormat({ sampleRate, channels }: { sampleRate: number; channels: number }): Pcm<'float32'> {
  return { encoding: 'float32', channels, sampleRate };
}
