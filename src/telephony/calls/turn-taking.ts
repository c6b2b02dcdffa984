import { expectNumber, expectOptions, type OptionNames } from '../../errors/index.js';
import type { CallSummaryEvent, TurnEvent } from '../../events/index.js';
import { LegTally } from './leg-tally.js';
import { type SpeechBoundary, Talkspurts } from './talkspurts.js';

/** What counts as speech, silence and interruption; all in milliseconds. */
export interface TurnRules {
  /** Speech shorter than this is taken for a click or a breath, 0 to 1000. Default: 80. */
  minSpeechMs?: number | undefined;
  /** Silence shorter than this, between speech of one leg, counts as speech, 0 to 2000. Default: 200 (Brady, 1968). */
  bridgeMs?: number | undefined;
  /**
   * An overlap shorter than this, with which the turn passes, is a change that came a little early rather than an interruption, from 0.
   * Default: 300; our own choice, longer than most overlaps at changes of turn (Heldner & Edlund, 2010).
   */
  minInterruptionMs?: number | undefined;
  /** Silence of all legs from this length on is reported, from 0. Default: 3000. */
  minSilenceMs?: number | undefined;
}

/** Options of {@link TurnTaking}. */
export interface TurnTakingOptions {
  /** Named in every event. */
  callId: string;
  /** Gets every event, in order of its end. */
  emit: (event: TurnEvent) => void;
  /** What counts as what. */
  rules?: TurnRules | undefined;
}

interface Leg {
  readonly name: string;
  readonly tally: LegTally;
  readonly boundaries: SpeechBoundary[];
  spurts: Talkspurts;
  isPresent: boolean;
}

/**
 * Follows who has the turn in a call of any number of legs, from where each of them speaks on one clock.
 *
 * The definitions are those of Jaffe & Feldstein, "Rhythms of Dialogue" (1970), which need no understanding of what is said: a leg's turn
 * begins when it speaks alone, and goes on until another leg speaks alone. Silence within a turn is a pause; silence after which the turn
 * passes is the response gap of the leg that speaks then (the "gap" of Sacks, Schegloff & Jefferson, "A simplest systematics for the
 * organization of turn-taking for conversation", Language 50, 1974, and of Heldner & Edlund, "Pauses, gaps and overlaps in conversations",
 * Journal of Phonetics 38, 2010). Overlap is speech of two or more; it is an interruption when it began in the turn of a leg that was
 * speaking, and another leg has the turn when it is over ("interruptive simultaneous speech"), and an acknowledgement or the like otherwise.
 *
 * Pure: events depend on the frames and their times alone, not on when and in which order legs deliver them. They are emitted when no leg
 * that is present can change them any more.
 */
export class TurnTaking {
  readonly #callId: string;
  readonly #emit: (event: TurnEvent) => void;
  readonly #rules: Required<{ [Rule in keyof TurnRules]: number }>;
  readonly #legs = new Map<string, Leg>();
  readonly #speaking = new Set<Leg>();
  #startMs: number | undefined;
  #sweptMs = Number.NEGATIVE_INFINITY;
  #silenceMs = 0;
  #overlapMs = 0;
  #overlaps = 0;
  /** Since when nobody speaks. */
  #quietSinceMs: number | undefined;
  #turn: { leg: Leg; startMs: number; endMs: number; talkMs: number } | undefined;
  #overlap: { startMs: number; legs: Set<Leg>; interrupts: Leg | undefined } | undefined;

  /** @throws OptionError for rules out of range. */
  constructor({ callId, emit, rules = {} }: TurnTakingOptions) {
    this.#callId = callId;
    this.#emit = emit;
    this.#rules = resolveTurnRules(rules);
  }

  /** Up to where everything was reported, on the call's clock. */
  get settledMs(): number {
    return this.#sweptMs;
  }

  /** Up to where a leg was heard; `-Infinity` before its first audio. */
  heardMs(name: string): number {
    return this.#legs.get(name)?.spurts.heardMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Announces a leg, or one that left and comes back: from now on it is waited for. */
  join(name: string): void {
    const known = this.#legs.get(name);
    const leg = known ?? { name, tally: new LegTally(), boundaries: [], spurts: new Talkspurts(this.#rules), isPresent: true };
    leg.spurts = new Talkspurts(this.#rules);
    leg.isPresent = true;
    this.#legs.set(name, leg);
  }

  /** The leg's first audio begins there; what lies before what was reported already is left out. */
  begin(name: string, atMs: number): void {
    const leg = this.#expect(name);
    if (this.#sweptMs === Number.NEGATIVE_INFINITY) this.#startMs = Math.min(this.#startMs ?? atMs, atMs);
    const fromMs = Math.max(atMs, this.#sweptMs, leg.boundaries.at(-1)?.atMs ?? atMs);
    leg.spurts = new Talkspurts(this.#rules, fromMs);
    leg.tally.begin(fromMs);
  }

  /** Takes verdicts on the leg's next audio. */
  push(name: string, frames: readonly { startMs: number; endMs: number; isSpeech: boolean }[]): void {
    const leg = this.#expect(name);
    for (const { startMs, endMs, isSpeech } of frames) leg.boundaries.push(...leg.spurts.push(startMs, endMs, isSpeech));
    this.#sweep();
  }

  /** Takes the leg for silent up to there, because it was waited for long enough. */
  assumeSilent(name: string, untilMs: number): void {
    const leg = this.#expect(name);
    if (leg.spurts.heardMs >= untilMs) return;
    leg.boundaries.push(...leg.spurts.end(untilMs));
    this.#sweep();
  }

  /** The leg's audio is over: it is not waited for any more. */
  leave(name: string): void {
    const leg = this.#expect(name);
    this.#end(leg);
    this.#sweep();
  }

  /** Ends the call for all legs, and reports what is left. */
  end(): void {
    for (const leg of this.#legs.values()) if (leg.isPresent) this.#end(leg);
    this.#sweep();
    const lastMs = Math.max(this.#sweptMs, ...[...this.#legs.values()].map(({ spurts }) => spurts.heardMs));
    if (this.#startMs === undefined || !Number.isFinite(lastMs)) return;
    this.#change(lastMs, () => this.#speaking.clear());
    this.#reportSilence(lastMs);
    this.#quietSinceMs = undefined;
    this.#closeTurn();
  }

  /** What was counted so far; `role` names a leg's role. */
  summary(role: (leg: string) => string | undefined = () => undefined): CallSummaryEvent {
    const startMs = this.#startMs ?? 0;
    return {
      type: 'call-summary',
      callId: this.#callId,
      durationMs: Math.max(0, this.#sweptMs - startMs),
      silenceMs: this.#silenceMs,
      overlapMs: this.#overlapMs,
      overlaps: this.#overlaps,
      legs: Object.fromEntries([...this.#legs].map(([name, { tally }]) => [name, tally.summary(role(name))])),
    };
  }

  #end(leg: Leg): void {
    leg.isPresent = false;
    leg.boundaries.push(...leg.spurts.end(leg.spurts.heardMs));
    leg.tally.leave(leg.spurts.heardMs);
  }

  /** Reports everything up to where all legs that are present are decided. */
  #sweep(): void {
    if (this.#startMs === undefined) return;
    const legs = [...this.#legs.values()];
    const present = legs.filter(({ isPresent }) => isPresent);
    const untilMs =
      present.length > 0
        ? Math.min(...present.map(({ spurts }) => spurts.settledMs))
        : Math.max(...legs.map(({ spurts }) => spurts.heardMs));
    if (!(untilMs > this.#sweptMs)) return;
    if (this.#sweptMs === Number.NEGATIVE_INFINITY) {
      this.#sweptMs = this.#startMs;
      this.#quietSinceMs = this.#startMs;
    }
    for (;;) {
      // At the edge itself another leg's boundary may still come: those wait for it.
      const nextMs = Math.min(...legs.map(({ boundaries }) => boundaries[0]?.atMs ?? Number.POSITIVE_INFINITY));
      if (!(nextMs < untilMs)) break;
      this.#change(nextMs, () => {
        for (const leg of legs) {
          while (leg.boundaries[0] && leg.boundaries[0].atMs <= nextMs) {
            if (leg.boundaries.shift()!.speaks) this.#speaking.add(leg);
            else this.#speaking.delete(leg);
          }
        }
      });
    }
    this.#pass(untilMs);
  }

  /** Counts time in which nothing changes. */
  #pass(toMs: number): void {
    const ms = toMs - this.#sweptMs;
    if (!(ms > 0)) return;
    this.#sweptMs = toMs;
    if (this.#speaking.size === 0) this.#silenceMs += ms;
    if (this.#speaking.size > 1) this.#overlapMs += ms;
    for (const leg of this.#speaking) {
      leg.tally.talked(ms);
      if (leg !== this.#turn?.leg) continue;
      this.#turn.talkMs += ms;
      this.#turn.endMs = toMs;
    }
  }

  /** Moves on to where others speak than before, and reports what ends there. */
  #change(atMs: number, apply: () => void): void {
    this.#pass(atMs);
    const before = new Set(this.#speaking);
    apply();
    const [alone] = this.#speaking.size === 1 ? this.#speaking : [];
    const overlap = before.size > 1 && this.#speaking.size < 2 ? this.#endOverlap(atMs) : undefined;
    if (alone && alone !== this.#turn?.leg) this.#passTurn(alone, atMs, overlap);
    if (before.size === 0 && this.#speaking.size > 0) {
      this.#reportSilence(atMs);
      this.#quietSinceMs = undefined;
    }
    if (before.size > 0 && this.#speaking.size === 0) this.#quietSinceMs = atMs;
    if (this.#speaking.size > 1) {
      const holder = this.#turn && before.has(this.#turn.leg) ? this.#turn.leg : undefined;
      this.#overlap ??= { startMs: atMs, legs: new Set(before), interrupts: holder };
      for (const leg of this.#speaking) this.#overlap.legs.add(leg);
    }
  }

  #passTurn(leg: Leg, atMs: number, overlap: { startMs: number; interrupts: Leg | undefined } | undefined): void {
    const previous = this.#turn?.leg;
    this.#closeTurn();
    if (previous && overlap) {
      const isLong = atMs - overlap.startMs >= this.#rules.minInterruptionMs;
      if (overlap.interrupts === previous && isLong) this.#interrupt(leg, previous, overlap.startMs, atMs);
    } else if (previous) {
      const startMs = this.#quietSinceMs ?? atMs;
      leg.tally.answered(atMs - startMs);
      const gap = { leg: leg.name, to: previous.name, gapMs: atMs - startMs, startMs, endMs: atMs };
      this.#emit({ type: 'turn', kind: 'response-gap', callId: this.#callId, ...gap });
    }
    this.#turn = { leg, startMs: atMs, endMs: atMs, talkMs: 0 };
  }

  #interrupt(leg: Leg, interrupted: Leg, startMs: number, endMs: number): void {
    leg.tally.interruptions += 1;
    interrupted.tally.interrupted += 1;
    const names = { leg: leg.name, interrupted: interrupted.name };
    this.#emit({ type: 'turn', kind: 'interruption', callId: this.#callId, ...names, startMs, endMs });
  }

  #endOverlap(endMs: number): { startMs: number; interrupts: Leg | undefined } {
    const { startMs, legs, interrupts } = this.#overlap!;
    this.#overlap = undefined;
    this.#overlaps += 1;
    const names = [...legs].map(({ name }) => name);
    this.#emit({ type: 'turn', kind: 'overlap', callId: this.#callId, legs: names, startMs, endMs });
    return { startMs, interrupts };
  }

  #closeTurn(): void {
    if (!this.#turn) return;
    const { leg, startMs, endMs, talkMs } = this.#turn;
    this.#turn = undefined;
    leg.tally.hadTurn(endMs - startMs);
    this.#emit({ type: 'turn', kind: 'turn', callId: this.#callId, leg: leg.name, startMs, endMs, talkMs });
  }

  #reportSilence(endMs: number): void {
    const startMs = this.#quietSinceMs;
    if (startMs === undefined || endMs <= startMs || endMs - startMs < this.#rules.minSilenceMs) return;
    this.#emit({ type: 'turn', kind: 'silence', callId: this.#callId, startMs, endMs });
  }

  #expect(name: string): Leg {
    const leg = this.#legs.get(name);
    if (!leg) throw new Error(`the leg ${name} has not joined`);
    return leg;
  }
}

const RULE_NAMES: OptionNames<TurnRules> = { minSpeechMs: true, bridgeMs: true, minInterruptionMs: true, minSilenceMs: true };

/**
 * Checks rules and fills in the defaults.
 *
 * @throws OptionError that names the rule.
 */
function resolveTurnRules(rules: TurnRules) {
  expectOptions((name) => `turns.${name}`, rules, RULE_NAMES);
  const { minSpeechMs = 80, bridgeMs = 200, minInterruptionMs = 300, minSilenceMs = 3000 } = rules;
  expectNumber('turns.minSpeechMs', minSpeechMs, { min: 0, max: 1000, unit: 'milliseconds' });
  expectNumber('turns.bridgeMs', bridgeMs, { min: 0, max: 2000, unit: 'milliseconds' });
  expectNumber('turns.minInterruptionMs', minInterruptionMs, { min: 0, unit: 'milliseconds' });
  expectNumber('turns.minSilenceMs', minSilenceMs, { min: 0, unit: 'milliseconds' });
  return { minSpeechMs, bridgeMs, minInterruptionMs, minSilenceMs };
}
