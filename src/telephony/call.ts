import { asyncScheduler, isObservable, Observable, type OperatorFunction, type SchedulerLike, Subject } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';
import { expectNumber, expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import type { EventObserver } from '../events/index.js';
import { channel } from '../operators/channel.js';
import { untilClosed } from '../operators/until-closed.js';
import type { Vad } from '../vad/vad.js';
import { CallRun, type CallSettings, type LegInput } from './calls/call-run.js';
import { type TurnRules, TurnTaking } from './calls/turn-taking.js';

/** What an analysis gives: predictions, or anything else with a place on the timeline of its leg's source. */
export interface Placed {
  /** In milliseconds on the source's timeline. */
  readonly startMs: number;
  /** In milliseconds on the source's timeline. */
  readonly endMs: number;
}

/** What is done with a party's voice, and what the party is called. */
export interface LegAnalysis {
  /**
   * What analyses the leg: `behavioralSignals(…)`, or a pipe that ends with it. Default: nothing. Then only turn-taking is measured, in this
   * process, and nothing of the leg is sent anywhere.
   */
  readonly analyze?: OperatorFunction<AudioChunk<Pcm<'s16le', 1>>, Placed> | undefined;
  /** A role of your choice, for instance `customer`; every prediction and event of the leg carries it. */
  readonly role?: string | undefined;
}

/** One party of a call, with audio of its own. */
export interface CallLeg extends LegAnalysis {
  /** Decoded float32 audio of any rate, mixed to mono and resampled to at most 16 kHz here; or mono 16-bit audio, which is taken as it is. */
  readonly source: Observable<AudioChunk<Pcm<'float32'>> | AudioChunk<Pcm<'s16le'>>>;
  /** Where the source's position 0 lies on the call's clock, for legs aligned by position, in milliseconds. Default: 0. */
  readonly offsetMs?: number | undefined;
}

/** One party of a call that is a channel of the call's one source. */
export interface ChannelLeg extends LegAnalysis {
  /** From 0: left is 0, right is 1. */
  readonly channel: number;
}

/** A party that joins a call while it goes on. */
export interface NamedCallLeg<Name extends string = string> extends CallLeg {
  /** The leg's name; that of a leg that has left can be used again. */
  readonly leg: Name;
}

/** Options of {@link call}, beside its legs. */
export interface CallOptions {
  /** Names the call in predictions and events. */
  callId: string;
  /** `arrival`: predictions are emitted as they come; `time`: in order of their ends on the call's clock, as far as `waitMs` allows. Default: `arrival`. */
  orderBy?: 'arrival' | 'time' | undefined;
  /**
   * With `orderBy: 'time'`: how long a prediction may wait for the other legs', in milliseconds, 0 to 60,000. It goes out earlier when all
   * other analysed legs have answered for its time or a later one; what comes later than the wait goes out at once, out of order. Default: 2000.
   */
  waitMs?: number | undefined;
  /**
   * What an error of one leg does: `isolate` reports it, as a `leg` event and the diagnostic `LEG_FAILED`, and the others go on; `fatal`
   * ends the call with it, too. Default: `isolate`.
   */
  legErrors?: 'isolate' | 'fatal' | undefined;
  /**
   * What puts legs on one clock: `captured` times (`timing.capturedAtMs`; a leg without lies where its audio arrives), or `position` in
   * recordings. Default: as the first audio of the call tells, `captured` when it has that time.
   */
  alignBy?: 'captured' | 'position' | undefined;
  /**
   * By `position`: how far a leg may be ahead of the slowest, in milliseconds of audio, from 100; `Infinity`: any. A leg that makes no
   * progress for 5 s is not waited for until it moves again. Default: 1000.
   */
  maxLeadMs?: number | undefined;
  /** By `captured`: how far a leg may lag before it counts as silent for what it has not delivered, in milliseconds, from 100. Default: 2000. */
  maxLagMs?: number | undefined;
  /** Audio in one message to the service, in milliseconds, 1 to 1000. Default: 250. */
  chunkMs?: number | undefined;
  /** What tells speech from silence for turn-taking, as in `gateSilence()`. Default: `light`. */
  vad?: 'light' | Vad | (() => Vad | PromiseLike<Vad>) | undefined;
  /** Probability from which sound is speech, above 0 to 1, as in `gateSilence()`; higher values find the beginnings of speech later. Default: 0.3. */
  threshold?: number | undefined;
  /** What counts as speech, silence and interruption. */
  turns?: TurnRules | undefined;
  /** Receives `leg`, `turn` and `call-summary` events, and diagnostics. Default: diagnostics become process warnings. */
  events?: EventObserver | undefined;
  /** Clock and timers. Default: `asyncScheduler`. */
  scheduler?: SchedulerLike | undefined;
}

/** What a prediction of a call carries beside itself. */
export interface CallTag<Leg extends string = string> {
  /** The call. */
  readonly callId: string;
  /** Who spoke. */
  readonly leg: Leg;
  /** The leg's role, where it was given one. */
  readonly role?: string;
  /** The prediction's `startMs` on the call's clock. */
  readonly callStartMs: number;
  /** The prediction's `endMs` on the call's clock. */
  readonly callEndMs: number;
}

/** What the legs of a call give: each leg's own predictions, tagged with its name; legs without `analyze` give none. */
export type CallPrediction<Legs> = {
  [Name in keyof Legs & string]: AnalysisResult<Legs[Name]> & CallTag<Name>;
}[keyof Legs & string];

/** What legs that come and go give. */
export type NamedPrediction<Leg> = Leg extends {
  /** The leg's name. */
  readonly leg: infer Name extends string;
}
  ? AnalysisResult<Leg> & CallTag<Name>
  : never;

/** What a leg's analysis emits; nothing without one. */
export type AnalysisResult<Leg> = Leg extends {
  /** The leg's analysis, if it has one. */
  readonly analyze?: infer Analysis;
}
  ? Analysis extends OperatorFunction<never, infer Result>
    ? Result
    : never
  : never;

/**
 * Brings the parties of a call together: one mono session for each leg that is analysed, on one clock, and who talks when.
 *
 * Give each leg a source of its own, or one `source` and a `channel` for each leg, or an Observable of legs that join. All legs are
 * subscribed before the first source is. A leg's end is not the call's end. **A leg without `analyze` is heard by the voice activity detector
 * in this process only; nothing of it is sent anywhere.** Leave it out for employees: inferring their emotions at work is prohibited in the
 * EU, but for medical and safety reasons (AI Act, Regulation (EU) 2024/1689, Article 5(1)(f)); see docs/responsible-use.md.
 *
 * Legs are aligned by the time their audio was captured when it is live, moved when that drifts by 50 ms, or by their positions when they
 * come from recordings. Recordings advance together: the slower leg paces the others, to `maxLeadMs`. Live legs hold nobody. Talk time, overlaps,
 * response gaps, interruptions and silence come as `turn` events and, at the end, as one `call-summary`, by the definitions of Jaffe &
 * Feldstein (1970); a leg whose analysis fails goes on being heard for them.
 *
 * @returns Emits the predictions of all legs, tagged `{ callId, leg, role?, callStartMs, callEndMs }`. Completes when every leg's audio and
 * results are over, and no leg can join; with the first error when every analysed leg has failed (every leg, when none is analysed).
 * Unsubscribing lets go of every leg at once; the summary still comes. To end a call and keep its results, end the sources (`takeUntil`).
 * @throws OptionError for options out of range and legs that are none; (as error notification) the errors of legs, as above and with
 * `legErrors: 'fatal'`; those of the Observable of legs, and OptionError for a leg that is there already.
 * @example
 * call({
 *   callId: 'c-17',
 *   legs: {
 *     customer: { source: customer.source, analyze: behavioralSignals({ events }) },
 *     agent: { source: agent.source },
 *   },
 *   events,
 * }).subscribe(({ leg, callStartMs, tasks }) => console.log(leg, callStartMs, tasks.emotion?.label));
 */
export function call<const Legs extends Readonly<Record<string, CallLeg>>>(
  options: CallOptions & {
    /** The parties by name. */
    legs: Legs;
  },
): Observable<CallPrediction<Legs>>;
/** The same of one source with a channel for each party. */
export function call<const Legs extends Readonly<Record<string, ChannelLeg>>>(
  options: CallOptions & {
    /** Decoded audio with a channel for each leg; other channels are left out. */
    source: Observable<AudioChunk<Pcm<'float32'>>>;
    /** The parties by name. */
    legs: Legs;
  },
): Observable<CallPrediction<Legs>>;
/** The same of parties that join while the call goes on. */
export function call<Leg extends NamedCallLeg>(
  options: CallOptions & {
    /** Each party as it joins. The call can end when this has completed. */
    legs: Observable<Leg>;
  },
): Observable<NamedPrediction<Leg>>;
export function call(
  options: CallOptions & {
    source?: Observable<AudioChunk<Pcm<'float32'>>> | undefined;
    legs: Observable<LegInput> | Readonly<Record<string, CallLeg | ChannelLeg>>;
  },
): Observable<unknown> {
  expectOptions('call', options, NAMES);
  const settings = resolve(options);
  const { source, legs } = options;
  if (source !== undefined && !isObservable(source)) throw new OptionError('call({ source })', 'must be an Observable', source);
  if (isObservable(legs)) {
    return new Observable((subscriber) => {
      const run = new CallRun(settings, subscriber);
      subscriber.add(() => run.stop());
      run.follow(legs, (leg) => checkLeg(String(Object(leg).leg), leg, false));
    });
  }
  if (typeof legs !== 'object' || legs === null || Object.keys(legs).length === 0) {
    throw new OptionError('call({ legs })', 'must be an object of at least one leg, or an Observable of legs', legs);
  }
  for (const [name, leg] of Object.entries(legs)) checkLeg(name, leg, source !== undefined);
  return new Observable((subscriber) => {
    const run = new CallRun(settings, subscriber);
    const shared = new Subject<AudioChunk<Pcm<'float32'>>>();
    const inputs = Object.entries(legs).map(([leg, input]): LegInput => {
      const own = 'channel' in input ? { source: shared.pipe(channel(input.channel)) } : {};
      return { ...(input as CallLeg), ...own, leg };
    });
    subscriber.add(() => run.stop());
    run.addAll(inputs);
    run.noMoreLegs();
    if (source && !subscriber.closed) subscriber.add(source.pipe(untilClosed(subscriber)).subscribe(shared));
  });
}

const NAMES: OptionNames<CallOptions & { source?: unknown; legs: unknown }> = {
  callId: true,
  orderBy: true,
  waitMs: true,
  legErrors: true,
  alignBy: true,
  maxLeadMs: true,
  maxLagMs: true,
  chunkMs: true,
  vad: true,
  threshold: true,
  turns: true,
  events: true,
  scheduler: true,
  source: true,
  legs: true,
};

function checkLeg(name: string, leg: unknown, isChannel: boolean): void {
  const option = `call({ legs.${name} })`;
  const { source, analyze, channel: index, offsetMs, role, leg: own } = Object(leg) as Record<string, unknown>;
  if (own !== undefined && (typeof own !== 'string' || own === '')) throw new OptionError(option, 'must have a name', own);
  if (isChannel) expectNumber(`call({ legs.${name}.channel })`, index, { min: 0, whole: true });
  else if (!isObservable(source)) throw new OptionError(option, 'must have a source, an Observable of audio', source);
  if (analyze !== undefined && typeof analyze !== 'function') {
    throw new OptionError(`call({ legs.${name}.analyze })`, 'must be an operator, such as behavioralSignals()', analyze);
  }
  if (role !== undefined && typeof role !== 'string') throw new OptionError(`call({ legs.${name}.role })`, 'must be text', role);
  if (offsetMs !== undefined) expectNumber(`call({ legs.${name}.offsetMs })`, offsetMs, { min: 0, unit: 'milliseconds' });
}

function resolve(options: CallOptions): CallSettings {
  const { callId, orderBy = 'arrival', waitMs = 2000, legErrors = 'isolate', alignBy, maxLeadMs = 1000 } = options;
  const { maxLagMs = 2000, chunkMs = 250, vad = 'light', threshold = 0.3, turns = {}, events } = options;
  if (typeof callId !== 'string' || callId === '') throw new OptionError('call({ callId })', 'must be text', callId);
  expectOneOf('orderBy', orderBy, ['arrival', 'time']);
  expectOneOf('legErrors', legErrors, ['isolate', 'fatal']);
  expectOneOf('alignBy', alignBy, [undefined, 'captured', 'position']);
  expectNumber('call({ waitMs })', waitMs, { min: 0, max: 60_000, unit: 'milliseconds' });
  expectNumber('call({ maxLeadMs })', maxLeadMs, { min: 100, unit: 'milliseconds' });
  expectNumber('call({ maxLagMs })', maxLagMs, { min: 100, unit: 'milliseconds' });
  expectNumber('call({ chunkMs })', chunkMs, { min: 1, max: 1000, unit: 'milliseconds' });
  expectNumber('call({ threshold })', threshold, { above: 0, max: 1 });
  if (vad !== 'light' && typeof vad !== 'function' && typeof (vad as Vad | null)?.open !== 'function') {
    throw new OptionError('call({ vad })', 'must be "light", a Vad, or a function that loads one', vad);
  }
  // Its rules are checked at once, too.
  new TurnTaking({ callId, rules: turns, emit: () => {} });
  const scheduler = options.scheduler ?? asyncScheduler;
  const waits = { waitMs, maxLeadMs, maxLagMs };
  return { callId, orderBy, legErrors, alignBy, ...waits, chunkMs, vad, threshold, turns, events, scheduler };
}

function expectOneOf(option: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) {
    throw new OptionError(
      `call({ ${option} })`,
      `must be one of ${allowed.filter((one) => one !== undefined).join(', ')}`,
      value,
    );
  }
}
