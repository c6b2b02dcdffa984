import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A disk that is soon full. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves no room on it. */
  fill(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A disk of its own, of 4 MiB; undefined where this process may not have one. */
export async function smallDisk(): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'full-disk-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    await remove();
    return undefined;
  }
  const unmount = async () => {
    execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
    await remove();
  };
  const fill = async () => {
    const { bavail, bsize } = await statfs(folder);
    await writeFile(path.join(folder, 'ballast'), Buffer.alloc(bavail * bsize));
  };
  return { folder, fill, [Symbol.asyncDispose]: unmount };
}
