import { HttpError } from './http-error.js';

/** What files and the database call a disk without room, or an owner's share of it that is used up. */
const CODES = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/** What a request is answered that failed because the disk is full; undefined for any other failure. */
export function storageFull(error: unknown): HttpError | undefined {
  const { code } = Object(error) as { code?: unknown };
  if (typeof code !== 'string' || !CODES.has(code)) return undefined;
  const message =
    "The service's disk is full; nothing was kept. Free room there, or give it a dataDir with more; then submit again.";
  return new HttpError(507, 'STORAGE_FULL', message);
}
