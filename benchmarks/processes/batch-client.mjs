// @ts-check
// Submits recordings with the library, or with fetch as one writes it by hand.
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createBatchClient } from 'behavioral-signals-rx/batch';
import { lastValueFrom, tap } from 'rxjs';
import { answerParent } from '../measuring/answer-parent.mjs';
import { nowMs } from '../measuring/clock.mjs';

/** @typedef {{ baseUrl: string, cid: string, apiKey: string }} Connection */
/** @typedef {'library' | 'fetch' | 'fetch of a file-backed Blob'} Side */

/** @type {Map<string, ReturnType<typeof createBatchClient>>} */
const clients = new Map();

/** One client for each service, as a program has; it keeps its connections. @param {Connection} connection */
function clientOf(connection) {
  const known = clients.get(connection.baseUrl);
  const client = known ?? createBatchClient({ ...connection, poll: { initialDelayMs: 20, maxDelayMs: 20 } });
  clients.set(connection.baseUrl, client);
  return client;
}

/** @param {Side} side @param {Connection} connection @param {string} file */
async function submit(side, connection, file) {
  if (side === 'library') return (await clientOf(connection).behavior.submit(file)).pid;
  const body = new FormData();
  const blob = side === 'fetch' ? new Blob([await readFile(file)]) : await openAsBlob(file);
  body.append('name', 'recording');
  body.append('file', blob, 'recording');
  const url = `${connection.baseUrl}/clients/${connection.cid}/processes/audio`;
  const response = await fetch(url, { method: 'POST', headers: { 'x-auth-token': connection.apiKey }, body });
  if (!response.ok) throw new Error(`the upload was answered ${response.status}`);
  return String(/** @type {any} */ (await response.json()).pid);
}

/** @param {number} count @param {number} concurrency @param {() => Promise<unknown>} work */
async function repeat(count, concurrency, work) {
  let left = count;
  const workers = Array.from({ length: concurrency }, async () => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  });
  await Promise.all(workers);
}

answerParent({
  /** How many submissions a second are acknowledged. */
  submissionsPerSecond: async (
    /** @type {{ side: Side, connection: Connection, file: string, count: number, concurrency: number }} */ task,
  ) => {
    const startMs = performance.now();
    await repeat(task.count, task.concurrency, () => submit(task.side, task.connection, task.file));
    return (task.count * 1000) / (performance.now() - startMs);
  },

  /** What this process had in memory at most, after one upload, in MiB. */
  peakOfUpload: async (/** @type {{ side: Side, connection: Connection, file: string }} */ { side, connection, file }) => {
    await submit(side, connection, file);
    return process.resourceUsage().maxRSS / 1024;
  },

  /** Analyses a file some times, so many at once; when each was acknowledged, and when its results were there. */
  analyze: async (
    /** @type {{ connection: Connection, file: string, count: number, concurrency: number }} */ {
      connection,
      file,
      count,
      concurrency,
    },
  ) => {
    /** @type {{ pid: string, acknowledgedMs: number, completedMs: number }[]} */
    const seen = [];
    const startMs = nowMs();
    await repeat(count, concurrency, async () => {
      let acknowledgedMs = Number.NaN;
      const analysis$ = clientOf(connection)
        .behavior.analyze(file)
        .pipe(
          tap(({ state }) => {
            if (state !== 'uploading' && Number.isNaN(acknowledgedMs)) acknowledgedMs = nowMs();
          }),
        );
      const last = await lastValueFrom(analysis$);
      if (last.state !== 'completed' || last.results.predictions.length === 0) throw new Error('there are no results');
      seen.push({ pid: last.results.pid, acknowledgedMs, completedMs: nowMs() });
    });
    return { seen, tookMs: nowMs() - startMs };
  },
});
