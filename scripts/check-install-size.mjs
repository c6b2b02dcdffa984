// Prints what a production install of the package takes on disk, and fails above the limit.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt } from './ensure-built.mjs';
import { folderBytes, packAndInstall, packageSizes } from './packed-install.mjs';

const LIMIT_BYTES = 25e6;
const LISTED = 8;
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`.padStart(8);

await ensureBuilt();
const scratch = await mkdtemp(path.join(os.tmpdir(), 'install-size-'));
try {
  const app = await packAndInstall(scratch);
  const total = await folderBytes(path.join(app, 'node_modules'));
  const sizes = await packageSizes(app);
  for (const { name, bytes } of sizes.slice(0, LISTED)) console.log(megabytes(bytes), name);
  console.log(
    megabytes(total),
    `in ${sizes.length} packages, rxjs included; at most ${megabytes(LIMIT_BYTES).trim()} are allowed`,
  );
  if (total > LIMIT_BYTES) process.exitCode = 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}
