import type { StreamingError } from '../errors/index.js';
import { type Budget, isAffordable } from './budget.js';
import type { Epoch } from './epoch.js';
import type { Handover } from './handover.js';
import type { Reconnector, Stretch } from './reconnector.js';
import type { SessionCalls } from './session-calls.js';
import type { SessionReporter } from './session-reporter.js';
import type { Steps } from './steps.js';
import type { UnansweredAudio } from './unanswered-audio.js';

/** The parts of a session that a {@link Recovery} works with. */
export interface RecoveryParts {
  readonly calls: SessionCalls;
  readonly unanswered: UnansweredAudio;
  readonly reconnector: Reconnector;
  readonly handover: Handover;
  readonly reporter: SessionReporter;
  readonly budget: Budget | undefined;
  readonly steps: Steps;
  /** Whether the session is over. */
  readonly isOver: () => boolean;
  /** Makes a call for an epoch that has no audio yet. */
  readonly connect: (sampleRate: number) => Epoch | undefined;
  /** Has a call carry what another has left. */
  readonly carryOn: (epoch: Epoch, stretch: Stretch) => void;
  /** The budget has no room for a replay; from here on, in milliseconds of the source, nothing more is heard. */
  readonly outOfBudget: (atMs: number) => void;
  /** There was nothing left to send. */
  readonly nothingLeft: () => void;
}

/** Has another call follow one that failed, with the audio that has no result yet. */
export class Recovery {
  readonly #parts: RecoveryParts;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  /**
   * Has a call follow that of an epoch, after a delay.
   *
   * @throws The failure when it is final, or when there were too many attempts.
   */
  follow(epoch: Epoch, failure: StreamingError): void {
    const { calls, unanswered, reconnector, handover, reporter, steps, carryOn, isOver } = this.#parts;
    const backoffMs = reconnector.delayAfter(failure);
    const standby = handover.take(epoch);
    const delayMs = standby ? 0 : backoffMs;
    const { number, sampleRate, end, ownedFromMs } = epoch;
    const start = unanswered.startAfter(epoch);
    unanswered.reportLost(epoch);
    const stretch: Stretch = { ...start, end, sampleRate, ownedFromMs };
    reporter.state('reconnecting', number, { attempt: reconnector.attempts, delayMs, cause: failure.code });
    reporter.statistics.reconnected();
    if (standby && !this.#isAffordable(stretch)) {
      standby.cancel();
      this.#giveUp(stretch);
    } else if (standby) carryOn(standby, stretch);
    else if (!isOver()) calls.wait(stretch, delayMs, (waited) => steps.take(() => this.#reopen(waited)));
  }

  #reopen(stretch: Stretch): void {
    const { connect, carryOn, nothingLeft } = this.#parts;
    if (stretch.from >= stretch.end) nothingLeft();
    else if (!this.#isAffordable(stretch)) this.#giveUp(stretch);
    else {
      const epoch = connect(stretch.sampleRate);
      if (epoch) carryOn(epoch, stretch);
    }
  }

  #isAffordable(stretch: Stretch): boolean {
    const { budget, unanswered } = this.#parts;
    return isAffordable(budget, unanswered.replayMs(stretch), stretch.sampleRate);
  }

  #giveUp(stretch: Stretch): void {
    const { unanswered, outOfBudget, isOver } = this.#parts;
    if (!isOver()) outOfBudget(unanswered.forfeit(stretch.end, stretch.ownedFromMs));
  }
}
