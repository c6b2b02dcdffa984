// @ts-check
// Each operator alone: time and allocation per second of audio, beside the bare work without RxJS, chunks and flow.
import { makeSpeech } from './measuring/audio-files.mjs';
import { Child } from './measuring/child-process.mjs';
import { compare } from './measuring/comparison.mjs';
import { interleave } from './measuring/pairs.mjs';

export const title = 'Operators, each alone, against the bare work';

const TIMED_SECONDS = 20;
/** Allocation is the difference of two lengths, short enough for no garbage collection: what a subscription costs once cancels out. */
const [BRIEF_SECONDS, LONG_SECONDS] = [1, 3];

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const pairs = quick ? 2 : 20;
  const child = new Child('operator-timer', {
    execArgv: ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'],
  });
  const rows = [];
  try {
    const cases = await prepare(child, TIMED_SECONDS);
    for (const seconds of [BRIEF_SECONDS, LONG_SECONDS]) await prepare(child, seconds);
    for (const [index, { name, bareName }] of cases.entries()) {
      progress(name);
      const time = (/** @type {'operator' | 'bare'} */ side) => async () =>
        (await child.call('time', { seconds: TIMED_SECONDS, index, side })) / TIMED_SECONDS;
      await interleave(quick ? 1 : 5, time('operator'), time('bare'));
      const times = await interleave(pairs, time('operator'), time('bare'));
      rows.push(compare({ case: name, measure: `time; baseline ${bareName}`, unit: 'ms per s of audio', ...times }));

      const allocated = (/** @type {'operator' | 'bare'} */ side) => async () => {
        const [brief, long] = [
          await allocation(child, BRIEF_SECONDS, index, side),
          await allocation(child, LONG_SECONDS, index, side),
        ];
        return (long - brief) / (LONG_SECONDS - BRIEF_SECONDS) / 1024;
      };
      const { ours, baseline } = await interleave(quick ? 1 : 5, allocated('operator'), allocated('bare'));
      const isCounted = !baseline.some(Number.isNaN);
      const row = { case: name, measure: 'allocation', unit: 'KiB per s of audio', as: /** @type {const} */ ('difference') };
      rows.push(compare({ ...row, ours, ...(isCounted && { baseline }) }));
    }
  } finally {
    await child.stop();
  }
  return { rows };
}

/** @param {Child} child @param {number} seconds @returns {Promise<{ name: string, bareName: string }[]>} */
async function prepare(child, seconds) {
  const [wav, mulaw, mp3] = [
    await makeSpeech('wav', seconds),
    await makeSpeech('mulaw', seconds),
    await makeSpeech('mp3', seconds),
  ];
  return child.call('prepare', { wav, mulaw, mp3, seconds });
}

/** Bytes; NaN when garbage collections spoil every count. @param {Child} child @param {number} seconds @param {number} index @param {'operator' | 'bare'} side @returns {Promise<number>} */
async function allocation(child, seconds, index, side) {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const bytes = await child.call('allocate', { seconds, index, side });
    if (bytes !== undefined) return bytes;
  }
  return Number.NaN;
}
