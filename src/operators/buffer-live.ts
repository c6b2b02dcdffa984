import { Observable, type OperatorFunction, Subscription } from 'rxjs';
import { type AudioChunk, Continuity, LiveAudioBuffer } from '../audio/index.js';
import { expectOptions } from '../errors/index.js';
import type { EventObserver } from '../events/index.js';
import { LIVE_LIMIT_NAMES, type LiveLimits, resolveLiveLimits } from '../flow/index.js';
import { expectChunk } from './expect-chunk.js';
import { untilClosed } from './until-closed.js';

/** Options of {@link bufferLive}. */
export interface BufferLiveOptions extends LiveLimits {
  /** Receives the diagnostic `AUDIO_DROPPED`, once for each run of dropped chunks. Default: process warnings. */
  events?: EventObserver | undefined;
}

/**
 * Lets live audio wait for a slower consumer within bounds, and drops what is more, truthfully.
 *
 * For audio that can't be paused, such as an Observable of your own over a microphone: it never holds what is above it, and emits at
 * once while nobody holds. Whole chunks are dropped, never parts; the chunk after them keeps its position and says
 * `timing.skipped: 'dropped'`, so that `behavioralSignals()` reports a `gap` event with the reason `dropped` and places every later result
 * where it belongs. A chunk larger than a bound is dropped when it has to wait. Put it where the audio is smallest, behind
 * `toPcm16le()`: the same bytes are then the most seconds.
 *
 * @returns An operator on any audio. Completes, or fails, when its input has and what waited was emitted; unsubscribing drops what waits.
 * @throws OptionError for options out of range; (as error notification) OverflowError `QUEUE_OVERFLOW` with `overflow: 'error'`, after
 * everything that came before; PipelineError `FORMAT_MISMATCH` for anything but audio and `INTERLEAVED_SOURCES` for merged sources, likewise.
 * @example
 * microphone$.pipe(toPcm16le(), chunk(100), bufferLive({ maxMs: 5000 }), behavioralSignals())
 */
export function bufferLive<Chunk extends AudioChunk>(options: BufferLiveOptions = {}): OperatorFunction<Chunk, Chunk> {
  expectOptions<BufferLiveOptions>('bufferLive', options, { ...LIVE_LIMIT_NAMES, events: true });
  const { events, ...limits } = options;
  const resolved = resolveLiveLimits(limits, (option) => `bufferLive({ ${option} })`);
  // Wishes end here: what waits needs memory of its own, and in longer pieces more would be dropped.
  return (input) =>
    new Observable<Chunk>((subscriber) => {
      const continuity = new Continuity();
      const buffer = new LiveAudioBuffer<Chunk>({
        name: 'bufferLive()',
        limits: resolved,
        events,
        emit: (chunk) => subscriber.next(chunk),
        complete: () => subscriber.complete(),
        error: (error) => subscriber.error(error),
      });
      const upstream = new Subscription();
      subscriber.add(upstream);
      subscriber.add(() => buffer.stop());
      upstream.add(
        input.pipe(untilClosed(upstream)).subscribe({
          next: (chunk) => {
            try {
              expectChunk(chunk, { operator: 'bufferLive()' });
              continuity.follow(chunk);
              buffer.push(chunk);
            } catch (error) {
              buffer.endWithError(error);
            }
            if (!buffer.isOpen) upstream.unsubscribe();
          },
          complete: () => buffer.end(),
          error: (error) => buffer.endWithError(error),
        }),
      );
    });
}
