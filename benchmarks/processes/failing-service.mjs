// @ts-check
// Local services whose calls break off at given positions of the audio, one for each stream; they note what comes when.
import { locateInRecording, startFaultyService } from 'behavioral-signals-rx/testing';
import { answerParent } from '../measuring/answer-parent.mjs';
import { nowMs } from '../measuring/clock.mjs';

/** @typedef {{ failedMs: number, atMs: number, firstMs?: number, fromMs?: number }} Failure When a call failed, at which position, and the next one's first audio. */
/** @typedef {{ service: import('behavioral-signals-rx/testing').FaultyService, failures: Failure[] }} FailingService */

/** @type {FailingService[]} */
const services = [];

answerParent({
  /** Listens on free ports. */
  listen: async (/** @type {{ streams: number, pcm: Uint8Array, positions: number[][] }} */ { streams, pcm, positions }) => {
    const samples = new Int16Array(Uint8Array.from(pcm).buffer);
    for (let index = 0; index < streams; index += 1) services.push(await start(samples, positions[index]));
    return services.map(({ service }) => service.connection);
  },
  /** What failed, once the streams are over. */
  finish: async () => {
    await Promise.all(services.map(({ service }) => service.close()));
    return services.splice(0).map(({ failures }) => failures);
  },
});

/** @param {Int16Array} samples @param {number[]} positions In ms. @returns {Promise<FailingService>} */
async function start(samples, positions) {
  const locate = locateInRecording({ samples, sampleRate: 16_000 });
  /** @type {Failure[]} */
  const failures = [];
  /** @type {Set<number>} */
  const heard = new Set();
  const service = await startFaultyService({
    service: { vad: 'light' },
    plan: {
      faults: positions.map((sourceMs, index) => ({
        kind: index % 2 === 0 ? 'reset-call' : 'reset-connection',
        at: { sourceMs },
      })),
    },
    sourcePositionOf: (audio) => {
      const sourceMs = locate(audio);
      const last = failures.at(-1);
      if (!heard.has(audio.call) && last && last.firstMs === undefined && sourceMs !== undefined) {
        last.firstMs = nowMs();
        last.fromMs = sourceMs - audio.samples.length / 16;
      }
      heard.add(audio.call);
      return sourceMs;
    },
    onFired: ({ sourceMs = Number.NaN }) => void failures.push({ failedMs: nowMs(), atMs: sourceMs }),
  });
  return { service, failures };
}
