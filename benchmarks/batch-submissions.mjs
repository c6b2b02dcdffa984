// @ts-check
// Submissions acknowledged in a second: received, on disk and in the store.
import { makeSpeech } from './measuring/audio-files.mjs';
import { Child } from './measuring/child-process.mjs';
import { compare } from './measuring/comparison.mjs';
import { interleave } from './measuring/pairs.mjs';

export const title = 'Batch API: submissions a second, against fetch by hand and a server that discards them';

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const pairs = quick ? 1 : 12;
  const rows = [];
  const [service, discarding, client] = [new Child('batch-service'), new Child('discarding-server'), new Child('batch-client')];
  try {
    // A job is begun and never done, so that nothing else has the processor.
    const { connection } = await service.call('listen', { isIdle: true, maxJobs: 1 });
    const { connection: nowhere } = await discarding.call('listen');
    for (const seconds of [10, 300]) {
      const file = await makeSpeech('mp3', seconds);
      const size = `MP3 of ${seconds} s`;
      for (const concurrency of [1, 8]) {
        progress(`${size}, ${concurrency} at a time`);
        const count = quick ? 4 : seconds === 10 ? 40 : 16;
        const rate = (/** @type {string} */ side, /** @type {object} */ to) => () =>
          client.call('submissionsPerSecond', { side, connection: to, file, count, concurrency });
        const [ours, byHand, discarded] = [rate('library', connection), rate('fetch', connection), rate('library', nowhere)];
        await ours();
        await discarded();
        const row = { case: `${size}, ${concurrency} at a time`, unit: 'a second' };
        rows.push(
          compare({ ...row, measure: 'client (baseline: fetch by hand)', ...(await interleave(pairs, ours, byHand)) }),
          compare({ ...row, measure: 'service (baseline: one that discards)', ...(await interleave(pairs, ours, discarded)) }),
        );
      }
    }
    return {
      rows,
      notes: [
        'A submission counts once it is acknowledged, which the service does when recording and process are flushed to disk: the disk decides.',
        'The baseline of the first line sends to the same service; that of the second line is the same client.',
      ],
    };
  } finally {
    await Promise.all([service, discarding, client].map((child) => child.stop()));
  }
}
