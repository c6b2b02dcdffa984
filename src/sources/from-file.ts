import { createReadStream } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Observable } from 'rxjs';
import type { ByteChunk } from '../audio/index.js';
import { OptionError } from '../errors/index.js';
import { fromReadable } from './from-readable.js';

/** Fewer, larger reads than Node's 64 KiB: a third of a second of 48 kHz stereo would otherwise be one trip to the file system. */
const READ_BYTES = 256 * 1024;

/**
 * Reads a file as byte chunks, labelled with the file's name; `fromReadable(() => createReadStream(file))` with larger reads.
 *
 * @param file Path or `file:` URL.
 * @returns Can be subscribed any number of times; completes at the file's end; unsubscribing closes the file.
 * @throws OptionError for an empty path and for other URLs; (as error notification) SourceError `SOURCE_FAILED` when the file can't be read.
 * @example
 * fromFile('call.mp3').pipe(decode())
 */
export function fromFile(file: string | URL): Observable<ByteChunk> {
  const name = file instanceof URL ? pathOf(file) : file;
  if (typeof name !== 'string' || name === '') throw new OptionError('fromFile(file)', 'must be a path or a file: URL', file);
  const label = path.basename(name);
  return fromReadable(() => createReadStream(name, { highWaterMark: READ_BYTES }), { label });
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new OptionError('fromFile(file)', 'must be a path or a file: URL', url.href);
  }
}
