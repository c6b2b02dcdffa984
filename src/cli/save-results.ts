import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BatchProcess, BatchResults } from '../batch/index.js';

/**
 * Where a file's results go: the same place below the folder as the file has below the current one; for files elsewhere, a name that
 * tells their folders apart.
 */
export function resultPath(folder: string, file: string): string {
  const relative = path.relative('.', file);
  const isBelow = !relative.startsWith('..') && !path.isAbsolute(relative);
  if (isBelow) return path.join(folder, `${relative}.json`);
  const hash = createHash('sha256').update(path.resolve(file)).digest('hex').slice(0, 8);
  return path.join(folder, `${path.basename(file)}.${hash}.json`);
}

/** Writes a file's results as JSON, whole or not at all. */
export async function saveResults(folder: string, file: string, results: BatchResults, process: BatchProcess): Promise<void> {
  const target = resultPath(folder, file);
  await mkdir(path.dirname(target), { recursive: true });
  const unfinished = `${target}.${randomUUID()}.tmp`;
  try {
    await writeFile(unfinished, `${JSON.stringify({ file, process, ...results }, undefined, 2)}\n`);
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
