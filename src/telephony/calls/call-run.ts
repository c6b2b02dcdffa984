import { type Observable, type OperatorFunction, type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import type { AudioChunk } from '../../audio/index.js';
import { OptionError } from '../../errors/index.js';
import { type EventObserver, emitEvent, type LegEvent } from '../../events/index.js';
import { CallClock, type LegClock } from './call-clock.js';
import { LegPacing } from './leg-pacing.js';
import { type LegFrame, LegRun } from './leg-run.js';
import { SharedVad, type VadChoice } from './shared-vad.js';
import { TimeOrder } from './time-order.js';
import type { PcmChunk } from './to-leg-pcm.js';
import { type TurnRules, TurnTaking } from './turn-taking.js';

/** A leg, as the run of a call takes it. */
export interface LegInput {
  readonly leg: string;
  readonly source: Observable<AudioChunk>;
  readonly analyze?: OperatorFunction<PcmChunk, unknown> | undefined;
  readonly role?: string | undefined;
  readonly offsetMs?: number | undefined;
}

/** Everything that decides how a call goes, with every default filled in. */
export interface CallSettings {
  readonly callId: string;
  readonly orderBy: 'arrival' | 'time';
  readonly waitMs: number;
  readonly legErrors: 'isolate' | 'fatal';
  readonly alignBy: 'captured' | 'position' | undefined;
  readonly maxLeadMs: number;
  readonly maxLagMs: number;
  readonly chunkMs: number;
  readonly vad: VadChoice;
  readonly threshold: number;
  readonly turns: TurnRules;
  readonly events: EventObserver | undefined;
  readonly scheduler: SchedulerLike;
}

/** A leg that makes no progress is waited for as long as this. */
const PATIENCE_MS = 5000;

interface Leg {
  readonly input: LegInput;
  readonly clock: LegClock;
  readonly run: LegRun;
  endMs: number | undefined;
  isAudioOver: boolean;
  hasFailed: 'audio' | 'analysis' | undefined;
}

/** One subscription of a call: its legs, their clock, and who is told what. */
export class CallRun {
  readonly #settings: CallSettings;
  readonly #subscriber: Subscriber<unknown>;
  readonly #clock: CallClock;
  readonly #vad: SharedVad;
  readonly #turns: TurnTaking;
  readonly #pacing: LegPacing;
  readonly #order: TimeOrder<object>;
  /** Legs that are not over. */
  readonly #legs = new Map<string, Leg>();
  readonly #roles = new Map<string, string>();
  readonly #legSubscription = new Subscription();
  /** Whether each leg that counts has failed: the analysed ones, or all when none is. */
  readonly #outcomes = { analysed: { ended: 0, failed: 0 }, heard: { ended: 0, failed: 0 } };
  #firstError: { analysed?: { error: unknown }; heard?: { error: unknown } } = {};
  #moreLegs = true;
  #isOver = false;
  #furthestMs = Number.NEGATIVE_INFINITY;

  constructor(settings: CallSettings, subscriber: Subscriber<unknown>) {
    const { callId, turns, events, scheduler, waitMs, maxLeadMs, alignBy, vad } = settings;
    this.#settings = settings;
    this.#subscriber = subscriber;
    this.#clock = new CallClock(alignBy, () => scheduler.now());
    this.#vad = new SharedVad(vad);
    this.#turns = new TurnTaking({ callId, rules: turns, emit: (event) => emitEvent(events, event) });
    this.#order = new TimeOrder({ waitMs, scheduler, emit: (item) => subscriber.next(item) });
    this.#pacing = new LegPacing({
      maxLeadMs,
      patienceMs: PATIENCE_MS,
      scheduler,
      onStalled: (leg, untilMs) => this.#turns.assumeSilent(leg, untilMs),
    });
  }

  /** Subscribes to legs that are known: all of them are ready before the first begins. */
  addAll(inputs: readonly LegInput[]): void {
    const legs = inputs.map((input) => this.#prepare(input));
    for (const leg of legs) if (!this.#isOver) leg.run.connect();
  }

  /** Subscribes to legs as they come. */
  follow(legs$: Observable<LegInput>, check: (leg: LegInput) => void): void {
    this.#legSubscription.add(
      legs$.subscribe({
        next: (input) => {
          if (this.#isOver) return;
          try {
            check(input);
            if (this.#legs.has(input.leg))
              throw new OptionError('call({ legs })', 'must not name a leg that is there', input.leg);
            this.addAll([input]);
          } catch (error) {
            this.#end(() => this.#subscriber.error(error));
          }
        },
        error: (error) => this.#end(() => this.#subscriber.error(error)),
        complete: () => this.noMoreLegs(),
      }),
    );
  }

  /** The call is over when the legs that are there are. */
  noMoreLegs(): void {
    this.#moreLegs = false;
    this.#endWhenAllAre();
  }

  /** Lets go of everything; the summary is still given. */
  stop(): void {
    if (this.#isOver) return;
    this.#order.stop();
    this.#end(() => {});
  }

  #prepare(input: LegInput): Leg {
    const { leg: name, role, source, analyze, offsetMs = 0 } = input;
    const { threshold, chunkMs, events } = this.#settings;
    const clock = this.#clock.leg(offsetMs);
    const run = new LegRun(
      { name, source, analyze, clock, vad: this.#vad, threshold, chunkMs, events },
      {
        joined: (atMs) => {
          this.#turns.begin(name, atMs);
          this.#tell(leg, { state: 'joined', atMs, ...(clock.alignedBy && { alignedBy: clock.alignedBy }) });
        },
        heard: (frames, endMs, flow) => {
          leg.endMs = endMs;
          this.#heard(name, frames, endMs);
          if (this.#clock.by === 'position') this.#pacing.heard(name, endMs, flow);
        },
        result: (value) => this.#result(leg, value),
        failed: (what, error) => this.#failed(leg, what, error),
        audioOver: () => this.#audioOver(leg),
        over: () => this.#over(leg),
      },
    );
    const leg: Leg = { input, clock, run, endMs: undefined, isAudioOver: false, hasFailed: undefined };
    this.#legs.set(name, leg);
    if (role !== undefined) this.#roles.set(name, role);
    this.#turns.join(name);
    this.#pacing.join(name);
    if (analyze) this.#order.join(name);
    run.prepare();
    return leg;
  }

  #heard(name: string, frames: readonly LegFrame[], endMs: number): void {
    // What no verdict was given on, because the detector failed, is silent.
    this.#turns.push(name, frames);
    this.#furthestMs = Math.max(this.#furthestMs, endMs);
    if (this.#clock.by !== 'captured') return;
    // Live, nobody holds anybody: a leg that lags is silent for what it has not said.
    const untilMs = this.#furthestMs - this.#settings.maxLagMs;
    for (const [other, { isAudioOver }] of this.#legs) if (!isAudioOver) this.#turns.assumeSilent(other, untilMs);
  }

  #result(leg: Leg, value: unknown): void {
    const { callId, orderBy } = this.#settings;
    const { leg: name, role } = leg.input;
    const { startMs, endMs } = value as { startMs: number; endMs: number };
    const [callStartMs, callEndMs] = [leg.clock.toCallMs(startMs), leg.clock.toCallMs(endMs)];
    const tagged = { ...(value as object), callId, leg: name, ...(role !== undefined && { role }), callStartMs, callEndMs };
    if (orderBy === 'time') this.#order.push(name, callEndMs, tagged);
    else this.#subscriber.next(tagged);
  }

  #failed(leg: Leg, failed: 'audio' | 'analysis', error: unknown): void {
    const { events, legErrors } = this.#settings;
    const { leg: name, analyze } = leg.input;
    const kind = analyze ? 'analysed' : 'heard';
    if (!leg.hasFailed) this.#outcomes[kind].failed += 1;
    leg.hasFailed = failed;
    this.#firstError[kind] ??= { error };
    this.#tell(leg, { state: 'failed', failed, error, ...(leg.endMs !== undefined && { atMs: leg.endMs }) });
    emitEvent(events, {
      type: 'diagnostic',
      code: 'LEG_FAILED',
      message: `The ${failed} of the leg ${name} of call ${this.#settings.callId} failed: ${error instanceof Error ? error.message : String(error)}`,
      ...(leg.endMs !== undefined && { atMs: leg.endMs }),
      stream: name,
    });
    if (legErrors === 'fatal') this.#end(() => this.#subscriber.error(error));
  }

  #audioOver(leg: Leg): void {
    if (this.#isOver) return;
    const { leg: name } = leg.input;
    leg.isAudioOver = true;
    this.#turns.leave(name);
    this.#pacing.leave(name);
    if (leg.hasFailed === 'audio') return;
    this.#tell(leg, { state: 'left', ...(leg.endMs !== undefined && { atMs: leg.endMs }) });
  }

  #over(leg: Leg): void {
    if (this.#isOver) return;
    const { leg: name, analyze } = leg.input;
    this.#outcomes[analyze ? 'analysed' : 'heard'].ended += 1;
    this.#legs.delete(name);
    leg.run.stop();
    this.#order.leave(name);
    this.#endWhenAllAre();
  }

  #endWhenAllAre(): void {
    if (this.#moreLegs || this.#legs.size > 0 || this.#isOver) return;
    // A call whose every analysis failed has failed, whatever else was heard.
    const kind = this.#outcomes.analysed.ended > 0 ? 'analysed' : 'heard';
    const { ended, failed } = this.#outcomes[kind];
    const first = this.#firstError[kind];
    this.#end(() => (first && failed >= ended ? this.#subscriber.error(first.error) : this.#subscriber.complete()));
  }

  /** Ends every leg, reports what is left, and says the last word. */
  #end(lastWord: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#legSubscription.unsubscribe();
    for (const { run } of this.#legs.values()) run.stop();
    this.#pacing.stop();
    this.#vad.end();
    this.#turns.end();
    const summary = this.#turns.summary((leg) => this.#roles.get(leg));
    this.#order.flush();
    emitEvent(this.#settings.events, summary);
    lastWord();
  }

  #tell({ input: { leg, role } }: Leg, step: Omit<LegEvent, 'type' | 'callId' | 'leg' | 'role'>): void {
    if (this.#isOver) return;
    const { callId, events } = this.#settings;
    emitEvent(events, { type: 'leg', callId, leg, ...(role !== undefined && { role }), ...step });
  }
}
