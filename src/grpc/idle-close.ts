import type { AudioChunk, SourceId } from '../audio/index.js';

/** Notices when no audio comes, or has been left out, for so long that a call need not be kept open for it. */
export class IdleClose {
  readonly #idleMs: number | undefined;
  readonly #idle: () => void;
  #timer: NodeJS.Timeout | undefined;
  #source: SourceId | undefined;
  /** Source time where the last chunk ended, in milliseconds. */
  #endMs = 0;

  /** @param idleMs In milliseconds; undefined notices nothing. */
  constructor(idleMs: number | undefined, idle: () => void) {
    this.#idleMs = idleMs;
    this.#idle = idle;
  }

  /** Takes note of a chunk; tells whether so much audio is missing before it. */
  follow({ timing, length, format }: AudioChunk): boolean {
    if (this.#idleMs === undefined) return false;
    const startMs = (timing.position * 1000) / format.sampleRate;
    const isLate = timing.source === this.#source && startMs - this.#endMs >= this.#idleMs;
    this.#source = timing.source;
    this.#endMs = startMs + (length * 1000) / format.sampleRate;
    return isLate;
  }

  /** Waits anew for audio; a source that is held has no say in when it comes. */
  wait(isHeld: boolean): void {
    if (this.#idleMs === undefined) return;
    if (isHeld) this.stop();
    else if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(this.#idle, this.#idleMs);
  }

  /** Waits no longer. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
