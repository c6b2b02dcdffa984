import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BatchInput, uploadSource } from '../../src/batch/upload-source.js';

const KIB = 1024;
/** Bytes that differ from their neighbours, so that none can stand for another. */
const content = Uint8Array.from({ length: 700 * KIB }, (_, index) => (index * 31) ^ (index >> 8));

async function read(input: BatchInput): Promise<{ bytes: Buffer; largest: number; progress: number[] }> {
  const progress: number[] = [];
  const file = await uploadSource('input', input).open();
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks((sent) => progress.push(sent))) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), largest: Math.max(...chunks.map(({ length }) => length)), progress };
}

it('passes every byte on, in order, however the Readable cuts them', async () => {
  const cuts = fc.array(fc.integer({ min: 0, max: content.length }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(cuts, async (at) => {
      const ends = [...new Set([0, ...at, content.length])].sort((a, b) => a - b);
      const parts = ends.slice(1).map((end, index) => content.subarray(ends[index], end));
      const { bytes, largest, progress } = await read(() => Readable.from(parts));
      expect(bytes.equals(content)).toBe(true);
      expect(largest).toBeLessThanOrEqual(256 * KIB);
      expect(progress.at(-1)).toBe(content.length);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    }),
    { numRuns: 30 },
  );
});

it('reads a view of a larger buffer, and a Blob', async () => {
  expect((await read(content.subarray(5, 600_005))).bytes.equals(content.subarray(5, 600_005))).toBe(true);
  expect((await read(new Blob([content]))).bytes.equals(content)).toBe(true);
});

it('sends what a file had when it was opened, and notices when it lost some of it', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'upload-source-'));
  const file = path.join(folder, 'growing.wav');
  await writeFile(file, content);
  const growing = await uploadSource('input', file).open();
  const handle = await open(file, 'a');
  await handle.appendFile('more');
  await handle.close();
  let bytes = 0;
  for await (const { length } of growing.chunks(() => {})) bytes += length;
  expect(bytes).toBe(content.length);

  const shrinking = await uploadSource('input', file).open();
  await truncate(file, 1000);
  await expect(async () => {
    for await (const _ of shrinking.chunks(() => {}));
  }).rejects.toMatchObject({ code: 'SOURCE_FAILED', message: /became shorter/ });
  await rm(folder, { recursive: true });
});
