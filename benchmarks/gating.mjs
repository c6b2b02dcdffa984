// @ts-check
// What gateSilence() saves on the test recordings, whether the utterances stay the same, and what it costs.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { askFreshChild, Child } from './measuring/child-process.mjs';
import { compare } from './measuring/comparison.mjs';
import { interleave } from './measuring/pairs.mjs';

export const title = 'Gating savings on the fixtures, against the same pipe without the gate';

const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'test', 'fixtures');

/** @type {readonly { name: string, files: readonly (readonly [string, number])[] }[]} */
const RECORDINGS = [
  {
    name: 'two real people on the telephone, a channel each',
    files: [
      ['call/humans_mulaw_8k.wav', 0],
      ['call/humans_mulaw_8k.wav', 1],
    ],
  },
  {
    name: 'a support call, a channel each',
    files: [
      ['call/support_mulaw_8k.wav', 0],
      ['call/support_mulaw_8k.wav', 1],
      ['call/support_16k.flac', 0],
      ['call/support_16k.flac', 1],
    ],
  },
  { name: 'single sentences without a pause', files: ['slt', 'rms'].map((voice) => [`mono/rate_${voice}_x100.wav`, 0]) },
  {
    name: 'noise, tones and silence',
    files: ['noise_pink', 'noise_white', 'silence_floor_-72dB', 'tone_440_-20dBFS', 'tone_music_like'].map((name) => [
      `level/${name}.wav`,
      0,
    ]),
  },
];

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const pairs = quick ? 1 : 10;
  const rows = [];
  const service = new Child('local-service');
  try {
    const { port, engine } = await service.call('listen', { streams: 1 });
    for (const { name, files } of RECORDINGS) {
      progress(name);
      const audio = files.map(([file, channel]) => ({ file: path.join(fixtures, file), channel }));
      const stream = (/** @type {boolean} */ gated) => () => askFreshChild('gated-streamer', 'stream', { port, audio, gated });
      const { ours, baseline } = await interleave(pairs, stream(true), stream(false));
      const of = (/** @type {string} */ figure) => ({
        ours: ours.map((side) => side[figure]),
        baseline: baseline.map((side) => side[figure]),
      });
      const moved = ours.map((side, pair) => differences(side.utterances, baseline[pair].utterances));
      rows.push(compare({ case: name, measure: 'audio sent', unit: 's', ...of('sentSeconds') }));
      rows.push(
        compare({
          case: name,
          measure: 'utterances missing or extra',
          unit: 'utterances',
          ours: moved.map(({ missing }) => missing),
          target: { of: 'ours', atMost: 0, text: '0' },
        }),
        compare({
          case: name,
          measure: 'largest shift of a start or an end',
          unit: 'ms',
          ours: moved.map(({ shiftMs }) => shiftMs),
          target: { of: 'ours', atMost: 50, text: '<= 50 ms' },
        }),
        compare({ case: name, measure: 'processor time', unit: 'ms per s of audio', as: 'difference', ...of('cpuMsPerSecond') }),
      );
    }
    return {
      rows,
      notes: [
        `The service is the local one: ${engine}. Processor time is the client's, of a fresh process, warm from the second file on.`,
      ],
    };
  } finally {
    await service.stop();
  }
}

/** @typedef {{ stream: number, startMs: number, endMs: number }} Utterance */

/** Utterances that overlap by less than half are not the same one. @param {Utterance[]} ours @param {Utterance[]} baseline */
function differences(ours, baseline) {
  const left = [...ours];
  let missing = 0;
  let shiftMs = 0;
  for (const { stream, startMs, endMs } of baseline) {
    const found = left.findIndex(
      (other) =>
        other.stream === stream && Math.min(other.endMs, endMs) - Math.max(other.startMs, startMs) > (endMs - startMs) / 2,
    );
    if (found < 0) {
      missing += 1;
      continue;
    }
    const [same] = left.splice(found, 1);
    shiftMs = Math.max(shiftMs, Math.abs(same.startMs - startMs), Math.abs(same.endMs - endMs));
  }
  return { missing: missing + left.length, shiftMs };
}
