import { createRequire } from 'node:module';

/**
 * Loads a CommonJS package when it is first needed, unseen by bundlers, resolved from this file or from the file given.
 *
 * Optional packages stay optional this way, and a bundle builds without them: a bundler that met a literal `require()` here would
 * insist on resolving it, and on what prism-media itself requires (`ffmpeg-static`).
 *
 * @throws The resolver's own error when the package isn't installed.
 */
export function runtimeRequire(name: string, from: string | undefined = thisFile()): unknown {
  if (from === undefined) throw new Error(`${name} can't be resolved: this bundle does not know its own place`);
  return createRequire(from)(name);
}

/** `import.meta.url` is empty once an ESM file was bundled into a CommonJS one; `__filename` is there instead. */
function thisFile(): string | undefined {
  return import.meta.url ?? (typeof __filename === 'string' ? __filename : process.argv[1]);
}
