import { bulkhead } from 'cockatiel';
import { startMs } from '../audio/index.js';
import { StreamingError } from '../errors/index.js';
import type { SpeechSpurt } from '../vad/evidence/index.js';
import type { ReplayRing } from './replay-ring.js';
import type { SessionReporter } from './session-reporter.js';
import type { SessionResults } from './session-results.js';
import type { SessionSettings } from './session-settings.js';
import { mustBeAnswered } from './unanswered-speech.js';

/** Audio before the last look that is looked at again: speech that went on there, or had not ended. */
const CONTEXT_MS = 10_000;
/** With less sound than this since the last look there is nothing to judge. */
const LEAST_SOUND_MS = 1000;

/**
 * Sessions of one process look one after the other: slices of a few milliseconds each would add up in every turn of the event loop, and
 * each look holds a copy of up to a minute of audio.
 */
const oneLook = bulkhead(1, Number.POSITIVE_INFINITY);

/** Finds speech that is beyond doubt; must not keep the thread for long. */
export type SpeechJudge = (pcm: Int16Array, sampleRate: number, signal: AbortSignal) => Promise<readonly SpeechSpurt[]>;

/** The call that carries the audio to come; times on the session's clock. */
export interface WatchedCall {
  readonly isOpen: boolean;
  readonly isHalfClosed: boolean;
  readonly sampleRate: number;
  readonly takenMs: number;
  audioMs(seconds: number): number;
  /** Ends it at once, as one that hangs. */
  fail(error: StreamingError): void;
}

/** What a {@link ResponseWatchdog} watches, and whom it tells. */
export interface WatchedSession {
  readonly calls: { readonly current: WatchedCall | undefined };
  readonly ring: ReplayRing;
  readonly results: Pick<SessionResults, 'count' | 'heardMs'>;
  readonly reporter: Pick<SessionReporter, 'unanswered'>;
}

type WatchdogSettings = Pick<SessionSettings, 'responseTimeoutMs' | 'level' | 'endpoint' | 'reconnect'>;

/**
 * Notices a server that takes audio but answers nothing, though somebody speaks.
 *
 * While results come it only sees that they do, twice in `responseTimeoutMs`. When none came for half of `responseTimeoutMs` it has the audio judged that came since, where it isn't
 * silent. If that certainly holds speech which has to be answered, the call fails once the server has had `responseTimeoutMs` for it: counted
 * from when the transport took the speech, or from when a server that works in real time would have got there. Since the judge may be wrong, this
 * happens once; until there is a new result, the next time is only reported.
 */
export class ResponseWatchdog {
  readonly #settings: WatchdogSettings;
  readonly #session: WatchedSession;
  readonly #judge: SpeechJudge;
  readonly #timeoutMs: number;
  #ticks: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #looking: AbortController | undefined;
  /** The call that is watched. */
  #call: WatchedCall | undefined;
  /** Results at the last tick. */
  #count = 0;
  /** When the last result was seen, or the call began to be watched, and up to where everything was answered then. */
  #since = { atMs: 0, audioMs: 0 };
  /** What the transport had taken at the last tick. */
  #before = { atMs: 0, takenMs: 0 };
  /** Audio time up to which there is nothing unanswered. */
  #lookedMs = 0;
  #suspicion: 'none' | 'reconnected' | 'deaf' = 'none';

  /** Begins to watch; `judge` is loaded when it is first needed, unless it is given. */
  constructor(settings: WatchdogSettings, session: WatchedSession, judge: SpeechJudge = findSpeechLazily) {
    this.#settings = settings;
    this.#session = session;
    this.#judge = judge;
    this.#timeoutMs = settings.responseTimeoutMs;
    if (this.#timeoutMs === Number.POSITIVE_INFINITY) return;
    this.#ticks = setInterval(() => this.#tick(), this.#timeoutMs / 2).unref();
  }

  /** Ends watching. */
  stop(): void {
    clearInterval(this.#ticks);
    this.#forget();
    this.#call = undefined;
  }

  #forget(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#looking?.abort();
    this.#looking = undefined;
  }

  #watch(call: WatchedCall): void {
    this.#forget();
    this.#call = call;
    this.#count = this.#session.results.count;
    this.#since = { atMs: performance.now(), audioMs: Math.max(this.#session.results.heardMs, call.audioMs(0)) };
    this.#lookedMs = this.#since.audioMs;
  }

  #tick(): void {
    const call = this.#session.calls.current;
    if (!call?.isOpen || call.isHalfClosed) {
      this.#forget();
      this.#call = undefined;
      return;
    }
    const isAnswered = this.#isAnswered();
    if (isAnswered) this.#suspicion = 'none';
    if (isAnswered || call !== this.#call) this.#watch(call);
    const before = this.#before;
    this.#before = { atMs: performance.now(), takenMs: call.takenMs };
    if (this.#suspicion === 'deaf' || this.#deadline || this.#looking) return;
    // A little early: timers are.
    if (performance.now() - this.#since.atMs < this.#timeoutMs * 0.45) return;
    const looking = new AbortController();
    this.#looking = looking;
    void oneLook.execute(() => this.#look(call, before, looking));
  }

  async #look(call: WatchedCall, before: { atMs: number; takenMs: number }, looking: AbortController): Promise<void> {
    if (looking.signal.aborted) return;
    const nowMs = performance.now();
    const audio = this.#audioSince(Math.max(this.#since.audioMs, this.#lookedMs - CONTEXT_MS), call);
    // A judge that can't be loaded knows of no speech.
    const spurts = audio && (await this.#judge(audio.pcm, call.sampleRate, looking.signal).catch(() => []));
    if (looking.signal.aborted) return;
    this.#looking = undefined;
    if (!audio || !spurts || this.#isAnswered()) return;
    const { startMs, endMs } = audio;
    this.#lookedMs = endMs;
    const dueMs = mustBeAnswered(spurts, this.#settings.level);
    if (dueMs === undefined) return;
    const speechMs = startMs + dueMs;
    const takenAtMs = speechMs <= before.takenMs ? before.atMs : nowMs;
    const heardAtMs = Math.max(takenAtMs, this.#since.atMs + speechMs - this.#since.audioMs);
    const delayMs = heardAtMs + this.#timeoutMs - performance.now();
    this.#deadline = setTimeout(() => this.#expired(call, speechMs), Math.max(0, delayMs)).unref();
  }

  #expired(call: WatchedCall, speechMs: number): void {
    this.#forget();
    const { calls, ring, reporter } = this.#session;
    // The audio has ended since, or another call carries it.
    if (this.#isAnswered() || calls.current !== call) return;
    const { endpoint, reconnect } = this.#settings;
    const took = `${endpoint} took speech, but said nothing about it for ${this.#timeoutMs} ms`;
    if (reconnect && this.#suspicion === 'none') {
      this.#suspicion = 'reconnected';
      call.fail(new StreamingError('UNANSWERED', took, { retryable: true }));
    } else {
      this.#suspicion = 'deaf';
      const why = reconnect ? 'a new call changed nothing' : 'reconnect is off, so that nothing was done';
      const chunk = ring.at(ring.indexAt(speechMs))?.chunk;
      reporter.unanswered(`${took}; ${why}. It is looked at again after the next result.`, chunk && startMs(chunk));
    }
  }

  #isAnswered(): boolean {
    return this.#session.results.count !== this.#count;
  }

  /** The audio that the transport has taken from an audio time on, if there is sound in it that was not looked at. */
  #audioSince(fromMs: number, { takenMs }: WatchedCall): UnansweredSound | undefined {
    const { ring } = this.#session;
    const parts: Buffer[] = [];
    let startMs = takenMs;
    let endMs = takenMs;
    let soundMs = 0;
    // Whole entries: the one in which the last answer ends is left out.
    for (let index = ring.indexAt(fromMs); index < ring.end; index += 1) {
      const entry = ring.at(index)!;
      if (entry.startMs < fromMs) continue;
      if (entry.endMs > takenMs) break;
      if (parts.length === 0) startMs = entry.startMs;
      endMs = entry.endMs;
      parts.push(entry.chunk.data);
      if (!entry.isQuiet && entry.endMs > this.#lookedMs) soundMs += entry.endMs - entry.startMs;
    }
    if (soundMs < LEAST_SOUND_MS) return undefined;
    const bytes = Buffer.concat(parts);
    return { pcm: new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), startMs, endMs };
  }
}

/** Audio without a result, times on the session's clock. */
interface UnansweredSound {
  readonly pcm: Int16Array;
  readonly startMs: number;
  readonly endMs: number;
}

/** Few sessions ever need it, and it brings a resampler and two detectors in WebAssembly. */
async function findSpeechLazily(pcm: Int16Array, sampleRate: number, signal: AbortSignal): Promise<readonly SpeechSpurt[]> {
  const { findSpeech } = await import('../vad/evidence/index.js');
  return findSpeech(pcm, sampleRate, signal);
}
