import type { Epoch } from './epoch.js';
import type { Stretch } from './reconnector.js';
import type { ReplayRing } from './replay-ring.js';

/** The server calls of a session, and the stretches of its audio that wait for one. */
export class SessionCalls {
  /** The epoch that carries the audio to come. */
  current: Epoch | undefined;
  readonly #epochs = new Set<Epoch>();
  readonly #waiting = new Map<Stretch, NodeJS.Timeout>();

  /** Whether a call lives. */
  get areOpen(): boolean {
    return this.#epochs.size > 0;
  }

  /** Whether a stretch waits for a call. */
  get areToCome(): boolean {
    return this.#waiting.size > 0;
  }

  /** Whether no call lives, and none is to come. */
  get areOver(): boolean {
    return !this.areOpen && !this.areToCome;
  }

  /** Sample rate of whoever carries the audio to come, or will once its call is made. */
  get sampleRate(): number | undefined {
    const carrier = this.current ?? [...this.#waiting.keys()].find(({ end }) => end === Number.POSITIVE_INFINITY);
    return carrier?.sampleRate;
  }

  /** Number of the first ring entry that a call has yet to send. */
  get next(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { isHalfClosed, next } of this.#epochs) if (!isHalfClosed) first = Math.min(first, next);
    for (const { from } of this.#waiting.keys()) first = Math.min(first, from);
    return first;
  }

  /** Audio that the transport has yet to take of what the ring keeps, in milliseconds. */
  queuedMs(ring: ReplayRing): number {
    const startMs = (index: number) => ring.at(index)?.startMs ?? (index < ring.end ? ring.startMs : ring.endMs);
    let ms = 0;
    for (const epoch of this.#epochs) if (!epoch.isTaken) ms += Math.max(0, startMs(epoch.end) - epoch.takenMs);
    for (const { from, skipMs, end } of this.#waiting.keys()) ms += Math.max(0, startMs(end) - startMs(from) - skipMs);
    return ms;
  }

  add(epoch: Epoch): void {
    this.#epochs.add(epoch);
  }

  /** The call of an epoch is over. */
  remove(epoch: Epoch): void {
    this.#epochs.delete(epoch);
    if (this.current === epoch) this.current = undefined;
  }

  /** Calls `reopen` with the stretch after a delay; it waits no longer by then. */
  wait(stretch: Stretch, delayMs: number, reopen: (stretch: Stretch) => void): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(stretch);
      reopen(stretch);
    }, delayMs);
    this.#waiting.set(stretch, timer);
  }

  /** Whoever carries the audio to come carries none from this ring entry on. */
  endBefore(index: number): void {
    this.current?.endBefore(index);
    this.current = undefined;
    for (const stretch of this.#waiting.keys()) stretch.end = Math.min(stretch.end, index);
  }

  /** Ends all calls at once, and makes no further one. */
  cancel(): void {
    this.current = undefined;
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    for (const epoch of this.#epochs) epoch.cancel();
    this.#epochs.clear();
  }
}
