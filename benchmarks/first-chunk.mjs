// @ts-check
// How long a file's first chunk takes: in a fresh process, its import apart, and in a warm one.
import { makeSpeech } from './measuring/audio-files.mjs';
import { Child } from './measuring/child-process.mjs';
import { compare } from './measuring/comparison.mjs';
import { interleave } from './measuring/pairs.mjs';

export const title =
  'First chunk: from subscribing to a file to its first 250 ms at 16 kHz, against the first bytes of a plain pipe';

const FORMATS = /** @type {const} */ ([
  { format: 'wav', name: 'WAV', baseline: 'read', warmMs: 5 },
  { format: 'mp3', name: 'MP3', baseline: 'ffmpeg', warmMs: 60 },
  { format: 'opus', name: 'Opus (by ffmpeg)', baseline: 'ffmpeg', warmMs: undefined },
  { format: 'flac', name: 'FLAC (by ffmpeg)', baseline: 'ffmpeg', warmMs: undefined },
]);

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const pairs = quick ? 2 : 20;
  const rows = [];
  for (const { format, name, baseline, warmMs } of FORMATS) {
    progress(name);
    const file = await makeSpeech(format, 30);
    const against = baseline === 'read' ? 'createReadStream' : 'ffmpeg';
    const common = { unit: 'ms', as: /** @type {const} */ ('difference'), measure: `first chunk; baseline ${against}` };

    const fresh = await interleave(
      pairs,
      () =>
        inFreshProcess(async (child) => {
          await child.call('load');
          return child.call('ours', { file });
        }),
      () => inFreshProcess((child) => child.call(baseline, { file })),
    );
    rows.push(compare({ ...common, ...fresh, case: `${name}, fresh process, imported` }));

    const [ours, plain] = [new Child('first-chunk-timer'), new Child('first-chunk-timer')];
    try {
      const both = /** @type {const} */ ([() => ours.call('ours', { file }), () => plain.call(baseline, { file })]);
      await interleave(3, ...both);
      const warm = await interleave(pairs, ...both);
      const row = { ...common, ...warm, case: `${name}, warm process` };
      rows.push(
        compare(warmMs === undefined ? row : { ...row, target: { of: 'ours', atMost: warmMs, text: `<= ${warmMs} ms` } }),
      );
    } finally {
      await Promise.all([ours.stop(), plain.stop()]);
    }
  }
  return { rows };
}

/** @param {(child: Child) => Promise<number>} measure */
async function inFreshProcess(measure) {
  const child = new Child('first-chunk-timer');
  try {
    return await measure(child);
  } finally {
    await child.stop();
  }
}
