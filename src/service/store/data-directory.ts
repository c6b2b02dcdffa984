import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OptionError } from '../../errors/index.js';

/** What {@link uploadName} and {@link fetchedName} give. */
const UPLOAD_NAME = /^([0-9a-f]{32}|fetched-\d+)$/;

/** Temporary folders in use. */
const temporary = new Set<string>();

/** What lies in them is people's voices, which a process that ends without closing its services must not leave behind. */
function removeTemporary(): void {
  for (const folder of temporary) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Files that are open can't be deleted everywhere.
    }
  }
}

/** A name for an upload that nobody can guess, and that comes from nothing a client said. */
export function uploadName(): string {
  return randomBytes(16).toString('hex');
}

/** The name of what is fetched for a process. */
export function fetchedName(pid: number): string {
  return `fetched-${pid}`;
}

/** The folder that a service keeps its store and the audio of waiting jobs in: its owner's alone. */
export class DataDirectory {
  /** The folder itself. */
  readonly path: string;
  /** Where recordings wait for their jobs. */
  readonly uploads: string;
  readonly #isTemporary: boolean;

  private constructor(folder: string, isTemporary: boolean) {
    this.path = folder;
    this.uploads = path.join(folder, 'uploads');
    this.#isTemporary = isTemporary;
  }

  /**
   * Makes the folder if need be.
   *
   * @param folder Default: a temporary one, which {@link dispose} removes, or the end of the process.
   * @throws (as rejection) OptionError when it can't be made, or others may write to it.
   */
  static async open(folder: string | undefined): Promise<DataDirectory> {
    if (folder === undefined) {
      const directory = new DataDirectory(await mkdtemp(path.join(tmpdir(), 'behavioral-signals-')), true);
      if (temporary.size === 0) process.on('exit', removeTemporary);
      temporary.add(directory.path);
      await mkdir(directory.uploads, { mode: 0o700 });
      return directory;
    }
    const directory = new DataDirectory(path.resolve(folder), false);
    try {
      await mkdir(directory.path, { recursive: true, mode: 0o700 });
      await mkdir(directory.uploads, { recursive: true, mode: 0o700 });
      // Whoever made it may have been more generous; what lies in here is people's voices.
      await chmod(directory.uploads, 0o700);
      const { mode } = await stat(directory.path);
      if (process.platform !== 'win32' && (mode & 0o022) !== 0) {
        throw new OptionError('dataDir', `can be written by others than its owner (chmod 700 ${folder})`);
      }
      return directory;
    } catch (error) {
      if (error instanceof OptionError) throw error;
      throw new OptionError('dataDir', `can't be used (${error instanceof Error ? error.message : error})`);
    }
  }

  /** The path of an upload by the name that the store keeps. */
  uploadPath(file: string): string {
    return path.join(this.uploads, file);
  }

  /** Deletes uploads that no job waits for: what a crash left behind. Files of other names are not the service's, and stay. */
  async deleteUploadsExcept(wanted: ReadonlySet<string>): Promise<number> {
    const orphans = (await readdir(this.uploads)).filter((file) => UPLOAD_NAME.test(file) && !wanted.has(file));
    for (const file of orphans) await rm(this.uploadPath(file), { force: true });
    return orphans.length;
  }

  /** Removes a temporary folder; keeps one that was given. */
  async dispose(): Promise<void> {
    if (!this.#isTemporary) return;
    await rm(this.path, { recursive: true, force: true });
    temporary.delete(this.path);
    if (temporary.size === 0) process.off('exit', removeTemporary);
  }
}
