import type { Flow } from '../flow/index.js';
import type { AudioChunk, ChunkTiming } from './chunk.js';
import { Continuity } from './continuity.js';
import type { Pcm, SamplesOf } from './pcm.js';

/**
 * Re-blocks audio into chunks of one duration, copying each sample at most once.
 *
 * Boundaries lie at round(k * ms * sampleRate / 1000) samples from where a run of samples began, so that durations stay exact on
 * average at any rate. A jump, a new source or a new format ends the chunk in progress and begins a new run.
 */
export class Chunker<Format extends Pcm> {
  readonly #ms: number;
  readonly #continuity = new Continuity();
  /** The audio before the next boundary, in pieces. */
  #pieces: AudioChunk<Format>[] = [];
  #collected = 0;
  #runPosition = 0;
  #runIndex = 0;

  /** @param ms Duration of a chunk in milliseconds. */
  constructor(ms: number) {
    this.#ms = ms;
  }

  /** Takes in a chunk of any length; yields the chunks that are complete. */
  push(chunk: AudioChunk<Format>, flow: Flow): Iterable<AudioChunk<Format>> {
    const continues = this.#continuity.follow(chunk) === 'continues';
    const missing = this.#boundary(chunk.format.sampleRate) - (chunk.timing.position + chunk.length);
    // Most blocks of live audio are far from a boundary.
    if (!continues || missing < 0 || chunk.length === 0) return this.#cut(chunk, continues, flow);
    this.#collect(chunk);
    return missing === 0 ? [this.#next(flow)] : [];
  }

  *#cut(chunk: AudioChunk<Format>, continues: boolean, flow: Flow): Generator<AudioChunk<Format>> {
    if (!continues) {
      yield* this.flush(flow);
      this.#runPosition = chunk.timing.position;
      this.#runIndex = 0;
    }
    let from = 0;
    while (from < chunk.length) {
      const wanted = this.#boundary(chunk.format.sampleRate) - (chunk.timing.position + from);
      const to = Math.min(chunk.length, from + wanted);
      this.#collect(sliceChunk(chunk, from, to));
      if (to - from === wanted) yield this.#next(flow);
      from = to;
    }
  }

  /** Yields what is left, as one shorter chunk. */
  *flush(flow: Flow): Generator<AudioChunk<Format>> {
    if (this.#collected > 0) yield this.#take(flow);
  }

  #collect(piece: AudioChunk<Format>): void {
    this.#pieces.push(piece);
    this.#collected += piece.length;
  }

  /** The chunk in progress, which has reached its boundary. */
  #next(flow: Flow): AudioChunk<Format> {
    this.#runIndex += 1;
    return this.#take(flow);
  }

  /** Position of the end of the chunk in progress. */
  #boundary(sampleRate: number): number {
    return this.#runPosition + Math.round(((this.#runIndex + 1) * this.#ms * sampleRate) / 1000);
  }

  #take(flow: Flow): AudioChunk<Format> {
    const pieces = this.#pieces;
    const length = this.#collected;
    this.#pieces = [];
    this.#collected = 0;
    const [first] = pieces;
    const last = pieces.at(-1);
    if (!first || !last) throw new Error('no samples to take');
    const { source, position, skipped } = first.timing;
    const { capturedAtMs } = last.timing;
    const kind = pieces.every((piece) => piece.timing.kind === first.timing.kind) ? first.timing.kind : 'audio';
    const timing: ChunkTiming = {
      source,
      position,
      ...(capturedAtMs !== undefined && { capturedAtMs }),
      ...(kind && { kind }),
      ...(skipped && { skipped }),
    };
    return { data: join(pieces, length), format: first.format, length, timing, flow };
  }
}

/** The samples of a chunk from one to before another, as a chunk of their own; its data is a view. */
export function sliceChunk<Format extends Pcm>(chunk: AudioChunk<Format>, from: number, to: number): AudioChunk<Format> {
  if (from === 0 && to === chunk.length) return chunk;
  const { data, format, timing, flow } = chunk;
  const sampleBytes = 2 * format.channels;
  const part = Buffer.isBuffer(data)
    ? data.subarray(from * sampleBytes, to * sampleBytes)
    : data.map((samples) => samples.subarray(from, to));
  const capturedAtMs =
    timing.capturedAtMs === undefined ? undefined : timing.capturedAtMs - ((chunk.length - to) / format.sampleRate) * 1000;
  const { skipped, ...rest } = timing;
  return {
    data: part as SamplesOf<Format['encoding']>,
    format,
    length: to - from,
    timing: {
      ...rest,
      position: timing.position + from,
      ...(capturedAtMs !== undefined && { capturedAtMs }),
      // What is missing is missing before the first part only.
      ...(skipped && from === 0 && { skipped }),
    },
    flow,
  };
}

function join<Format extends Pcm>(pieces: readonly AudioChunk<Format>[], length: number): SamplesOf<Format['encoding']> {
  const [first] = pieces;
  if (!first || pieces.length === 1) return first?.data as SamplesOf<Format['encoding']>;
  if (Buffer.isBuffer(first.data)) {
    return Buffer.concat(pieces.map((piece) => piece.data as Buffer)) as unknown as SamplesOf<Format['encoding']>;
  }
  const channels = first.data.map((_, channel) => {
    const joined = new Float32Array(length);
    let at = 0;
    for (const piece of pieces) {
      joined.set((piece.data as readonly Float32Array[])[channel]!, at);
      at += piece.length;
    }
    return joined;
  });
  return channels as unknown as SamplesOf<Format['encoding']>;
}
