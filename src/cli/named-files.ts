import { createReadStream, openSync, type ReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { OptionError, SourceError } from '../index.js';

/**
 * The files that the user named: as arguments, then one a line in a list.
 *
 * @param list A file with a path on each line, or `-` for standard input.
 * @throws OptionError (at once) when there are neither, (while iterating) for a URL; SourceError when the list can't be opened (at once) or read.
 */
export function namedFiles(files: readonly string[], list: string | undefined): AsyncIterable<string> {
  if (files.length === 0 && list === undefined) throw new OptionError('[files...]', 'name at least one, or give --files-from');
  if (list === '-' && process.stdin.isTTY) {
    throw new OptionError('--files-from', 'reads paths from standard input, but that is a terminal; pipe them in');
  }
  // Before the first file is uploaded, which costs money.
  const input = list === undefined ? undefined : list === '-' ? process.stdin : openList(list);
  return {
    async *[Symbol.asyncIterator]() {
      for (const file of files) yield expectPath(file);
      if (!input) return;
      try {
        for await (const line of createInterface({ input })) if (line.trim() !== '') yield expectPath(line);
      } catch (cause) {
        if (cause instanceof OptionError) throw cause;
        throw unreadable(list, cause);
      }
    },
  };
}

function openList(list: string): ReadStream {
  try {
    if (statSync(list).isDirectory()) throw new Error('it is a folder');
    return createReadStream(list, { fd: openSync(list, 'r') });
  } catch (cause) {
    throw unreadable(list, cause);
  }
}

function unreadable(list: string | undefined, cause: unknown): SourceError {
  const message = `${list} can't be read: ${cause instanceof Error ? cause.message : cause}`;
  return new SourceError('SOURCE_FAILED', message, { cause });
}

/** A URL is not shown: it may carry its own credentials. */
function expectPath(file: string): string {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(file)) return file;
  throw new OptionError(
    '[files...]',
    'must be paths of files, not URLs; a presigned URL is submitted by submitPresignedUrl() of the library',
  );
}
