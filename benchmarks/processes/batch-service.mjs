// @ts-check
// The library's local service with its batch API, in a process of its own; it notes when its jobs begin and end.
import { startLocalService } from 'behavioral-signals-rx/service';
import { answerParent } from '../measuring/answer-parent.mjs';
import { nowMs } from '../measuring/clock.mjs';

/** When jobs began and ended, by their process IDs. @type {Map<string, { beganMs: number, endedMs: number }>} */
const jobs = new Map();

const note = (/** @type {any} */ { pid, tookMs }, /** @type {string} */ message) => {
  if (message !== 'job completed') return;
  const endedMs = nowMs();
  jobs.set(String(pid), { beganMs: endedMs - tookMs, endedMs });
};
const silent = () => {};

/** Takes recordings and never looks at them, so that receiving and keeping them is all there is. */
const idleEngine = {
  name: 'idle',
  open: () => ({ push: () => new Promise(silent), end: silent, cancel: silent }),
  close: silent,
};

answerParent({
  /** Listens on a free port. `isIdle`: jobs are begun and never done. */
  listen: async (/** @type {{ isIdle?: boolean, maxJobs: number }} */ { isIdle, maxJobs }) => {
    const { batchConnection, engine } = await startLocalService({
      ...(isIdle && { engine: /** @type {any} */ (idleEngine) }),
      logger: { debug: silent, info: note, warn: silent, error: silent },
      rest: { maxJobs, maxPending: 1_000_000, maxPendingPerProject: 1_000_000 },
    });
    return { connection: batchConnection, engine };
  },
  jobOf: (/** @type {{ pid: string }} */ { pid }) => jobs.get(pid),
});
