import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder that is this process's place for temporary files while it is used: what others leave in the system's is none of a test's business. */
export async function ownTmpdir() {
  const given = process.env.TMPDIR;
  const folder = await mkdtemp(path.join(tmpdir(), 'own-tmpdir-'));
  process.env.TMPDIR = folder;
  return {
    /** What lies in it. */
    names: () => readdir(folder),
    async [Symbol.asyncDispose]() {
      if (given === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = given;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
