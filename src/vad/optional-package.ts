import { createRequire } from 'node:module';

/**
 * Looks for an optional package from the user's working directory as well as from where this library lies, unseen by bundlers.
 *
 * @returns `load` (for a package) and `resolve` (for a file in one); both throw the resolver's error when it is not installed.
 */
export const optionalPackage = {
  load: (name: string): unknown => first((require) => require(name)),
  resolve: (name: string): string => first((require) => require.resolve(name)),
};

function first<T>(attempt: (require: NodeJS.Require) => T): T {
  try {
    return attempt(createRequire(thisFile()));
  } catch (error) {
    if (!isMissing(error)) throw error;
    return attempt(createRequire(`${process.cwd()}/`));
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND';
}

/** `import.meta.url` is empty once this file was bundled into a CommonJS one; `__filename` is there instead. */
function thisFile(): string {
  return import.meta.url ?? (typeof __filename === 'string' ? __filename : `${process.cwd()}/`);
}
