import { type Observable, ReplaySubject } from 'rxjs';
import { expectNumber, OptionError, type OptionNames } from '../../errors/index.js';
import { type DiagnosticCode, type EventObserver, emitEvent, type SocketEvent, type StreamEvent } from '../../events/index.js';
import { LIVE_LIMIT_NAMES, type LiveLimits, type ResolvedLiveLimits, resolveLiveLimits } from '../../flow/index.js';
import { resolveStallLimits } from '../stall-limits.js';
import { LegTimeline } from './leg-timeline.js';
import { ReceivedLeg } from './received-leg.js';
import type { SequenceWindow } from './sequence-window.js';
import { type SocketCounters, socketCounters } from './socket-counters.js';
import { StallWatch } from './stall-watch.js';

/** What all sources over sockets can be told. */
export interface SocketOptions extends LiveLimits {
  /** A name for events and messages; legs are `label:track`. Default: the name of the source. */
  label?: string | undefined;
  /** The most silence that is filled in where nothing was sent, in milliseconds; later audio keeps its place. Default: 10,000. */
  maxSilenceMs?: number | undefined;
  /** Messages larger than this, in bytes, are not looked at; from 1024. Default: 262,144. */
  maxMessageBytes?: number | undefined;
  /** How long nothing may come before a `stalled` event, in milliseconds; a stall ends nothing. */
  stall?:
    | {
        /** Before the first message. Default: 30,000. */
        firstMs?: number | undefined;
        /** Later. Default: 15,000. */
        laterMs?: number | undefined;
      }
    | undefined;
  /** Receives the same events as `events` of the result, and diagnostics. Default: diagnostics become process warnings. */
  events?: EventObserver | undefined;
}

/** What can be wrong with a message; each has a counter. */
export type Refusal = 'malformed' | 'undecodable' | 'oversize' | 'unknown';

/** Why it is over; see {@link SocketEvent}. */
export type EndReason = NonNullable<SocketEvent['reason']>;

/** The names of {@link SocketOptions}. */
export const SOCKET_NAMES: OptionNames<SocketOptions> = {
  ...LIVE_LIMIT_NAMES,
  label: true,
  maxSilenceMs: true,
  maxMessageBytes: true,
  stall: true,
  events: true,
};

/** What a session asks of the source that owns it. */
export interface SessionOwner {
  /** Takes the listeners off the socket. */
  detach: (reason: EndReason) => void;
  /** Emits what is held back. */
  flush: () => void;
}

/** How many events wait for who subscribes late. */
const REPLAYED_EVENTS = 256;

/** What all sources over sockets have in common: legs, events, counters, the watch for stalls, and one end. */
export class SocketSession {
  readonly counters: SocketCounters = socketCounters();
  readonly label: string;
  readonly maxMessageBytes: number;
  /** Everything that is reported, from the beginning, up to a bound; completes at the end. */
  readonly events$: Observable<StreamEvent>;
  readonly #name: string;
  readonly #limits: ResolvedLiveLimits;
  readonly #maxSilenceMs: number;
  readonly #observer: EventObserver | undefined;
  readonly #owner: SessionOwner;
  readonly #subject = new ReplaySubject<StreamEvent>(REPLAYED_EVENTS);
  readonly #legs: ReceivedLeg[] = [];
  readonly #refused = new Set<string>();
  readonly #watch: StallWatch;
  #subscribed = 0;
  #isOver = false;

  /**
   * @param name The function that makes the source.
   * @throws OptionError for options out of range.
   */
  constructor(name: string, label: string, options: SocketOptions, owner: SessionOwner) {
    const { maxSilenceMs = 10_000, maxMessageBytes = 262_144 } = options;
    const option = (key: string) => `${name}({ ${key} })`;
    this.#limits = resolveLiveLimits(options, option);
    if (options.label !== undefined && typeof options.label !== 'string') {
      throw new OptionError(option('label'), 'must be a string', options.label);
    }
    expectNumber(option('maxSilenceMs'), maxSilenceMs, { min: 0, max: 3_600_000, unit: 'milliseconds' });
    expectNumber(option('maxMessageBytes'), maxMessageBytes, { min: 1024, max: 2 ** 30, whole: true, unit: 'bytes' });
    const stall = resolveStallLimits(options.stall, option);
    this.#name = name;
    this.label = options.label ?? label;
    this.maxMessageBytes = maxMessageBytes;
    this.#maxSilenceMs = maxSilenceMs;
    this.#observer = options.events;
    this.#owner = owner;
    this.events$ = this.#subject.asObservable();
    this.#watch = new StallWatch(stall, (state, quietMs) => this.report({ type: 'socket', state, quietMs }));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** A leg of its own buffer. */
  leg(label: string): ReceivedLeg {
    const leg = new ReceivedLeg({
      name: this.#name,
      label,
      limits: this.#limits,
      events: { next: (event) => this.report(event) },
      subscribed: () => {
        this.#subscribed += 1;
      },
      left: () => {
        this.#subscribed -= 1;
        // Whoever still wants audio has subscribed by now; a socket that nobody hears is left.
        if (this.#subscribed === 0) this.end('left');
      },
    });
    this.#legs.push(leg);
    return leg;
  }

  /** The timeline of a leg; tells gaps under the leg's name. */
  timeline(leg: ReceivedLeg, label: string, format: { sampleRate: number; channels: number }): LegTimeline {
    return new LegTimeline(leg, label, format, this.#maxSilenceMs, {
      gap: (gap) => this.report({ type: 'source-gap', ...gap, stream: label }),
      counted: (kind, ms) => {
        this.counters[`${kind}Ms`] += ms;
      },
    });
  }

  /** A message came, of any kind. */
  touch(nowMs: number): void {
    this.counters.messages += 1;
    this.#watch.touch(nowMs);
  }

  /** Tells an event. */
  report(event: StreamEvent): void {
    const named = { stream: this.label, ...event };
    emitEvent(this.#observer, named);
    this.#subject.next(named);
  }

  /** Counts where in its sequence a message stands; false when it came before. */
  isFirst(sequence: SequenceWindow, order: number): boolean {
    const standing = sequence.add(order);
    if (standing !== 'new') this.counters[standing] += 1;
    return standing !== 'duplicate';
  }

  /** Counts a message that is of no use, and says so once for each kind. */
  refuse(refusal: Refusal, what: string): void {
    this.counters[refusal] += 1;
    if (this.#refused.has(refusal)) return;
    this.#refused.add(refusal);
    this.diagnose('UNEXPECTED_MESSAGE', `${what}; it was left out, as all that follow of this kind will be, and counted`);
  }

  diagnose(code: DiagnosticCode, message: string): void {
    this.report({ type: 'diagnostic', code, message: `${this.label}: ${message}` });
  }

  /** No leg can go on: what came is emitted, then every leg fails. The socket is left as it is. */
  fail(error: unknown): void {
    this.#finish('failed', undefined, (leg) => leg.fail(error));
  }

  /** It is over: what came is emitted, then every leg completes. The socket is left as it is. */
  end(reason: EndReason, code?: number): void {
    this.#finish(reason, code, (leg) => leg.end());
  }

  #finish(reason: EndReason, code: number | undefined, finishLeg: (leg: ReceivedLeg) => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watch.stop();
    this.#owner.detach(reason);
    this.#owner.flush();
    this.report({ type: 'socket', state: 'ended', reason, ...(code !== undefined && { code }) });
    this.report({ type: 'socket-statistics', ...this.counters });
    for (const leg of this.#legs) finishLeg(leg);
    this.#subject.complete();
  }
}
