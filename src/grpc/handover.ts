import { ExponentialBackoff, type IBackoff } from 'cockatiel';
import { type Budget, isAffordable } from './budget.js';
import type { Epoch } from './epoch.js';
import type { Reconnector, Stretch } from './reconnector.js';
import type { SessionCalls } from './session-calls.js';
import type { SessionReporter } from './session-reporter.js';
import type { SessionSettings } from './session-settings.js';
import type { UnansweredAudio } from './unanswered-audio.js';

/** How much longer than `maxStreamDurationMs` a call may last while speech goes on. */
const ROTATION_GRACE_MS = 15_000;
/** New audio after GOAWAY in which a pause is waited for. */
const GOAWAY_GRACE_MS = 5000;

/** The parts of a session that a {@link Handover} works with. */
export interface HandoverParts {
  readonly calls: SessionCalls;
  readonly unanswered: UnansweredAudio;
  readonly reconnector: Reconnector;
  readonly reporter: SessionReporter;
  readonly budget: Budget | undefined;
  /** Makes a call for an epoch that has no audio yet. */
  readonly connect: (sampleRate: number) => Epoch | undefined;
  /** Has a call carry what another has left. */
  readonly carryOn: (epoch: Epoch, stretch: Stretch) => void;
}

/**
 * Moves a session on from a call that has to go, because it grew old or its server is shutting down, to another that is made in advance.
 *
 * The old call goes on until the new one is open and the speech pauses, or no pause came in time; and for as long as no new one can be
 * opened, or what has no result yet could not be sent again.
 */
export class Handover {
  readonly #settings: SessionSettings;
  readonly #parts: HandoverParts;
  /** The epoch whose call has to go. */
  #old: Epoch | undefined;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #standby: Epoch | undefined;
  #backoff: IBackoff<unknown> | undefined;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(settings: SessionSettings, parts: HandoverParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** The server of a call is shutting down. */
  leaving(epoch: Epoch): void {
    if (this.drop(epoch, 'GOAWAY')) return;
    // A call that has only results to give is left alone.
    if (epoch === this.#parts.calls.current) this.#prepare(epoch, GOAWAY_GRACE_MS);
  }

  /** A call has taken audio. */
  progressed(epoch: Epoch): void {
    if (epoch !== this.#parts.calls.current) return;
    if (epoch.newMs > this.#settings.maxStreamDurationMs) this.#prepare(epoch, ROTATION_GRACE_MS);
    else this.#connect();
    this.moveIfDue();
  }

  /**
   * Moves on if now is the time; the old call is left to answer what ended before the new one begins.
   *
   * @param isPause Whether an utterance has just ended.
   */
  moveIfDue(isPause = false): void {
    const { calls, unanswered, reconnector, reporter, budget, carryOn } = this.#parts;
    const old = this.#old;
    const standby = this.#standby;
    if (!old || old !== calls.current || !standby?.isOpen) return;
    if (!isPause && old.sentMs <= this.#deadlineMs && !unanswered.isQuiet(old)) return;
    const { sampleRate, ownedFromMs } = old;
    const start = unanswered.startAfter(old);
    const stretch: Stretch = { ...start, end: Number.POSITIVE_INFINITY, sampleRate, ownedFromMs };
    const replayMs = unanswered.replayMs(stretch);
    if (unanswered.isLost(old) || !reconnector.mayReplay(replayMs) || !isAffordable(budget, replayMs, sampleRate)) return;
    this.take(old);
    old.retiredAtMs = unanswered.retirement(old, start);
    reporter.state('rotated', old.number, { engine: old.engine });
    old.endBefore(old.next);
    carryOn(standby, stretch);
  }

  /** The epoch that replaces another, if its call has been made, open or not. */
  take(old: Epoch): Epoch | undefined {
    const standby = old === this.#old ? this.#standby : undefined;
    if (!standby) return undefined;
    this.#standby = undefined;
    this.#backoff = undefined;
    this.cancel();
    return standby;
  }

  /** Whether it was the call in advance that failed or is of no use any more: then it is cancelled, and the old call goes on. */
  drop(epoch: Epoch, cause: string): boolean {
    const { reconnect } = this.#settings;
    if (epoch !== this.#standby || !reconnect) return false;
    this.#standby = undefined;
    epoch.cancel();
    const { initialDelayMs: initialDelay, maxDelayMs: maxDelay } = reconnect;
    this.#backoff = this.#backoff?.next(undefined) ?? new ExponentialBackoff({ initialDelay, maxDelay }).next();
    this.#notBefore = performance.now() + this.#backoff.duration;
    this.#parts.reporter.state('unused', epoch.number, { cause });
    return true;
  }

  /** No call has to go any more; one that was made in advance is cancelled. */
  cancel(): void {
    const standby = this.#standby;
    this.#old = undefined;
    this.#standby = undefined;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    if (!standby) return;
    standby.cancel();
    this.#parts.reporter.state('unused', standby.number);
  }

  /** An epoch's call has to go, within so much further audio. */
  #prepare(old: Epoch, graceMs: number): void {
    if (!this.#settings.reconnect) return;
    if (this.#old !== old) this.cancel();
    this.#old = old;
    this.#deadlineMs = Math.min(this.#deadlineMs, old.sentMs + graceMs);
    this.#connect();
  }

  /** Makes the call if one is wanted and there is none, though not at once after one that failed. */
  #connect(): void {
    if (!this.#old || this.#standby || performance.now() < this.#notBefore) return;
    this.#standby = this.#parts.connect(this.#old.sampleRate);
  }
}
