import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OptionError } from '../../errors/index.js';

/** The worker's file, which is built to stand alone and lies beside the library's other files. */
export const WORKER_FILE = 'behavioral-signals-rx-worker.mjs';

/**
 * Finds the worker's file; undefined where there is none beside this one, as in a bundle that it was not copied to, and in the sources.
 *
 * @param given Where the user says it is.
 * @throws OptionError when it is not there.
 */
export function findWorkerFile(given: string | URL | undefined): string | undefined {
  if (given !== undefined) {
    const file = typeof given === 'string' ? given : fileURLToPath(given);
    if (!existsSync(file)) throw new OptionError('workerFile', 'does not exist', file);
    return file;
  }
  const beside = fileURLToPath(new URL(WORKER_FILE, thisFile()));
  return existsSync(beside) ? beside : undefined;
}

/** `import.meta.url` is empty once this file was bundled into a CommonJS one; `__filename` is there instead. */
function thisFile(): string {
  return import.meta.url ?? pathToFileURL(typeof __filename === 'string' ? __filename : `${process.cwd()}/`).href;
}
