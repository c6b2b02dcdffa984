import { type AudioChunk, type Pcm, type SourceId, sliceChunk } from '../../audio/index.js';
import { type EventObserver, emitEvent, type GateEvent } from '../../events/index.js';
import { Fifo, type Flow } from '../../flow/index.js';
import type { JudgedChunk } from './speech-judge.js';

type PcmChunk = AudioChunk<Pcm<'s16le', 1>>;

/** Length of the background that is sent now and then while the gate is closed: one packet of a telephone. */
const KEEPALIVE_MS = 20;
/**
 * Gaps are whole multiples of this, the least common multiple of the frames of 10 and 32 ms that detectors work in: what follows a gap falls
 * into frames at the service as it would have without, or borderline frames, and with them ends of utterances, would come out otherwise.
 */
const GAP_UNIT_MS = 160;

/** How a {@link SilenceGate} decides. */
export interface SilenceGateOptions {
  readonly preRollMs: number;
  readonly hangoverMs: number;
  /** Time between blocks of background while the gate is closed; undefined for none. */
  readonly keepaliveMs: number | undefined;
  readonly events: EventObserver | undefined;
}

/**
 * Lets through speech with what surrounds it, as slices of the audio at their own positions, and drops the rest.
 *
 * What goes through is, whatever the chunking, the union of `[start - preRoll, end + hangover)` of all speech frames, of the first
 * `hangover` of each run of uninterrupted audio, and of its last `preRoll`, which nothing that follows can prove to be silence; save that
 * gaps are shortened to whole multiples of 160 ms. What is undecided waits: `preRoll` of audio, 160 ms, and what has no verdict yet.
 */
export class SilenceGate {
  readonly #options: SilenceGateOptions;
  /** The audio from `#head` on, which is undecided. */
  readonly #pieces = new Fifo<PcmChunk>();
  #source: SourceId | undefined;
  #sampleRate = 0;
  /** Positions, in samples of the source: of the run's start, of what is undecided, and of the end of what came. */
  #begin = 0;
  #head = 0;
  #end = 0;
  /** Audio before this position goes through. */
  #openUntil = 0;
  /** Where the last emission ended. */
  #emittedEnd = 0;
  #isOpen = false;
  #gapStart = 0;
  #nextKeepalive = 0;
  #sentMs = 0;
  #savedMs = 0;

  constructor(options: SilenceGateOptions) {
    this.#options = options;
  }

  /** Takes in a chunk and the frames that it completed; yields what is known to go through. */
  *push({ chunk, begins, frames, isUnjudged }: JudgedChunk, flow: Flow): Generator<PcmChunk> {
    if (begins) {
      yield* this.#endRun(flow);
      this.#beginRun(chunk);
    }
    this.#pieces.push(chunk);
    this.#end = chunk.timing.position + chunk.length;
    for (const { start, end, isSpeech } of frames) {
      yield* this.#release(this.#openUntil, flow);
      yield* this.#drop(this.#begin + start - this.#samples(this.#options.preRollMs), flow);
      if (isSpeech) this.#openUntil = Math.max(this.#openUntil, this.#begin + end + this.#samples(this.#options.hangoverMs));
    }
    yield* this.#release(this.#openUntil, flow);
    const judged = frames.at(-1)?.end;
    if (judged !== undefined) yield* this.#drop(this.#begin + judged - this.#samples(this.#options.preRollMs), flow);
    if (!isUnjudged) return;
    this.#openUntil = Number.POSITIVE_INFINITY;
    yield* this.#release(this.#openUntil, flow);
  }

  /** Ends the audio: yields what is undecided, and reports what was sent and saved. */
  *flush(flow: Flow): Generator<PcmChunk> {
    yield* this.#endRun(flow);
    if (this.#source) this.#report('ended', this.#end);
  }

  #beginRun({ timing, format }: PcmChunk): void {
    const { source, position } = timing;
    this.#source = source;
    this.#sampleRate = format.sampleRate;
    this.#begin = position;
    this.#head = position;
    this.#emittedEnd = position;
    this.#openUntil = position + this.#samples(this.#options.hangoverMs);
  }

  *#endRun(flow: Flow): Generator<PcmChunk> {
    yield* this.#release(this.#end, flow);
    this.#pieces.clear();
  }

  /** Lets through what is undecided before a position. */
  *#release(to: number, flow: Flow): Generator<PcmChunk> {
    if (this.#head >= Math.min(to, this.#end)) return;
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#report('opened', this.#head);
    }
    for (const slice of this.#take(to)) yield this.#sent(slice, flow);
  }

  /** Drops what is undecided before a position, in whole units, save for a block of background now and then. */
  *#drop(to: number, flow: Flow): Generator<PcmChunk> {
    const unit = this.#samples(GAP_UNIT_MS);
    if (this.#isOpen) {
      if (to - this.#head < unit) return;
      this.#isOpen = false;
      this.#report('closed', this.#head);
      this.#beginGap();
    }
    const block = this.#samples(KEEPALIVE_MS);
    while (this.#nextKeepalive + block <= to) {
      this.#discard(this.#nextKeepalive);
      for (const slice of this.#take(this.#head + block)) {
        yield this.#sent({ ...slice, timing: { ...slice.timing, kind: 'silence' } }, flow);
      }
      this.#beginGap();
    }
    const units = Math.floor((Math.min(to, this.#nextKeepalive) - this.#gapStart) / unit);
    this.#discard(this.#gapStart + units * unit);
  }

  #beginGap(): void {
    const { keepaliveMs = Number.POSITIVE_INFINITY } = this.#options;
    this.#gapStart = this.#head;
    this.#nextKeepalive = this.#head + Math.ceil(keepaliveMs / GAP_UNIT_MS) * this.#samples(GAP_UNIT_MS);
  }

  #sent(slice: PcmChunk, flow: Flow): PcmChunk {
    const { position } = slice.timing;
    const follows = position === this.#emittedEnd;
    this.#emittedEnd = position + slice.length;
    this.#sentMs += this.#ms(slice.length);
    return { ...slice, flow, ...(!follows && { timing: { ...slice.timing, skipped: 'gated' } }) };
  }

  #discard(to: number): void {
    for (const { length } of this.#take(to)) this.#savedMs += this.#ms(length);
  }

  /** Takes what is undecided before a position out, as slices. */
  *#take(to: number): Generator<PcmChunk> {
    for (let piece = this.#pieces.first; piece && this.#head < to; piece = this.#pieces.first) {
      const { position } = piece.timing;
      const from = this.#head - position;
      const until = Math.min(piece.length, to - position);
      if (until === piece.length) this.#pieces.shift();
      this.#head = position + until;
      if (until > from) yield sliceChunk(piece, from, until);
    }
  }

  #report(state: GateEvent['state'], position: number): void {
    const { events } = this.#options;
    const [sentMs, savedMs] = [this.#sentMs, this.#savedMs];
    emitEvent(events, { type: 'gate', state, atMs: this.#ms(position), sentMs, savedMs, stream: this.#source?.label ?? 'audio' });
  }

  #samples(ms: number): number {
    return Math.round((ms * this.#sampleRate) / 1000);
  }

  #ms(samples: number): number {
    return (samples / this.#sampleRate) * 1000;
  }
}
