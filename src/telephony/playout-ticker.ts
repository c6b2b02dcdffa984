/** How often legs output what is due: a quarter of an ordinary packet. */
const TICK_MS = 5;

/** The most time that passes in one turn of the event loop: half of what 32 packets of 20 ms hold. */
const MAX_STEP_MS = 320;

/** Whatever lives on the process's one timer. */
export interface Ticked {
  /**
   * Does what is due.
   *
   * @param nowMs Milliseconds since the Unix epoch, on a clock that never goes back.
   * @returns When it has to be called again, on the same clock, unless {@link Ticking.expect} names an earlier time.
   */
  advance(nowMs: number): number;
}

/** The place of one {@link Ticked} on the timer. */
export interface Ticking {
  /** Something is due at this time, maybe earlier than what was due before. */
  expect(atMs: number): void;
  /** Ends the calls; the last one to stop ends the timer. */
  stop(): void;
}

// By place, side by side: most of a thousand legs have nothing to do at a tick, and none need be looked into to know that.
const ticked: (Ticked | undefined)[] = [];
let due = new Float64Array(64);
let count = 0;
let timer: NodeJS.Timeout | undefined;
let pending: NodeJS.Immediate | undefined;
let untilMs = 0;
let advancedToMs = 0;

const { timeOrigin } = performance;

/** Milliseconds since the Unix epoch on a clock that never goes back, whatever happens to the system's. */
export function steadyNowMs(): number {
  return timeOrigin + performance.now();
}

/**
 * Calls `advance()` at the first tick after something is due; ticks are about 5 ms apart. All legs share one timer: a thousand timers of
 * their own would cost more than their packets.
 *
 * Time moves on only after what had come by then was read: each turn of the event loop reads up to 32 datagrams a socket, and after a
 * pause of the process time catches up in steps that are shorter than that. Packets that waited for the process are never taken for late.
 */
export function startTicking(item: Ticked): Ticking {
  if (count === 0) advancedToMs = steadyNowMs();
  count += 1;
  const free = ticked.indexOf(undefined);
  const place = free < 0 ? ticked.length : free;
  ticked[place] = item;
  if (place >= due.length) {
    const more = new Float64Array(due.length * 2);
    more.set(due);
    due = more;
  }
  due[place] = Number.NEGATIVE_INFINITY;
  timer ??= setInterval(() => {
    untilMs = steadyNowMs();
    pending ??= setImmediate(catchUp);
  }, TICK_MS);
  return {
    expect: (atMs) => {
      if (ticked[place] === item && atMs < due[place]!) due[place] = atMs;
    },
    stop: () => {
      if (ticked[place] === item) leave(place);
    },
  };
}

function leave(place: number): void {
  ticked[place] = undefined;
  due[place] = Number.POSITIVE_INFINITY;
  count -= 1;
  if (count > 0) return;
  ticked.length = 0;
  clearInterval(timer);
  clearImmediate(pending);
  timer = undefined;
  pending = undefined;
}

function catchUp(): void {
  advancedToMs = Math.min(untilMs, advancedToMs + MAX_STEP_MS);
  // What is due after this turn's datagrams waits for the next turn.
  pending = advancedToMs < untilMs ? setImmediate(catchUp) : undefined;
  for (let place = 0; place < ticked.length; place += 1) {
    if (due[place]! > advancedToMs) continue;
    const item = ticked[place]!;
    const nextMs = item.advance(advancedToMs);
    if (ticked[place] === item) due[place] = nextMs;
  }
}
