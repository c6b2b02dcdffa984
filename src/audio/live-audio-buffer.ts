import { type EventObserver, emitEvent } from '../events/index.js';
import { type DroppedRun, type Flow, LiveBuffer, type ResolvedLiveLimits } from '../flow/index.js';
import { type AudioChunk, durationMs, type SourceId, startMs } from './chunk.js';

/** What a {@link LiveAudioBuffer} is made of. */
export interface LiveAudioBufferOptions<Chunk extends AudioChunk> {
  /** Names the source or operator in messages, as the user writes it. */
  name: string;
  limits: ResolvedLiveLimits;
  /** Receives the diagnostic `AUDIO_DROPPED`, once for each run of drops. */
  events: EventObserver | undefined;
  emit: (chunk: Chunk) => void;
  complete: () => void;
  error: (error: unknown) => void;
}

/**
 * A {@link LiveBuffer} of audio: what it emits carries its flow, and the chunk after a run of drops says `skipped: 'dropped'`.
 *
 * Chunks without samples are left out: they stand for nothing that could be missing.
 */
export class LiveAudioBuffer<Chunk extends AudioChunk> {
  readonly #options: LiveAudioBufferOptions<Chunk>;
  readonly #buffer: LiveBuffer<Chunk>;
  /** The source of the last emitted chunk, and where that ends. */
  #lastSource: SourceId | undefined;
  #lastEndMs: number | undefined;

  constructor(options: LiveAudioBufferOptions<Chunk>) {
    const { name, limits, emit, complete, error } = options;
    this.#options = options;
    this.#buffer = new LiveBuffer<Chunk>({
      name,
      ...limits,
      bytesOf,
      msOf: durationMs,
      emit: (chunk, dropped) => {
        if (dropped) this.#report(dropped, chunk);
        const { data, format, length } = chunk;
        this.#lastSource = chunk.timing.source;
        this.#lastEndMs = startMs(chunk) + durationMs(chunk);
        const timing = dropped ? { ...chunk.timing, skipped: 'dropped' as const } : chunk.timing;
        emit({ data, format, length, timing, flow: this.#buffer.flow } as Chunk);
      },
      complete: (dropped) => {
        if (dropped) this.#report(dropped);
        complete();
      },
      error: (failure, dropped) => {
        if (dropped) this.#report(dropped);
        error(failure);
      },
    });
  }

  /** The flow that what is emitted carries. */
  get flow(): Flow {
    return this.#buffer.flow;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#buffer.bytes;
  }

  /** Whether it takes audio; see {@link LiveBuffer}. */
  get isOpen(): boolean {
    return this.#buffer.isOpen;
  }

  /** Whether a chunk that comes now goes on at once; if not, it needs memory that is its own. */
  get isClear(): boolean {
    return this.#buffer.isClear;
  }

  /** Takes a chunk; never holds what made it. */
  push(chunk: Chunk): void {
    if (chunk.length > 0) this.#buffer.push(chunk);
  }

  /** The input is complete: what waits comes first. */
  end(): void {
    this.#buffer.end();
  }

  /** The input failed: what waits comes first. */
  endWithError(error: unknown): void {
    this.#buffer.endWithError(error);
  }

  /** Drops everything; nothing is emitted any more. */
  stop(): void {
    this.#buffer.stop();
  }

  /** @param next The chunk after what is missing; none at the end. */
  #report({ items, bytes, ms }: DroppedRun, next?: Chunk): void {
    const { name, events } = this.#options;
    const source = next?.timing.source ?? this.#lastSource;
    const atMs = next && source !== this.#lastSource ? Math.max(0, startMs(next) - ms) : this.#lastEndMs;
    emitEvent(events, {
      type: 'diagnostic',
      code: 'AUDIO_DROPPED',
      message: `${name} dropped ${Math.round(ms)} ms of live audio (${items} ${items === 1 ? 'chunk' : 'chunks'}, ${bytes} bytes), because what follows is slower. The rest keeps its place in time.`,
      ...(atMs !== undefined && { atMs }),
      ...(source && { stream: source.label }),
    });
  }
}

function bytesOf({ data }: AudioChunk): number {
  return Buffer.isBuffer(data) ? data.length : data.reduce((sum, samples) => sum + samples.byteLength, 0);
}
