import { lastValueFrom, type Observable, type OperatorFunction, switchMap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { AudioChunk } from '../../src/audio/index.js';
import { bounded } from '../../src/operators/bounded.js';
import { bufferLive } from '../../src/operators/buffer-live.js';
import { channel } from '../../src/operators/channel.js';
import { chunk } from '../../src/operators/chunk.js';
import { mapAsync } from '../../src/operators/map-async.js';
import { pace } from '../../src/operators/pace.js';
import { resample } from '../../src/operators/resample.js';
import { splitChannels } from '../../src/operators/split-channels.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import { type FloatChunk, floatChunk, pausableSource } from '../support/audio.js';

const RATE = 48_000;
/** Chunks of 30 ms; 100 ms are missing before the fifth, and 200 ms before the last. */
const LENGTH = 1440;
const MISSING_BEFORE: Record<number, { samples: number; skipped: 'dropped' | 'gated' }> = {
  4: { samples: 4800, skipped: 'dropped' },
  9: { samples: 9600, skipped: 'gated' },
};
const CHUNKS = 10;

function stereo() {
  let position = 0;
  return pausableSource<FloatChunk>((index, flow, source) => {
    if (index === 0) position = 0;
    if (index === CHUNKS) return undefined;
    const { samples = 0, skipped } = MISSING_BEFORE[index] ?? {};
    position += samples;
    const plane = new Float32Array(LENGTH).fill(0.25);
    const made = floatChunk([plane, plane], RATE, position, source, flow);
    position += LENGTH;
    return skipped ? { ...made, timing: { ...made.timing, skipped } } : made;
  }).source$;
}

const operators: [string, OperatorFunction<FloatChunk, AudioChunk>][] = [
  ['resample()', resample(16_000)],
  ['resample() at the same rate', resample(RATE)],
  ['toPcm16le()', toPcm16le()],
  ['resample() with toPcm16le()', (audio$) => audio$.pipe(resample(16_000), toPcm16le())],
  ['chunk() of shorter chunks', chunk(10)],
  ['chunk() of longer chunks', chunk(70)],
  ['channel()', channel(1)],
  ['splitChannels()', (audio$) => audio$.pipe(splitChannels(), lastChannel)],
  ['pace()', pace({ speed: 100 })],
  ['mapAsync()', mapAsync(async (audio: FloatChunk) => audio, { concurrency: 3 })],
  ['bounded()', bounded(50, (audio$: Observable<FloatChunk>) => audio$)],
  ['bufferLive()', bufferLive()],
  [
    'all of them',
    (audio$) => audio$.pipe(channel(0), bufferLive(), resample(8000), toPcm16le(), pace({ speed: 100 }), chunk(25)),
  ],
];

function lastChannel(groups$: Observable<{ channel: number; audio$: Observable<AudioChunk> }>): Observable<AudioChunk> {
  return groups$.pipe(switchMap(({ audio$ }) => audio$));
}

describe.each(operators)('the reason for missing audio, through %s', (_, operator) => {
  it('stands at the first chunk after what is missing, and nowhere else', async () => {
    const output = await lastValueFrom(stereo().pipe(operator, toArray()));
    const marked = output.flatMap(({ timing, format }) =>
      timing.skipped ? [[timing.skipped, Math.round((timing.position / format.sampleRate) * 1000)]] : [],
    );
    expect(marked).toEqual([
      ['dropped', 220],
      ['gated', 570],
    ]);
  });
});
