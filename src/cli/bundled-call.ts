import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SourceError } from '../index.js';
import type { Input } from './input.js';
import { openInput } from './open-input.js';

/** Beside dist/, which the command line is bundled into. */
const CALL = new URL('../examples/audio/two-party-call.wav', import.meta.url);

/**
 * The recording of a two-party call that comes with the project.
 *
 * @throws SourceError `SOURCE_FAILED` when it isn't there.
 */
export function bundledCall(): Input {
  const file = fileURLToPath(CALL);
  if (existsSync(file)) return openInput(file);
  throw new SourceError(
    'SOURCE_FAILED',
    `The bundled call ${file} is missing: it comes with the repository, not with the npm package. With a recording of yours: "behavioral-signals-rx stream FILE --local --pace --channel split".`,
  );
}
