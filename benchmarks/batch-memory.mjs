// @ts-check
// What an upload of 2 GB takes of the client's memory: the peak less that of a file of 1 MB.
import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import { temporaryFile } from './measuring/audio-files.mjs';
import { askFreshChild, Child } from './measuring/child-process.mjs';
import { compare } from './measuring/comparison.mjs';

export const title = 'Batch API: peak RSS of an upload of 2 GB less that of 1 MB, against fetch with a form';

const TARGET = { of: /** @type {const} */ ('ours'), atMost: 64, text: '<= 64 MiB' };

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const [small, large] = [await emptyFile(1e6), await emptyFile(quick ? 100e6 : 2e9)];
  const server = new Child('discarding-server');
  try {
    const { connection } = await server.call('listen');
    const growth = async (/** @type {string} */ side) => {
      progress(side);
      const peak = async (/** @type {{ file: string, bytes: number }} */ { file, bytes }) => {
        const mib = await askFreshChild('batch-client', 'peakOfUpload', { side, connection, file });
        assert.ok((await server.call('lastBytes')) >= bytes, 'the whole file has come');
        return mib;
      };
      const least = await peak(small);
      return (await peak(large)) - least;
    };
    const ours = [await growth('library')];
    // Once each: what grows with the file needs no statistics.
    const naive = [await growth('fetch')];
    const fileBacked = [await growth('fetch of a file-backed Blob')];
    while (ours.length < (quick ? 1 : 5)) ours.push(await growth('library'));
    const row = { measure: 'growth of the peak', unit: 'MiB', as: /** @type {const} */ ('difference') };
    return {
      rows: [
        compare({ ...row, case: 'baseline: fetch, FormData, Blob of readFile()', ours, baseline: naive, target: TARGET }),
        compare({ ...row, case: 'baseline: fetch, FormData, openAsBlob()', ours, baseline: fileBacked }),
      ],
      notes: [
        'The growth is that of the garbage collector and of buffers under way, whatever the size. The baseline with readFile() needs 8 GB of memory.',
        'Every figure is of fresh processes, to a server that discards. Ours is the median of five; each baseline ran once, between them.',
      ],
    };
  } finally {
    await server.stop();
  }
}

/** A file that takes no place on most disks. @param {number} bytes */
async function emptyFile(bytes) {
  const file = temporaryFile(`${bytes}.bin`);
  await writeFile(file, '');
  await truncate(file, bytes);
  return { file, bytes };
}
