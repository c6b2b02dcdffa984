import type { AudioChunk, ChunkTiming } from './chunk.js';
import type { Pcm } from './pcm.js';
import { PieceLength, type WholePieces } from './piece-length.js';
import { ownPlanes } from './sample-format/index.js';

type Decoded = AudioChunk<Pcm<'float32'>>;

/**
 * Puts blocks of live audio together until they are whole pieces.
 *
 * What happens to a block of 20 ms costs little beside what it costs to get there: code and data that were used 20 ms ago have left the
 * processor's caches. A piece ends early before a jump, another source, format or kind, and the block that tells of a jump is emitted at once.
 * What is emitted is lent: a receiver that isn't done with it when it returns holds its flow.
 */
export class AudioGatherer {
  readonly #whole: WholePieces;
  readonly #emit: (chunk: Decoded) => void;
  #pieceLength: PieceLength | undefined;
  /** Where the run of samples began. */
  #runPosition = 0;
  /** Where it began in the output of the filter. */
  #outputPosition = 0;
  /** Where the output began that has gone on without a jump since. */
  #wholePosition = 0;
  /** The last block. */
  #last: Decoded | undefined;
  /** Of the first sample of the piece in progress. */
  #position = 0;
  #skipped: ChunkTiming['skipped'];
  #filled = 0;
  #wanted = 0;
  // Two pieces' memory: the rest of a block goes to the other one, while the receiver may have the first.
  #planes: Float32Array[] = [];
  #others: Float32Array[] = [];
  #isOtherLent = false;

  constructor(whole: WholePieces, emit: (chunk: Decoded) => void) {
    this.#whole = whole;
    this.#emit = emit;
  }

  /** Takes a block; it may be overwritten when this returns. */
  push(chunk: Decoded): void {
    const { skipped } = chunk.timing;
    const continues = this.#continues(chunk);
    if (!continues || !this.#isAlike(chunk)) this.flush();
    if (skipped) this.#skipped = skipped;
    if (!continues) this.#begin(chunk);
    this.#last = chunk;
    for (let from = 0; from < chunk.length; ) {
      if (this.#filled === 0) {
        const wanted = this.#pieceLength!.whole(chunk.timing.position + from - this.#runPosition);
        if (from === 0 && (wanted === undefined || chunk.length >= wanted)) {
          this.#skipped = undefined;
          this.#emit(chunk);
          break;
        }
        this.#position = chunk.timing.position + from;
        this.#wanted = wanted ?? chunk.length - from;
      }
      const to = Math.min(chunk.length, from + this.#wanted - this.#filled);
      this.#append(chunk, from, to);
      if (this.#filled >= this.#wanted) this.#take(chunk, to);
      from = to;
    }
    this.#isOtherLent = false;
  }

  /** Emits the piece in progress as it is. */
  flush(): void {
    if (this.#filled > 0) this.#take(this.#last!, this.#last!.length);
  }

  #continues({ timing, format }: Decoded): boolean {
    const last = this.#last;
    return (
      last !== undefined &&
      timing.source === last.timing.source &&
      timing.position === last.timing.position + last.length &&
      format.sampleRate === last.format.sampleRate &&
      (this.#whole.keepsOne || format.channels === last.format.channels)
    );
  }

  /** Whether a block that continues the piece in progress can be part of it. */
  #isAlike({ timing, format }: Decoded): boolean {
    const last = this.#last!;
    return !timing.skipped && timing.kind === last.timing.kind && format.channels === last.format.channels;
  }

  /** Begins a run of samples. The output may go on without a jump all the same, as when only the format changes. */
  #begin({ timing, format: { sampleRate } }: Decoded): void {
    const { filter } = this.#whole;
    const last = this.#last;
    const position = Math.round((timing.position * (filter?.rate ?? sampleRate)) / sampleRate);
    const isSame = last?.timing.source === timing.source && (filter || last.format.sampleRate === sampleRate);
    if (!isSame || this.#outputEnd(last) !== position) this.#wholePosition = position;
    this.#runPosition = timing.position;
    this.#outputPosition = position;
    const before = position - this.#wholePosition;
    // The chunk that a jump ends is waited for by its receiver, as is what the filter held back.
    this.#pieceLength = new PieceLength(sampleRate, { ...this.#whole, before, endsOther: last !== undefined });
  }

  /** Where the output of the run that ends with a block ends. */
  #outputEnd({ timing, format: { sampleRate }, length }: Decoded): number {
    const samples = timing.position + length - this.#runPosition;
    return this.#outputPosition + Math.round((samples * (this.#whole.filter?.rate ?? sampleRate)) / sampleRate);
  }

  #append({ data }: Decoded, from: number, to: number): void {
    const end = this.#filled + to - from;
    if (this.#planes.length !== data.length || this.#planes[0]!.length < this.#wanted) {
      this.#planes = ownPlanes(data.length, this.#wanted);
    }
    for (let i = 0; i < data.length; i += 1) {
      const samples = data[i]!;
      this.#planes[i]!.set(from === 0 && to === samples.length ? samples : samples.subarray(from, to), this.#filled);
    }
    this.#filled = end;
  }

  /** Emits the piece in progress, which ends in a block, before its sample `to`. */
  #take({ format, timing, flow, length: blockLength }: Decoded, to: number): void {
    const length = this.#filled;
    const planes = this.#planes;
    this.#filled = 0;
    this.#planes = this.#isOtherLent ? [] : this.#others;
    this.#others = planes;
    this.#isOtherLent = true;
    const { source, kind, capturedAtMs } = timing;
    const piece: ChunkTiming = {
      source,
      position: this.#position,
      ...(capturedAtMs !== undefined && { capturedAtMs: capturedAtMs - ((blockLength - to) / format.sampleRate) * 1000 }),
      ...(kind && { kind }),
      ...(this.#skipped && { skipped: this.#skipped }),
    };
    this.#skipped = undefined;
    this.#emit({ data: planes.map((plane) => plane.subarray(0, length)), format, length, timing: piece, flow });
  }
}
