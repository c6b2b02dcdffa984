// @ts-check
// How fast a file becomes 16 kHz mono on the wire, beside ffmpeg writing the same into a Node pipe.
import assert from 'node:assert/strict';
import { makeSpeech } from './measuring/audio-files.mjs';
import { Child } from './measuring/child-process.mjs';
import { compare } from './measuring/comparison.mjs';
import { interleave } from './measuring/pairs.mjs';

export const title = 'File to wire: decode, resample, mix, cut and stream, against ffmpeg into a Node pipe';

const SECONDS = 300;
/** Files streamed before any counts, for code to be compiled. */
const WARM_UP_ROUNDS = 3;
/** Slower than this, and a file of an hour takes longer than half a minute. */
const MIN_SPEED = 100;

/** The floor of each format's speed, as a part of ffmpeg's. */
const FORMATS = /** @type {const} */ ([
  { format: 'wav', name: 'WAV, 48 kHz stereo', floor: 0.7 },
  { format: 'mp3', name: 'MP3, 44.1 kHz stereo', floor: 0.25 },
  { format: 'opus', name: 'Opus, 48 kHz stereo', floor: 0.25 },
]);

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const seconds = quick ? 20 : SECONDS;
  const pairs = quick ? 2 : 20;
  const [server, ours, baseline] = [new Child('zero-compute-server'), new Child('file-streamer'), new Child('file-streamer')];
  try {
    const port = await server.call('listen', {});
    const rows = [];
    for (const { format, name, floor } of FORMATS) {
      progress(name);
      const file = await makeSpeech(format, seconds);
      const speed = async (/** @type {Child} */ child, /** @type {string} */ how) => {
        const { ms, bytes } = await child.call(how, { file, port });
        // Opus may end a packet later than the file it was made of.
        assert.ok(Math.abs(bytes / 32_000 - seconds) < 0.1, `${how} has delivered ${bytes / 32_000} s of ${seconds} s`);
        return (seconds * 1000) / ms;
      };
      for (let round = 0; round < (quick ? 1 : WARM_UP_ROUNDS); round += 1)
        for (const how of ['wire', 'pipe']) await speed(ours, how);
      const measured = await interleave(
        pairs,
        // Both take turns at being next to the baseline.
        async (pair) => {
          const order = pair % 4 < 2 ? ['wire', 'pipe'] : ['pipe', 'wire'];
          return { [order[0]]: await speed(ours, order[0]), [order[1]]: await speed(ours, order[1]) };
        },
        () => speed(baseline, 'ffmpeg'),
      );
      const common = { case: name, unit: 'x real time', baseline: measured.baseline };
      const wire = { ...common, ours: measured.ours.map(({ wire }) => wire) };
      const relative = { of: /** @type {const} */ ('change'), atLeast: floor, text: `>= ${floor}x` };
      const absolute = { of: /** @type {const} */ ('ours'), atLeast: MIN_SPEED, text: `>= ${MIN_SPEED} x real time` };
      rows.push(
        compare({ ...wire, measure: 'file to wire', target: relative }),
        compare({ ...common, ours: measured.ours.map(({ pipe }) => pipe), measure: 'file to Node pipe, no gRPC' }),
        compare({ case: name, unit: 'x real time', ours: wire.ours, measure: 'file to wire, absolute', target: absolute }),
      );
    }
    return {
      rows,
      notes: [
        `Files of ${seconds} s. The goal beyond the floors is 0.9x. Processes are warm; ffmpeg's start counts, as it does for every file.`,
      ],
    };
  } finally {
    await Promise.all([server, ours, baseline].map((child) => child.stop()));
  }
}
