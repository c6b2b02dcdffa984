/** How often legs output what is due: half the length of an ordinary packet. */
const TICK_MS = 10;

/** Whatever lives on the process's one timer. */
export interface Ticked {
  /** @param nowMs Milliseconds since the Unix epoch, on a clock that never goes back. */
  advance(nowMs: number): void;
}

const ticked = new Set<Ticked>();
let timer: NodeJS.Timeout | undefined;

/** Milliseconds since the Unix epoch on a clock that never goes back, whatever happens to the system's. */
export function steadyNowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Calls `advance()` every 10 ms. All legs share one timer: a thousand timers of their own would cost more than their packets. */
export function startTicking(item: Ticked): void {
  ticked.add(item);
  timer ??= setInterval(tick, TICK_MS);
}

/** Stops calling; the last one to stop ends the timer. */
export function stopTicking(item: Ticked): void {
  ticked.delete(item);
  if (ticked.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

function tick(): void {
  const nowMs = steadyNowMs();
  for (const item of ticked) item.advance(nowMs);
}
