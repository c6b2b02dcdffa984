/** How often legs output what is due: a quarter of an ordinary packet. */
const TICK_MS = 5;

/** The most time that passes in one turn of the event loop: half of what 32 packets of 20 ms hold. */
const MAX_STEP_MS = 320;

/** Whatever lives on the process's one timer. */
export interface Ticked {
  /** @param nowMs Milliseconds since the Unix epoch, on a clock that never goes back. */
  advance(nowMs: number): void;
}

const ticked = new Set<Ticked>();
let timer: NodeJS.Timeout | undefined;
let pending: NodeJS.Immediate | undefined;
let dueMs = 0;
let advancedToMs = 0;

/** Milliseconds since the Unix epoch on a clock that never goes back, whatever happens to the system's. */
export function steadyNowMs(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Calls `advance()` about every 5 ms. All legs share one timer: a thousand timers of their own would cost more than their packets.
 *
 * Time moves on only after what had come by then was read: each turn of the event loop reads up to 32 datagrams a socket, and after a
 * pause of the process time catches up in steps that are shorter than that. Packets that waited for the process are never taken for late.
 */
export function startTicking(item: Ticked): void {
  if (ticked.size === 0) advancedToMs = steadyNowMs();
  ticked.add(item);
  timer ??= setInterval(() => {
    dueMs = steadyNowMs();
    pending ??= setImmediate(catchUp);
  }, TICK_MS);
}

/** Stops calling; the last one to stop ends the timer. */
export function stopTicking(item: Ticked): void {
  ticked.delete(item);
  if (ticked.size > 0) return;
  clearInterval(timer);
  clearImmediate(pending);
  timer = undefined;
  pending = undefined;
}

function catchUp(): void {
  advancedToMs = Math.min(dueMs, advancedToMs + MAX_STEP_MS);
  // What is due after this turn's datagrams waits for the next turn.
  pending = advancedToMs < dueMs ? setImmediate(catchUp) : undefined;
  for (const item of ticked) item.advance(advancedToMs);
}
