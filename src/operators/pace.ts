import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import { type AudioChunk, Continuity, durationMs } from '../audio/index.js';
import { expectNumber, expectOptions, type OptionNames } from '../errors/index.js';
import { type EventObserver, emitEvent } from '../events/index.js';
import { Fifo, FlowGate, Holder } from '../flow/index.js';
import { expectChunk } from './expect-chunk.js';
import { untilClosed } from './until-closed.js';

/** Options of {@link pace}. */
export interface PaceOptions {
  /** Times real time, above 0 to 100. Default: 1. */
  speed?: number | undefined;
  /** How much overdue audio may be sent in a burst after a stall, in milliseconds; what is more delays all that follows. Default: 1000. */
  catchUpMs?: number | undefined;
  /** Receives the diagnostic `PACE_BEHIND`. Default: process warnings. */
  events?: EventObserver | undefined;
  /** Clock and timers. Default: `asyncScheduler`. */
  scheduler?: SchedulerLike | undefined;
}

const NAMES: OptionNames<PaceOptions> = { speed: true, catchUpMs: true, events: true, scheduler: true };

/**
 * Lets audio through no faster than it would be spoken: each chunk when its last sample would have been captured.
 *
 * It makes a file behave like a live source: chunks get `timing.capturedAtMs`, so that predictions get `latencyMs`. After a stall,
 * overdue chunks follow at once, up to `catchUpMs`; beyond that the schedule shifts, so that the server is never flooded.
 *
 * @returns An operator on any audio. Completes with its input, after the last chunk's time; unsubscribing clears its timer.
 * @throws OptionError for options out of range; (as error notification) PipelineError `FORMAT_MISMATCH` for anything but audio.
 * @example
 * fromFile('call.wav').pipe(decode(), toPcm16le(), chunk(250), pace(), behavioralSignals())
 */
export function pace<Chunk extends AudioChunk>(options: PaceOptions = {}): OperatorFunction<Chunk, Chunk> {
  expectOptions('pace', options, NAMES);
  const { speed = 1, catchUpMs = 1000, events, scheduler = asyncScheduler } = options;
  expectNumber('pace({ speed })', speed, { above: 0, max: 100 });
  expectNumber('pace({ catchUpMs })', catchUpMs, { min: 0, unit: 'milliseconds' });

  // Wishes end here: the schedule begins with the first piece, and a longer one of live audio comes later.
  return (input) =>
    new Observable<Chunk>((subscriber) => {
      const queue = new Fifo<Chunk>();
      const continuity = new Continuity();
      const gate = new FlowGate({ onResume: advance });
      const above = new Holder();
      let timer: Subscription | undefined;
      let end: (() => void) | undefined;
      /** When the next chunk's first sample is spoken. */
      let clockMs: number | undefined;
      let advancing = false;

      /** Emits what is due, then waits for what is not. */
      function advance(): void {
        if (advancing) return;
        advancing = true;
        timer?.unsubscribe();
        timer = undefined;
        while (!gate.isHeld && !subscriber.closed) {
          const next = queue.first;
          if (!next) {
            above.release();
            if (queue.length === 0) {
              end?.();
              break;
            }
            continue;
          }
          const now = scheduler.now();
          // The system's clock can be set back; the schedule must not wait until it has caught up.
          const startedMs = Math.min(clockMs ?? now, now);
          const dueMs = startedMs + durationMs(next) / speed;
          if (dueMs > now) {
            clockMs = startedMs;
            timer = scheduler.schedule(advance, dueMs - now);
            break;
          }
          const behindMs = now - dueMs - catchUpMs;
          if (behindMs > 0) reportBehind(next, behindMs);
          const capturedAtMs = dueMs + Math.max(0, behindMs);
          clockMs = capturedAtMs;
          queue.shift();
          subscriber.next({ ...next, timing: { ...next.timing, capturedAtMs }, flow: gate });
        }
        advancing = false;
      }

      function finish(notify: () => void): void {
        end = notify;
        advance();
        // Whoever shares the source need not wait for what is left of this branch.
        above.release();
      }

      function reportBehind({ timing, format }: Chunk, behindMs: number): void {
        emitEvent(events, {
          type: 'diagnostic',
          code: 'PACE_BEHIND',
          message: `"${timing.source.label}" fell ${Math.round(behindMs)} ms further behind real time than pace() may catch up (${catchUpMs} ms); what follows is delayed by as much.`,
          atMs: (timing.position / format.sampleRate) * 1000,
          stream: timing.source.label,
        });
      }

      subscriber.add(
        input.pipe(untilClosed(subscriber)).subscribe({
          next: (chunk) => {
            try {
              expectChunk(chunk, { operator: 'pace()' });
              continuity.follow(chunk);
            } catch (error) {
              subscriber.error(error);
              return;
            }
            queue.push(chunk);
            above.hold(chunk.flow);
            advance();
          },
          complete: () => finish(() => subscriber.complete()),
          error: (error) => finish(() => subscriber.error(error)),
        }),
      );
      return () => {
        timer?.unsubscribe();
        gate.end();
        queue.clear();
        above.release();
      };
    });
}
