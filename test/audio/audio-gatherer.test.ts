import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioGatherer } from '../../src/audio/audio-gatherer.js';
import type { AudioChunk, ChunkTiming, Pcm, SourceId, WholePieces } from '../../src/audio/index.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

type Decoded = AudioChunk<Pcm<'float32'>>;

/** A block of live audio, and what is special about it. */
interface Block {
  length: number;
  event: 'none' | 'none' | 'jump' | 'dropped' | 'source' | 'rate' | 'channels' | 'silence' | 'audio';
}

/** A filter that holds so many samples back, at any rate. */
function holding(delay: () => number | undefined): WholePieces['filter'] {
  return {
    rate: RATES[0],
    needs: (rate) => (delay() === undefined ? undefined : (outputs) => Math.ceil((outputs * rate) / RATES[0]) + delay()!),
  };
}

const RATES = [8000, 16_000] as const;

/** Blocks as a live source makes them: each sample is a number that no other has. */
function* live(blocks: readonly Block[]): Generator<Decoded> {
  let source: SourceId = { label: 'leg' };
  let [position, sampleRate, channels, sample] = [0, RATES[0] as number, 1, 0];
  let kind: ChunkTiming['kind'] = 'audio';
  // One memory for all, as live sources lend it.
  const memory = [new Float32Array(1000), new Float32Array(1000)];
  for (const { length, event } of blocks) {
    if (event === 'jump' || event === 'dropped') position += 77;
    else if (event === 'source') [source, position] = [{ label: 'leg' }, 5];
    else if (event === 'rate') sampleRate = sampleRate === RATES[0] ? RATES[1] : RATES[0];
    else if (event === 'channels') channels = 3 - channels;
    else if (event !== 'none') kind = event;
    const data = memory.slice(0, channels).map((plane) => plane.subarray(0, length));
    for (const plane of data) for (let i = 0; i < length; i += 1) plane[i] = sample++;
    const timing = {
      source,
      position,
      capturedAtMs: 1e6 + ((position + length) / sampleRate) * 1000,
      kind,
      ...(event === 'dropped' && { skipped: 'dropped' as const }),
    };
    yield { data, format: { encoding: 'float32', channels, sampleRate }, length, timing, flow: unboundedFlow };
    position += length;
  }
}

/** Every sample with its place, and all that is said about it. */
function samples({ data, format, length, timing }: Decoded) {
  return Array.from({ length }, (_, i) => ({
    values: data.map((plane) => plane[i]),
    position: timing.position + i,
    capturedAtMs: Math.round((timing.capturedAtMs! - ((length - 1 - i) / format.sampleRate) * 1000) * 1000) / 1000,
    kind: timing.kind,
    source: timing.source,
    sampleRate: format.sampleRate,
    skipped: i === 0 ? timing.skipped : undefined,
  }));
}

/** What comes, without gathering. */
function heard(blocks: readonly Block[]) {
  const all: ReturnType<typeof samples> = [];
  for (const block of live(blocks)) all.push(...samples(block));
  return all;
}

function gather(blocks: readonly Block[], whole: WholePieces) {
  const pieces: { chunk: Decoded; taken: ReturnType<typeof samples> }[] = [];
  const gatherer = new AudioGatherer(whole, (chunk) => pieces.push({ chunk, taken: samples(chunk) }));
  let seen = 0;
  for (const block of live(blocks)) {
    gatherer.push(block);
    // Whoever holds gets no more blocks, and has what it was given up to then.
    for (; seen < pieces.length; seen += 1) expect(samples(pieces[seen]!.chunk)).toEqual(pieces[seen]!.taken);
  }
  gatherer.flush();
  return pieces;
}

const event: fc.Arbitrary<Block['event']> = fc.constantFrom(
  ...Array<'none'>(12).fill('none'),
  'jump',
  'dropped',
  'source',
  'rate',
  'channels',
  'silence',
  'audio',
);
const block: fc.Arbitrary<Block> = fc.record({ length: fc.integer({ min: 1, max: 700 }), event });

describe('AudioGatherer', () => {
  it('loses, doubles and moves no sample, whatever comes, and what it gave is intact until the next block', () => {
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 40 }),
        fc.integer({ min: 1, max: 600 }),
        fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
        (blocks, ms, delay) => {
          const pieces = gather(blocks, { ms, filter: holding(() => delay) });
          expect(pieces.flatMap(({ taken }) => taken)).toEqual(heard(blocks));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives pieces that end a filter behind multiples of the duration, counted from where the run begins, and keeps no block that jumps', () => {
    const blocks: Block[] = Array.from({ length: 30 }, () => ({ length: 160, event: 'none' }));
    blocks[20] = { length: 160, event: 'jump' };
    const pieces = gather(blocks, { ms: 100, filter: holding(() => 24) });
    expect(pieces.map(({ chunk }) => [chunk.timing.position, chunk.length])).toEqual([
      [0, 824],
      [824, 800],
      [1624, 800],
      [2424, 776],
      [3277, 160],
      [3437, 664],
      [4101, 776],
    ]);
  });

  it('lets blocks that are long enough pass, and all as long as the delay is not known', () => {
    let delay: number | undefined;
    const chunks: Decoded[] = [];
    const gatherer = new AudioGatherer({ ms: 50, filter: holding(() => delay) }, (chunk) => chunks.push(chunk));
    const blocks = [...live(Array.from({ length: 9 }, (_, i) => ({ length: i < 5 ? 160 : 900, event: 'none' as const })))];
    blocks.forEach((one, i) => {
      if (i === 2) delay = 0;
      gatherer.push(one);
    });
    expect(chunks.slice(0, 2)).toEqual(blocks.slice(0, 2));
    expect(chunks.map(({ length }) => length).slice(2)).toEqual([160, 320, 900, 900, 900, 900]);
  });
});
