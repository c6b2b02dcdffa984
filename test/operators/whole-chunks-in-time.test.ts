import fc from 'fast-check';
import { map, type OperatorFunction, Subject } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AudioChunk, type ChunkTiming, loadResampler, type Pcm, type SourceId } from '../../src/audio/index.js';
import { channel } from '../../src/operators/channel.js';
import { chunk } from '../../src/operators/chunk.js';
import { resample } from '../../src/operators/resample.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import { lendGathered } from '../../src/sources/lend-gathered.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

type Decoded = AudioChunk<Pcm<'float32'>>;

const RATES = [8000, 11_025, 16_000, 44_100, 48_000] as const;

/** A block of live audio, and what is special about it. */
interface Block {
  /** Of a second. */
  part: number;
  event: 'none' | 'jump' | 'short jump' | 'dropped' | 'source' | 'channels' | 'silence' | 'audio' | (typeof RATES)[number];
}

interface Way {
  ms: number;
  /** What it is converted to, one after the other. */
  rates: readonly number[];
  /** Where one channel is picked. */
  picks: 'before' | 'after' | 'never';
  firstRate: number;
}

beforeAll(loadResampler);

function* live(blocks: readonly Block[], firstRate: number): Generator<Decoded> {
  let source: SourceId = { label: 'leg' };
  let [position, sampleRate, channels, kind] = [0, firstRate, 1, 'audio' as NonNullable<ChunkTiming['kind']>];
  // One memory for all, as live sources lend it.
  const memory = [new Float32Array(48_000), new Float32Array(48_000)];
  for (const [index, { part, event }] of blocks.entries()) {
    if (event === 'jump') position += 777;
    else if (event === 'short jump') position += 1;
    else if (event === 'source') [source, position] = [{ label: 'leg' }, 5];
    else if (event === 'channels') channels = 3 - channels;
    else if (event === 'silence' || event === 'audio') kind = event;
    else if (typeof event === 'number') [position, sampleRate] = [Math.round((position * event) / sampleRate), event];
    const length = Math.ceil(part * sampleRate);
    const data = memory.slice(0, channels).map((plane) => plane.subarray(0, length));
    for (const [at, plane] of data.entries())
      for (let i = 0; i < length; i += 1) plane[i] = ((i * 7 + index * 31 + at) % 99) / 100;
    const timing = { source, position, kind, ...(event === 'dropped' && { skipped: 'dropped' as const }) };
    yield { data, format: { encoding: 'float32', channels, sampleRate }, length, timing, flow: unboundedFlow };
    position += length;
  }
}

/** What comes with which block, where the source gathers blocks or a stranger keeps it from that. */
async function heard(blocks: readonly Block[], { ms, rates, picks, firstRate }: Way, isStranger: boolean): Promise<unknown[][]> {
  const source = new Subject<Decoded>();
  const seen: unknown[][] = [];
  let count = 0;
  const pass: OperatorFunction<Decoded, Decoded> = (input) => input;
  const audio$ = lendGathered(source).pipe(
    isStranger ? map((one) => one) : pass,
    picks === 'before' ? channel(0) : pass,
    (input) => rates.reduce((audio, rate) => audio.pipe(resample(rate)), input),
    picks === 'after' ? channel(0) : pass,
    toPcm16le({ events: {} }),
    chunk(ms),
  );
  audio$.subscribe(({ data, length, timing }) => seen.push([count, data.toString('base64'), length, timing]));
  // What was loaded before is there a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  for (const block of live(blocks, firstRate)) {
    count += 1;
    source.next(block);
  }
  source.complete();
  return seen;
}

describe('chunk() behind a live source that gathers blocks', () => {
  const block: fc.Arbitrary<Block> = fc.record({
    part: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(0.01, 0.02, 0.02, 0.03, 0.0005, 0.0131) },
      fc.double({ min: 0.0001, max: 0.7, noNaN: true }),
    ),
    event: fc.oneof(
      { weight: 8, arbitrary: fc.constant<Block['event']>('none') },
      fc.constantFrom<Block['event'][]>('jump', 'short jump', 'dropped', 'source', 'channels', 'silence', 'audio', ...RATES),
    ),
  });
  const way: fc.Arbitrary<Way> = fc.record({
    ms: fc.oneof(
      fc.constantFrom(20, 100, 250, 1000),
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 1, max: 1000, noNaN: true }),
    ),
    rates: fc.constantFrom([], [8000], [16_000], [16_000], [48_000], [8000, 16_000]),
    picks: fc.constantFrom('before' as const, 'after' as const, 'never' as const),
    firstRate: fc.constantFrom(...RATES),
  });

  it('comes with the same block as without that, at any rate, and after jumps and changes of source, format and kind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(block, { minLength: 1, maxLength: 50 }), way, async (blocks, one) => {
        expect(await heard(blocks, one, false)).toEqual(await heard(blocks, one, true));
      }),
      { numRuns: 150 },
    );
  });

  it.each<[string, Way, Block['event'][], number]>([
    [
      'that a jump ends comes with the block that jumps',
      { ms: 100, rates: [], picks: 'never', firstRate: 8000 },
      ['none', 'jump', 'none'],
      2,
    ],
    ['does so through a filter', { ms: 100, rates: [16_000], picks: 'never', firstRate: 8000 }, ['none', 'jump', 'none'], 2],
    [
      'goes on when channels change',
      { ms: 50, rates: [], picks: 'never', firstRate: 8000 },
      ['none', 'channels', 'none', 'none'],
      3,
    ],
    [
      'goes on when the rate changes',
      { ms: 50, rates: [8000], picks: 'never', firstRate: 16_000 },
      ['none', 48_000, 'none', 'none'],
      3,
    ],
    [
      'goes through two filters',
      { ms: 50, rates: [8000, 16_000], picks: 'never', firstRate: 16_000 },
      Array.from({ length: 9 }, () => 'none'),
      3,
    ],
  ])('%s', async (_, one, events, count) => {
    const chunks = await heard(
      events.map((event) => ({ part: 0.02, event })),
      one,
      false,
    );
    expect(chunks[0]![0]).toBe(count);
  });

  it('whose end the filter holds back comes with the block that has other channels, however short', async () => {
    const blocks: Block[] = [
      { part: 0.02, event: 'none' },
      { part: 0.0005, event: 'channels' },
      { part: 0.02, event: 'none' },
    ];
    const [first] = await heard(blocks, { ms: 20, rates: [8000], picks: 'after', firstRate: 16_000 }, false);
    expect(first![0]).toBe(2);
  });
});
