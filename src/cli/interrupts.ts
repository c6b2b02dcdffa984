import { ExitCode } from './exit-code.js';

/** Handling of Ctrl-C, until it is disposed of. */
export interface Interrupts {
  /** Fires on the first Ctrl-C (or SIGTERM, or SIGHUP). */
  readonly stop: AbortSignal;
  dispose(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Signals this close together are one key press: a terminal signals the whole group, and npm and the like pass it on once more. */
const ONE_PRESS_MS = 50;

/**
 * Makes the first Ctrl-C ask for an orderly end, and the second leave at once. SIGTERM counts as a Ctrl-C, and so does SIGHUP, which a
 * terminal sends when it is closed.
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
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    stop: controller.signal,
    dispose: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
