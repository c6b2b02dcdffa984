import type { LatencySummary } from './latency-summary.js';

/** A leg of a call came, went or failed. */
export interface LegEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'leg';
  /**
   * `joined` with the leg's first audio, `left` when its audio is over, `failed` when its audio or its analysis ended with an error. A leg
   * whose audio fails doesn't also leave; one whose analysis fails goes on being heard, and leaves later.
   */
  readonly state: 'joined' | 'left' | 'failed';
  /** The call. */
  readonly callId: string;
  /** The leg's name. */
  readonly leg: string;
  /** Its role, where it was given one. */
  readonly role?: string;
  /** When, on the call's clock, in milliseconds; undefined for a leg that never had audio. */
  readonly atMs?: number;
  /**
   * With `joined`: what put the leg on the call's clock: the time of capture of its audio, the time its audio arrived (the least exact), or
   * its position in a recording.
   */
  readonly alignedBy?: 'captured' | 'arrival' | 'position';
  /** With `failed`: what failed. */
  readonly failed?: 'audio' | 'analysis';
  /** With `failed`: the error itself. */
  readonly error?: unknown;
}

interface TurnFields {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'turn';
  /** The call. */
  readonly callId: string;
  /** Where it begins, on the call's clock, in milliseconds. */
  readonly startMs: number;
  /** Where it ends, on the call's clock, in milliseconds. */
  readonly endMs: number;
}

/** A turn is over: another leg has spoken alone, or the call has ended. */
export interface TurnOverEvent extends TurnFields {
  /** Tells it from other turn events. */
  readonly kind: 'turn';
  /** Whose turn it was: from when it spoke alone, to its last word before another did. */
  readonly leg: string;
  /** How much of it that leg spoke, in milliseconds. */
  readonly talkMs: number;
}

/** One leg answered another after a silence: the gap between two turns. */
export interface ResponseGapEvent extends TurnFields {
  /** Tells it from other turn events. */
  readonly kind: 'response-gap';
  /** Who answered. */
  readonly leg: string;
  /** Whose turn it was before. */
  readonly to: string;
  /** From the end of speech to the start of the answer, in milliseconds; 0 when one followed the other at once. */
  readonly gapMs: number;
}

/** Two legs or more spoke at the same time. */
export interface OverlapEvent extends TurnFields {
  /** Tells it from other turn events. */
  readonly kind: 'overlap';
  /** Who spoke, in the order in which they joined in. */
  readonly legs: readonly string[];
}

/** A leg began to speak in another's turn, and had the turn when they had spoken over each other. */
export interface InterruptionEvent extends TurnFields {
  /** Tells it from other turn events. */
  readonly kind: 'interruption';
  /** Who interrupted. */
  readonly leg: string;
  /** Who was interrupted. */
  readonly interrupted: string;
}

/** Nobody spoke for long. */
export interface CallSilenceEvent extends TurnFields {
  /** Tells it from other turn events. */
  readonly kind: 'silence';
}

/** What the legs of a call do to each other, discriminated by `kind`; emitted when it is over and certain. */
export type TurnEvent = TurnOverEvent | ResponseGapEvent | OverlapEvent | InterruptionEvent | CallSilenceEvent;

/** What one leg did in a call. */
export interface LegSummary {
  /** Its role, where it was given one. */
  readonly role?: string;
  /** Time it was in the call, in milliseconds. */
  readonly presentMs: number;
  /** Time it spoke, in milliseconds. */
  readonly talkMs: number;
  /** How many turns it had. */
  readonly turns: number;
  /** Its longest turn, from first to last word, in milliseconds; 0 without any. */
  readonly longestTurnMs: number;
  /** How often it interrupted. */
  readonly interruptions: number;
  /** How often it was interrupted. */
  readonly interrupted: number;
  /** How long it took to answer; absent when it never did after a silence. */
  readonly responseGaps?: LatencySummary;
}

/** A call is over: what its legs did, once, as the last event. */
export interface CallSummaryEvent {
  /** Tells it from other {@link StreamEvent}s. */
  readonly type: 'call-summary';
  /** The call. */
  readonly callId: string;
  /** From the first to the last audio, in milliseconds. */
  readonly durationMs: number;
  /** Time in which nobody spoke, in milliseconds. */
  readonly silenceMs: number;
  /** Time in which two legs or more spoke, in milliseconds. */
  readonly overlapMs: number;
  /** How often they did. */
  readonly overlaps: number;
  /** By the legs' names. */
  readonly legs: { readonly [leg: string]: LegSummary };
}
