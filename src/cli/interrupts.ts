import { ExitCode } from './exit-code.js';

/** Handling of Ctrl-C, until it is disposed of. */
export interface Interrupts {
  /** Fires on the first Ctrl-C (or SIGTERM). */
  readonly stop: AbortSignal;
  dispose(): void;
}

/** Signals this close together are one key press: a terminal signals the whole group, and npm and the like pass it on once more. */
const ONE_PRESS_MS = 50;

/**
 * Makes the first Ctrl-C ask for an orderly end, and the second leave at once. SIGTERM counts as a Ctrl-C.
 *
 * @param onStop Called on the first, to say what happens now.
 */
export function handleInterrupts(onStop: () => void): Interrupts {
  const controller = new AbortController();
  let pressedAt = Number.NEGATIVE_INFINITY;
  const onSignal = () => {
    const now = performance.now();
    if (now - pressedAt < ONE_PRESS_MS) return;
    pressedAt = now;
    if (controller.signal.aborted) {
      // The terminal has echoed ^C; the shell's prompt begins below it.
      if (process.stderr.isTTY) process.stderr.write('\n');
      process.exit(ExitCode.interrupted);
    }
    onStop();
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    stop: controller.signal,
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
