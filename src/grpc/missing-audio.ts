import { type AudioChunk, Continuity } from '../audio/index.js';
import type { GapEvent } from '../events/index.js';
import type { SessionReporter } from './session-reporter.js';

/** A run of missing audio is reported in pieces of this length while it lasts. */
const PIECE_MS = 1000;

/** A run of missing samples in one source. */
interface Run {
  readonly reason: GapEvent['reason'];
  readonly first: AudioChunk;
  /** Position of the sample after it. */
  end: number;
}

/** Finds audio that the server does not hear, and reports it as gaps on the source's timeline. */
export class MissingAudio {
  readonly #reporter: SessionReporter;
  readonly #continuity = new Continuity();
  #run: Run | undefined;

  constructor(reporter: SessionReporter) {
    this.#reporter = reporter;
  }

  /**
   * Reports what is missing between a chunk that comes in and the one before.
   *
   * @throws PipelineError `INTERLEAVED_SOURCES` for merged sources.
   */
  follow(chunk: AudioChunk): void {
    const { next } = this.#continuity;
    const { position, skipped: reason = 'skipped' } = chunk.timing;
    if (this.#continuity.follow(chunk) !== 'jumps' || position < next) return;
    const msPerSample = 1000 / chunk.format.sampleRate;
    this.#reporter.gap(reason, next * msPerSample, position * msPerSample);
  }

  /** Notes a chunk that is left out; in order within its source. */
  add(reason: GapEvent['reason'], chunk: AudioChunk): void {
    const { timing, length } = chunk;
    if (length === 0) return;
    if (this.#run && !continues(this.#run, reason, chunk)) this.report();
    this.#run ??= { reason, first: chunk, end: timing.position };
    this.#run.end += length;
    const { first, end } = this.#run;
    if (((end - first.timing.position) * 1000) / first.format.sampleRate >= PIECE_MS) this.report();
  }

  /** Reports what was noted since the last report. */
  report(): void {
    if (!this.#run) return;
    const { reason, first, end } = this.#run;
    this.#run = undefined;
    const msPerSample = 1000 / first.format.sampleRate;
    this.#reporter.gap(reason, first.timing.position * msPerSample, end * msPerSample);
  }
}

function continues(run: Run, reason: Run['reason'], { timing, format }: AudioChunk): boolean {
  const { source } = run.first.timing;
  return (
    reason === run.reason &&
    timing.source === source &&
    timing.position === run.end &&
    format.sampleRate === run.first.format.sampleRate
  );
}
