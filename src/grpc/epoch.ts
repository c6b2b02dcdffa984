import { durationMs, sliceChunk, startMs as sourceMs, type Timeline } from '../audio/index.js';
import { StreamingError } from '../errors/index.js';
import { type Budget, isAffordable } from './budget.js';
import { DrainDeadline } from './drain-deadline.js';
import type { BudgetCut, EpochObserver } from './epoch-observer.js';
import type { Stretch } from './reconnector.js';
import type { ReplayRing, RingEntry } from './replay-ring.js';
import { ServerCall } from './server-call.js';
import type { SessionSettings } from './session-settings.js';
import { WriteTimes } from './write-times.js';

/** Audio between a write and its write-callback above which no more is written. */
export const IN_FLIGHT_LIMIT_MS = 500;

/** What an epoch works on. */
export interface EpochOptions {
  readonly settings: SessionSettings;
  readonly number: number;
  readonly sampleRate: number;
  readonly ring: ReplayRing;
  readonly timeline: Timeline;
  readonly budget: Budget | undefined;
  readonly observer: EpochObserver;
}

/** One server call, and the stretch of the session's audio that it carries once it begins. */
export class Epoch {
  readonly number: number;
  readonly sampleRate: number;
  /** Results that end after this audio time are left to the epoch that has taken its place. */
  retiredAtMs = Number.POSITIVE_INFINITY;
  readonly #settings: SessionSettings;
  readonly #ring: ReplayRing;
  readonly #timeline: Timeline;
  readonly #observer: EpochObserver;
  readonly #budget: Budget | undefined;
  readonly #call: ServerCall;
  readonly #drain: DrainDeadline;
  readonly #writes = new WriteTimes();
  #originMs = 0;
  #ownedFromMs = 0;
  #replayMs = 0;
  #next = Number.POSITIVE_INFINITY;
  #end = Number.POSITIVE_INFINITY;
  #takenMs = 0;
  /** Messages that the transport has not taken yet. */
  #inFlight = 0;
  #inFlightMs = 0;
  #opened = false;
  /** What was written before the call is connected: it may never leave. */
  #unconnected: [entry: RingEntry, chunk: RingEntry['chunk'], ms: number][] = [];
  #halfClosed = false;
  #over = false;
  #connectTimer: NodeJS.Timeout | undefined;
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(options: EpochOptions) {
    const { settings, number, sampleRate, ring, timeline, budget, observer } = options;
    this.number = number;
    this.sampleRate = sampleRate;
    this.#settings = settings;
    this.#ring = ring;
    this.#timeline = timeline;
    this.#observer = observer;
    this.#budget = budget;
    this.#drain = new DrainDeadline(settings, (error) => {
      if (this.#over || observer.isLast()) return;
      this.cancel();
      observer.hang(error);
    });
    this.#call = new ServerCall(settings, sampleRate, {
      open: () => {
        clearTimeout(this.#connectTimer);
        this.#opened = true;
        for (const written of this.#unconnected.splice(0)) this.#count(...written);
        this.#watchWrites();
        observer.open();
      },
      leaving: observer.leaving,
      result: (message, engine) => {
        this.#awaitEnd();
        observer.result(message, engine);
      },
      end: (status) => {
        this.#stop();
        observer.end(status);
      },
    });
    this.#connectTimer = setTimeout(() => this.#hang('CONNECT_TIMEOUT'), settings.connectTimeoutMs);
  }

  get engine(): 'local' | 'remote' | undefined {
    return this.#call.engine;
  }

  /** Whether the server took the configuration. */
  get isOpen(): boolean {
    return this.#opened;
  }

  /** Whether all its audio was written. */
  get isHalfClosed(): boolean {
    return this.#halfClosed;
  }

  /** Whether the transport has taken all its audio: a server that ends the call before can't have heard it. */
  get isTaken(): boolean {
    return this.#halfClosed && this.#inFlight === 0;
  }

  /** Number of the first entry it has not written. */
  get next(): number {
    return this.#next;
  }

  /** Number of the entry it ends before; Infinity while it carries the audio to come. */
  get end(): number {
    return this.#end;
  }

  /** Audio time up to which the transport has taken its audio. */
  get takenMs(): number {
    return this.#takenMs;
  }

  /** Audio it has written, in milliseconds. */
  get sentMs(): number {
    return this.#takenMs + this.#inFlightMs - this.#originMs;
  }

  /** New audio it has written, in milliseconds. */
  get newMs(): number {
    return this.sentMs - this.replayMs;
  }

  /** Replayed audio it begins with, in milliseconds. */
  get replayMs(): number {
    return this.#replayMs;
  }

  /** Time since the audio before a moment on the server's clock was written, in milliseconds, where that is known. */
  sinceWritten(seconds: number): number | undefined {
    const writtenAt = this.#writes.writtenAt(seconds * 1000);
    return writtenAt === undefined ? undefined : performance.now() - writtenAt;
  }

  /** The audio time of a moment on the server's clock. */
  audioMs(seconds: number): number {
    return this.#originMs + seconds * 1000;
  }

  /** Audio time before which everything is for others to answer, in milliseconds. */
  get ownedFromMs(): number {
    return this.#ownedFromMs;
  }

  /** Takes a stretch of the session's audio; writes nothing yet. */
  begin({ from, skipMs, end, ownedFromMs }: Stretch): void {
    this.#next = from;
    this.#replayMs = Math.max(0, this.#ring.sentMs(from, end) - skipMs);
    this.#originMs = (this.#ring.at(from)?.startMs ?? this.#ring.endMs) + skipMs;
    this.#takenMs = this.#originMs;
    this.#ownedFromMs = ownedFromMs ?? this.#originMs;
  }

  /** Carries no audio from this entry on; half-closes when it has written what is before. */
  endBefore(index: number): void {
    this.#end = Math.min(this.#end, Math.max(index, this.#next));
    this.pump();
  }

  /** Writes what there is, as far as the transport keeps up. */
  pump(): void {
    if (this.#over || this.#halfClosed) return;
    let cut: BudgetCut | undefined;
    while (!cut && this.#next < this.#end && this.#inFlightMs <= IN_FLIGHT_LIMIT_MS) {
      const entry = this.#ring.at(this.#next);
      if (!entry) break;
      const isNew = this.#ring.markSent(this.#next);
      this.#next += 1;
      const startMs = Math.max(entry.startMs, this.#originMs);
      const skipped = Math.round(((startMs - entry.startMs) * this.sampleRate) / 1000);
      // Nothing is left of audio that was dropped while it waited.
      if (skipped >= entry.chunk.length) continue;
      const wanted = entry.chunk.length - skipped;
      const length = this.#budget?.take(wanted, this.sampleRate) ?? wanted;
      const chunk = length < entry.chunk.length ? sliceChunk(entry.chunk, skipped, skipped + length) : entry.chunk;
      const endMs = length < wanted ? startMs + durationMs(chunk) : entry.endMs;
      if (length > 0) {
        this.#timeline.append(this.number, chunk, entry.wallAheadMs);
        this.#write(entry, chunk, startMs, endMs, isNew);
      }
      const isAll = length === wanted && this.#next >= this.#end;
      if (isAll || isAffordable(this.#budget, 0, this.sampleRate)) continue;
      cut = { atMs: sourceMs(chunk) + durationMs(chunk), heardMs: endMs, end: this.#end, isNew };
      this.#end = this.#next;
    }
    this.#watchWrites();
    if (this.#next >= this.#end) {
      this.#halfClosed = true;
      this.#call.halfClose();
      this.#awaitEnd();
      this.#observer.halfClosed();
    }
    if (cut) this.#observer.outOfBudget(cut);
  }

  /** Ends the call at once; nothing is reported any more. */
  cancel(): void {
    this.#stop();
    this.#call.cancel();
  }

  #write(entry: RingEntry, chunk: RingEntry['chunk'], startMs: number, endMs: number, isNew: boolean): void {
    this.#inFlight += 1;
    this.#inFlightMs += endMs - startMs;
    this.#writes.note(endMs - this.#originMs, performance.now());
    if (isNew) this.#observer.written(this.#inFlightMs);
    if (this.#opened) this.#count(entry, chunk, endMs - startMs);
    else this.#unconnected.push([entry, chunk, endMs - startMs]);
    this.#call.write(chunk.data, () => {
      this.#inFlight -= 1;
      // Sums of fractions don't come back to zero by themselves.
      this.#inFlightMs = this.#inFlight === 0 ? 0 : this.#inFlightMs - (endMs - startMs);
      this.#takenMs = endMs;
      this.#watchWrites();
      this.#awaitEnd();
      this.#observer.progress();
    });
  }

  /** Counts audio that leaves. */
  #count(entry: RingEntry, chunk: RingEntry['chunk'], ms: number): void {
    if (entry.hasLeft) this.#observer.replayed(ms);
    else this.#observer.sent(ms, chunk.data.length);
    entry.hasLeft = true;
  }

  /** Ends the call at once, as one that hangs. */
  fail(error: StreamingError): void {
    if (this.#over) return;
    this.cancel();
    this.#observer.hang(error);
  }

  /** The deadline for the next write-callback, while there is one to come. */
  #watchWrites(): void {
    if (this.#over || !this.#opened) return;
    if (this.#inFlight === 0) {
      clearTimeout(this.#stallTimer);
      this.#stallTimer = undefined;
    } else if (this.#stallTimer) {
      this.#stallTimer.refresh();
    } else {
      this.#stallTimer = setTimeout(() => this.#hang('STALLED'), this.#settings.stallTimeoutMs);
    }
  }

  /** After its audio a call has so long for each sign of life; else one that nobody waits for would stay open for ever. */
  #awaitEnd(): void {
    if (this.#halfClosed && !this.#over) this.#drain.restart();
  }

  #hang(code: 'CONNECT_TIMEOUT' | 'STALLED'): void {
    if (this.#over) return;
    const { endpoint, connectTimeoutMs, stallTimeoutMs } = this.#settings;
    const message =
      code === 'STALLED'
        ? `${endpoint} took no audio for ${stallTimeoutMs} ms`
        : `${endpoint} did not accept the stream within ${connectTimeoutMs} ms`;
    this.fail(new StreamingError(code, message, { retryable: true }));
  }

  #stop(): void {
    this.#over = true;
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#stallTimer);
    this.#drain.clear();
    for (const [, chunk] of this.#unconnected.splice(0)) this.#budget?.giveBack(chunk.length, this.sampleRate);
  }
}
