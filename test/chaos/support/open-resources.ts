import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What keeps a process alive, or adds up in it; the runner's own pipes and files are left out. */
export interface OpenResources {
  /** Sockets, servers, timers and child processes by name. */
  readonly handles: readonly string[];
  /** Listeners on the process. */
  readonly listeners: number;
}

/** What is open now. */
export function openResources(): OpenResources {
  const handles = process.getActiveResourcesInfo().filter((name) => /TCP|TLS|HTTP2|Timeout|Immediate|Process|Worker/.test(name));
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { handles: handles.sort(), listeners };
}

/** In words what was opened since and is open still; waits for what only takes a moment to close. */
export async function leakedSince(before: OpenResources, withinMs = 5000): Promise<string[]> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const now = openResources();
    const left = [...now.handles];
    for (const handle of before.handles) {
      const at = left.indexOf(handle);
      if (at >= 0) left.splice(at, 1);
    }
    const listeners = now.listeners - before.listeners;
    if (left.length === 0 && listeners <= 0) return [];
    if (performance.now() > untilMs) {
      return [...left.map((name) => `${name} left open`), ...(listeners > 0 ? [`${listeners} listeners on the process`] : [])];
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Bytes in use on the heap and in buffers, after a full garbage collection. */
export function memoryInUse(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Growth per step of the straight line nearest to the values (least squares). */
export function slope(values: readonly number[]): number {
  const mean = (values.length - 1) / 2;
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [covariance, variance] = [0, 0];
  for (const [i, value] of values.entries()) {
    covariance += (i - mean) * (value - average);
    variance += (i - mean) ** 2;
  }
  return variance === 0 ? 0 : covariance / variance;
}
