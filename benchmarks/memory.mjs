// @ts-check
// Whether memory grows with the length of the audio: the peak of 2 h less the peak of 10 min, to a server that keeps up and a slow one.
import assert from 'node:assert/strict';
import { makeMinute } from './measuring/audio-files.mjs';
import { askFreshChild, Child } from './measuring/child-process.mjs';
import { compare } from './measuring/comparison.mjs';

export const title = 'Memory: peak RSS of 2 h of audio less that of 10 min, against the same pipe without backpressure';

const FORMATS = /** @type {const} */ ([
  { format: 'wav', name: 'WAV, 48 kHz mono' },
  { format: 'mp3', name: 'MP3, 32 kbit/s mono' },
]);
const SERVERS = /** @type {const} */ ([
  { name: 'server that keeps up', options: {} },
  // 625 times real time: slower than the audio is decoded, and fast enough for the benchmark to end.
  { name: 'slow server', options: { bytesPerSecond: 20e6 } },
]);

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const [longSeconds, briefSeconds] = quick ? [120, 60] : [7200, 600];
  const rows = [];
  for (const { format, name } of FORMATS) {
    const minute = await makeMinute(format);
    for (const server of SERVERS) {
      progress(`${name}, ${server.name}`);
      const growth = async (/** @type {'library' | 'naive'} */ side) => {
        const brief = await peakOf(side, { format, minute, seconds: briefSeconds }, server.options);
        return (await peakOf(side, { format, minute, seconds: longSeconds }, server.options)) - brief;
      };
      const ours = [await growth('library')];
      // Once only: a queue that grows with the audio needs no statistics, and each figure costs hours of audio.
      const baseline = [await growth('naive')];
      while (ours.length < (quick ? 1 : 3)) ours.push(await growth('library'));
      const target = { of: /** @type {const} */ ('ours'), atMost: 20, text: '<= 20 MiB' };
      const row = {
        case: `${name}, ${server.name}`,
        measure: 'growth of the peak',
        unit: 'MiB',
        as: /** @type {const} */ ('difference'),
      };
      rows.push(compare({ ...row, ours, baseline, target }));
    }
  }
  return {
    rows,
    notes: ['Every figure is of fresh processes. Ours is the median of three; the baseline ran once, between them.'],
  };
}

/** @param {'library' | 'naive'} side @param {{ format: 'wav' | 'mp3', minute: string, seconds: number }} audio @param {object} serverOptions */
async function peakOf(side, audio, serverOptions) {
  const server = new Child('zero-compute-server');
  try {
    const port = await server.call('listen', serverOptions);
    const { peakMiB, bytes } = await askFreshChild('long-streamer', side, { ...audio, port });
    const sentSeconds = bytes / 32_000;
    assert.ok(Math.abs(sentSeconds / audio.seconds - 1) < 0.01, `${side} has sent ${sentSeconds} s of ${audio.seconds} s`);
    return peakMiB;
  } finally {
    await server.stop();
  }
}
