import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import { expectNumber, expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import type { Prediction } from '../predictions/index.js';
import { TurnAnswers } from './turn-answers.js';
import { untilClosed } from './until-closed.js';

/** Options of {@link forTurn}. */
export interface ForTurnOptions {
  /** How long an answer may wait for the utterance, in milliseconds from the subscription, from 0. Default: 1000. */
  waitMs?: number | undefined;
  /** Clock and timer. Default: `asyncScheduler`. */
  scheduler?: SchedulerLike | undefined;
}

/** The longest delay that a timer takes. */
const MAX_WAIT_MS = 2 ** 31 - 1;

const NAMES: OptionNames<ForTurnOptions> = { waitMs: true, scheduler: true };

/**
 * Answers how one turn of a conversation sounded: with its utterance as soon as that is there, else with what is known after a wait.
 *
 * For voice agents, which know from their own turn detection when the caller spoke and must reply soon. An utterance is the turn's when
 * they share at least half of the shorter of both; of several, the one that shares most. It is emitted once no other can share more. After
 * `waitMs`, or when the input ends, the best utterance so far is emitted, else the turn's latest segment, else whatever overlaps it most.
 *
 * Subscribe when the turn ends, to predictions that were running before: `shareReplay({ bufferSize: 50, refCount: true })` behind the session
 * lets every turn see what came shortly before its end.
 *
 * @param startMs Where the turn begins on the source's timeline, in milliseconds from 0.
 * @param endMs Where it ends, above `startMs`.
 * @returns Emits one prediction and completes; completes without one when nothing overlaps the turn: `firstValueFrom()` needs a `defaultValue`.
 * An error of the input is passed on after what there was. Unsubscribing clears the timer.
 * @throws OptionError for times and waits out of range.
 * @example
 * const answer = await firstValueFrom(predictions$.pipe(forTurn(1200, 3800, { waitMs: 600 })), { defaultValue: undefined });
 */
export function forTurn<P extends Prediction = Prediction>(
  startMs: number,
  endMs: number,
  options: ForTurnOptions = {},
): OperatorFunction<P, P> {
  expectOptions('forTurn', options, NAMES);
  const { waitMs = 1000, scheduler = asyncScheduler } = options;
  expectNumber('forTurn(startMs)', startMs, { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'milliseconds' });
  expectNumber('forTurn(endMs)', endMs, { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'milliseconds' });
  if (endMs <= startMs) throw new OptionError('forTurn(endMs)', `must be above startMs (${startMs})`, endMs);
  expectNumber('forTurn({ waitMs })', waitMs, { min: 0, max: MAX_WAIT_MS, unit: 'milliseconds' });

  return (input) =>
    new Observable<P>((subscriber) => {
      const answers = new TurnAnswers<P>(startMs, endMs);
      const settle = () => {
        if (answers.best) subscriber.next(answers.best);
        subscriber.complete();
      };
      // First, so that what an input emits while it is being subscribed to can clear it.
      subscriber.add(scheduler.schedule(settle, waitMs));
      subscriber.add(
        input.pipe(untilClosed(subscriber)).subscribe({
          next: (prediction) => {
            answers.add(prediction);
            if (answers.isFinal) settle();
          },
          complete: settle,
          error: (error) => {
            if (answers.best) subscriber.next(answers.best);
            subscriber.error(error);
          },
        }),
      );
    });
}
