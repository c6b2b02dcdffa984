import type { ChildProcess } from 'node:child_process';

/** Time a child has between SIGTERM and SIGKILL by default. */
const KILL_GRACE_MS = 2000;

const alive = new Set<ChildProcess>();

/** Nothing can wait any more when the process exits, so there is no grace then. */
function killAll(): void {
  for (const child of alive) child.kill('SIGKILL');
}

/**
 * Watches over a child process so that it never outlives its use: it can be terminated for certain, and it is killed when this
 * process exits.
 *
 * If this process is itself killed outright, the child's pipes break, which ends ffmpeg.
 */
export class ChildLifetime {
  readonly #child: ChildProcess;
  readonly #graceMs: number;
  #exited = false;
  #terminating = false;
  #timer: NodeJS.Timeout | undefined;

  /** Settles, never with an error, when the process is gone or was never there. */
  readonly exited: Promise<void>;

  constructor(child: ChildProcess, graceMs: number = KILL_GRACE_MS) {
    this.#child = child;
    this.#graceMs = graceMs;
    if (alive.size === 0) process.on('exit', killAll);
    alive.add(child);
    this.exited = new Promise((resolve) => {
      const gone = () => {
        this.#gone();
        resolve();
      };
      child.once('exit', gone);
      child.on('error', () => {
        // Also emitted when a signal can't be sent; without a pid the process was never there.
        if (child.pid === undefined) gone();
      });
    });
  }

  /** Asks the process to end (SIGTERM), and ends it (SIGKILL) when it has not within the grace; calling it again does nothing. */
  terminate(): void {
    if (this.#terminating || this.#exited) return;
    this.#terminating = true;
    // A child that can't read or write any more has no reason to stay.
    this.#child.stdin?.destroy();
    this.#child.stdout?.destroy();
    this.#child.kill('SIGTERM');
    this.#timer = setTimeout(() => this.#child.kill('SIGKILL'), this.#graceMs);
    // The child itself keeps the event loop going until it is gone, so the timer needn't.
    this.#timer.unref();
  }

  #gone(): void {
    this.#exited = true;
    clearTimeout(this.#timer);
    alive.delete(this.#child);
    if (alive.size === 0) process.off('exit', killAll);
  }
}
