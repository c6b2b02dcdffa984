import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureBuilt } from '../../../scripts/ensure-built.mjs';

const root = path.resolve(import.meta.dirname, '../../..');
const lock = path.join(os.tmpdir(), `behavioral-signals-rx-build-${Buffer.from(root).toString('hex').slice(-40)}`);
/** A lock this old was left behind by a test run that was killed. */
const STALE_MS = 120_000;

/** The built command line. */
export const cli = path.join(root, 'dist', 'cli.js');

/** Builds what the tests run, once: test files run in processes of their own, and each of them asks for it. */
export async function buildCli(): Promise<void> {
  while (!acquire()) await delay(100);
  try {
    await ensureBuilt();
  } finally {
    rmdirSync(lock);
  }
}

function acquire(): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const changed = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (changed !== undefined && Date.now() - changed > STALE_MS) rmdirSync(lock);
    return false;
  }
}
