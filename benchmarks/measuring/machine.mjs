// @ts-check
// Where and when figures were measured: they mean nothing without.
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** @param {string} command @param {string[]} args */
function output(command, args) {
  try {
    return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/** The machine, the versions of what runs on it, the commit and the time. */
export function describeMachine() {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString(),
    commit: output('git', ['rev-parse', 'HEAD']) ?? 'unknown',
    /** Whether src/ differed from the commit. */
    modified: output('git', ['status', '--porcelain', '--', 'src']) !== '',
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    /** Busy cores in the minute before the start: high values spoil the figures. */
    loadBefore: Number(os.loadavg()[0]?.toFixed(2)),
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    ffmpeg: output('ffmpeg', ['-version'])?.split(' ')[2] ?? 'none',
  };
}
