import { closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { BatchApiError, OptionError } from '../errors/index.js';

const FORMAT = 'behavioral-signals-rx batch';
const VERSION = 1;

/** What is known of a file. */
export interface JournalEntry {
  /**
   * `submitting`: an upload has begun, and may have been accepted. `refused`: it certainly was not accepted. `failed`: at the service. After
   * the last two a new submission is needed.
   */
  readonly state: 'submitting' | 'refused' | 'submitted' | 'completed' | 'failed';
  /** Bytes and modification time: a file that changed is another recording. */
  readonly size: number;
  readonly mtimeMs: number;
  readonly submissionId: string;
  /** When the upload began, in milliseconds since the Unix epoch. */
  readonly attemptedAt: number;
  readonly pid?: string;
}

/** Journals that this process has open. */
const openHere = new Set<string>();

/**
 * What a run has done, in a file of JSON lines that survives whatever ends the run: each line is written whole or ignored, and the file is
 * replaced at once when it is opened again and written afresh.
 *
 * Writes are synchronous: they are short, and what follows one must not begin before it is done.
 */
export class BatchJournal {
  readonly #file: string;
  readonly #entries: Map<string, JournalEntry>;
  #descriptor: number | undefined;

  private constructor(file: string, entries: Map<string, JournalEntry>, descriptor: number) {
    this.#file = file;
    this.#entries = entries;
    this.#descriptor = descriptor;
  }

  /**
   * Opens a journal, or begins one.
   *
   * @param identity The service and project that its process IDs belong to.
   * @throws BatchApiError `STATE_FILE_UNUSABLE` when it can't be read or written, is of something else, or is in use.
   */
  static open(file: string, identity: string): BatchJournal {
    const name = path.resolve(file);
    lock(name);
    try {
      const entries = readEntries(name, identity);
      const lines = [JSON.stringify({ format: FORMAT, version: VERSION, of: identity }), ...[...entries].map(entryLine)];
      const fresh = `${name}.new`;
      const descriptor = openSync(fresh, 'w', 0o600);
      try {
        writeSync(descriptor, `${lines.join('\n')}\n`);
        fsyncSync(descriptor);
        renameSync(fresh, name);
      } catch (error) {
        closeSync(descriptor);
        throw error;
      }
      return new BatchJournal(name, entries, descriptor);
    } catch (cause) {
      unlock(name);
      throw cause instanceof BatchApiError ? cause : unusable(name, messageOf(cause), cause);
    }
  }

  /** What is known of a file. */
  get(file: string): JournalEntry | undefined {
    return this.#entries.get(path.resolve(file));
  }

  /**
   * Notes what has become of a file.
   *
   * @throws BatchApiError `STATE_FILE_UNUSABLE`.
   */
  record(file: string, entry: JournalEntry): void {
    if (this.#descriptor === undefined) return;
    const name = path.resolve(file);
    this.#entries.set(name, entry);
    try {
      writeSync(this.#descriptor, `${entryLine([name, entry])}\n`);
      fdatasyncSync(this.#descriptor);
    } catch (cause) {
      throw unusable(this.#file, messageOf(cause), cause);
    }
  }

  /** Lets others use the file. */
  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    unlock(this.#file);
  }
}

function entryLine([file, entry]: [string, JournalEntry]): string {
  return JSON.stringify({ file, ...entry });
}

function readEntries(name: string, identity: string): Map<string, JournalEntry> {
  const entries = new Map<string, JournalEntry>();
  const text = readText(name);
  if (text === undefined || text === '') return entries;
  const [header, ...lines] = text.split('\n');
  const { format, version, of } = (parseLine(header) ?? {}) as Record<string, unknown>;
  if (format !== FORMAT) throw unusable(name, 'it is no state file of this library, and is left as it is');
  if (version !== VERSION) throw unusable(name, `its version is ${version}, not ${VERSION}`);
  if (of !== identity) throw unusable(name, `it belongs to ${of}, not to ${identity}; give another file`);
  lines.forEach((line, index) => {
    // What follows the last newline is a line that was never finished.
    if (index === lines.length - 1) return;
    const { file, ...entry } = (parseLine(line) ?? {}) as JournalEntry & { file?: unknown };
    if (typeof file !== 'string' || typeof entry.submissionId !== 'string')
      throw unusable(name, `line ${index + 2} can't be read`);
    entries.set(file, entry);
  });
  return entries;
}

function readText(name: string): string | undefined {
  try {
    return readFileSync(name, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseLine(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '');
  } catch {
    return undefined;
  }
}

/** Two runs with one journal would submit the same files. A lock whose process is gone counts for nothing. */
function lock(name: string): void {
  if (openHere.has(name)) throw unusable(name, 'another run of this process uses it');
  for (const isLastTry of [false, true]) {
    try {
      const descriptor = openSync(`${name}.lock`, 'wx', 0o600);
      writeSync(descriptor, String(process.pid));
      closeSync(descriptor);
      openHere.add(name);
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST' || isLastTry) throw unusable(name, messageOf(cause), cause);
      const holder = holderOf(name);
      if (holder !== process.pid && isAlive(holder)) throw unusable(name, `process ${holder} uses it`);
      rmSync(`${name}.lock`, { force: true });
    }
  }
}

/** The process that holds a lock; 0 when it is gone. */
function holderOf(name: string): number {
  try {
    return Number(readText(`${name}.lock`));
  } catch (cause) {
    // Another user's, or a folder.
    throw unusable(name, messageOf(cause), cause);
  }
}

function unlock(name: string): void {
  openHere.delete(name);
  rmSync(`${name}.lock`, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function unusable(name: string, why: string, cause?: unknown): BatchApiError {
  return new BatchApiError('STATE_FILE_UNUSABLE', `The state file ${name} can't be used: ${why}`, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Checks a path at once. */
export function expectStateFile(option: string, file: unknown): void {
  if (file !== undefined && (typeof file !== 'string' || file === '')) throw new OptionError(option, 'must be a path', file);
}
