/** What files and the database call a disk without room, or an owner's share of it that is used up. */
const CODES = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/** Whether something failed because the disk is full. */
export function isStorageFull(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && CODES.has(code);
}

/** What is told to clients of it. */
export const STORAGE_FULL =
  "The service's disk is full; nothing was kept. Free room there, or give it a dataDir with more; then submit again.";
