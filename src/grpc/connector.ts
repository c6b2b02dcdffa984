import type { StatusObject } from '@grpc/grpc-js';
import type { Timeline } from '../audio/index.js';
import type { StreamingError } from '../errors/index.js';
import type { Budget } from './budget.js';
import { Epoch } from './epoch.js';
import type { BudgetCut } from './epoch-observer.js';
import type { Handover } from './handover.js';
import type { MissingAudio } from './missing-audio.js';
import type { StreamResult__Output } from './proto/types/behavioral_api/grpc/v1/StreamResult.js';
import type { ReplayRing } from './replay-ring.js';
import type { SessionEnd } from './session-end.js';
import type { SessionReporter } from './session-reporter.js';
import type { SessionSettings } from './session-settings.js';
import type { Steps } from './steps.js';

/** The parts of a session that a {@link Connector} works with, and what the session does when an epoch reports. */
export interface ConnectorParts {
  readonly ring: ReplayRing;
  readonly timeline: Timeline;
  readonly budget: Budget | undefined;
  readonly reporter: SessionReporter;
  readonly missing: MissingAudio;
  readonly handover: Handover;
  readonly end: SessionEnd;
  readonly steps: Steps;
  readonly opened: (epoch: Epoch) => void;
  readonly received: (epoch: Epoch, message: StreamResult__Output, engine: 'local' | 'remote') => void;
  readonly progressed: (epoch: Epoch) => void;
  readonly outOfBudget: (cut: BudgetCut) => void;
  readonly ended: (epoch: Epoch, status: StatusObject) => void;
  readonly failed: (epoch: Epoch, failure: StreamingError) => void;
}

/** Makes the server calls of a session, and has each of their reports taken as a step. */
export class Connector {
  readonly #settings: SessionSettings;
  readonly #parts: ConnectorParts;
  #made = 0;

  constructor(settings: SessionSettings, parts: ConnectorParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** Calls that were made so far. */
  get made(): number {
    return this.#made;
  }

  /** Makes a call for audio to come; none when the session is over, or can't go on. */
  connect(sampleRate: number): Epoch | undefined {
    const { reporter, end } = this.#parts;
    if (end.isOver) return undefined;
    const number = this.#made++;
    reporter.state('connecting', number);
    // Whoever hears of it may have ended the session.
    if (end.isOver) return undefined;
    try {
      return this.#epoch(number, sampleRate);
    } catch (error) {
      end.fail(error);
      return undefined;
    }
  }

  #epoch(number: number, sampleRate: number): Epoch {
    const { ring, timeline, budget, reporter, missing, handover, end, steps, ...on } = this.#parts;
    const epoch: Epoch = new Epoch({
      settings: this.#settings,
      number,
      sampleRate,
      ring,
      timeline,
      budget,
      observer: {
        open: () => steps.take(() => on.opened(epoch)),
        leaving: () => steps.take(() => handover.leaving(epoch)),
        result: (message, engine) => steps.take(() => on.received(epoch, message, engine)),
        written: (inFlightMs) => {
          missing.report();
          reporter.statistics.inFlight(inFlightMs);
        },
        sent: (ms, bytes) => reporter.statistics.sent(ms, bytes),
        replayed: (ms) => reporter.statistics.replayed(ms),
        progress: () => steps.take(() => on.progressed(epoch)),
        isLast: () => end.isNear && epoch.retiredAtMs === Number.POSITIVE_INFINITY,
        halfClosed: () => reporter.state('draining', number, { engine: epoch.engine }),
        outOfBudget: on.outOfBudget,
        end: (status) => steps.take(() => on.ended(epoch, status)),
        hang: (error) => steps.take(() => on.failed(epoch, error)),
      },
    });
    return epoch;
  }
}
