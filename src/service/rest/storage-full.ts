import { isStorageFull, STORAGE_FULL } from '../storage-full.js';
import { HttpError } from './http-error.js';

/** What a request is answered that failed because the disk is full; undefined for any other failure. */
export function storageFull(error: unknown): HttpError | undefined {
  return isStorageFull(error) ? new HttpError(507, 'STORAGE_FULL', STORAGE_FULL) : undefined;
}
