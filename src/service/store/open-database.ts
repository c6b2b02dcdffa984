import { closeSync, openSync } from 'node:fs';
import type Libsql from 'libsql';
import { PackageError, ServiceError } from '../../errors/index.js';

/** An open SQLite file. */
export type Database = InstanceType<typeof Libsql>;
/** A prepared statement of one. */
export type Statement = Libsql.Statement<unknown[]>;

/**
 * Opens an SQLite file that only its owner can read, in WAL mode, with every commit on disk before it returns.
 *
 * @param options.exclusive Whether no other process may open it meanwhile. Default: false.
 * @throws (as rejection) PackageError `PACKAGE_MISSING` without the optional package libsql; ServiceError `SERVICE_START_FAILED` when
 * the file can't be opened.
 */
export async function openDatabase(
  file: string,
  schema: string,
  { exclusive = false }: { exclusive?: boolean } = {},
): Promise<Database> {
  const Database = await loadLibsql();
  let opened: Database | undefined;
  try {
    // SQLite gives the files beside it the same mode.
    closeSync(openSync(file, 'a', 0o600));
    const database: Database = new Database(file, { timeout: exclusive ? 0 : 5_000 });
    opened = database;
    // Before the first read, so that the lock is taken with it.
    if (exclusive) database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    // What is deleted is overwritten: presigned URLs, names, results.
    database.pragma('secure_delete = ON');
    database.exec(schema);
    return database;
  } catch (cause) {
    opened?.close();
    const isLocked = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_BUSY');
    const why = isLocked ? 'another service is using it' : cause instanceof Error ? cause.message : String(cause);
    throw new ServiceError('SERVICE_START_FAILED', `The store ${file} can't be opened: ${why}.`, { cause });
  }
}

/**
 * Closes a file, and lets others open it at once.
 *
 * libsql keeps the file, with an exclusive lock, until its statements are collected as garbage; outside WAL mode the lock can be given
 * back before. What is in the log beside the file goes into it.
 */
export function closeDatabase(database: Database): void {
  try {
    database.pragma('journal_mode = DELETE');
    database.pragma('locking_mode = NORMAL');
    // The mode counts from the next access on.
    database.prepare('SELECT count(*) FROM sqlite_master').get();
  } catch (error) {
    // On a full disk the log stays where it is, and is read by whoever opens the file next.
    if ((error as { code?: unknown }).code !== 'SQLITE_FULL') throw error;
  } finally {
    database.close();
  }
}

async function loadLibsql(): Promise<typeof Libsql> {
  try {
    return (await import('libsql')).default;
  } catch (cause) {
    throw new PackageError('The REST half of the local service', 'libsql', cause, 'libsql busboy');
  }
}
