import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..', '..');

interface Report {
  machine: { cpu: string; cores: number; node: string; date: string; commit: string };
  quick: boolean;
  results: { name: string; rows: { case: string; ours: { value: number }; baseline?: { value: number } }[] }[];
}

it('every benchmark runs, beside its baseline, and reports figures with the machine', { timeout: 600_000 }, async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-test-'));
  try {
    const json = path.join(folder, 'result.json');
    const { stdout } = await run(process.execPath, ['benchmarks/run.mjs', '--quick', '--json', json], { cwd: root });
    const report: Report = JSON.parse(await readFile(json, 'utf8'));
    expect(report.quick).toBe(true);
    expect(report.machine.node).toBe(process.version);
    expect(report.machine.cores).toBeGreaterThan(0);
    expect(report.results.map(({ name }) => name)).toEqual([
      'chunk-latency',
      'prediction-latency',
      'file-to-wire',
      'first-chunk',
      'memory',
      'operators',
      'gating',
      'rtp',
      'engine',
      'reconnect',
      'timeline',
      'batch-submissions',
      'batch-memory',
      'batch-results',
      'import-time',
    ]);
    for (const { name, rows } of report.results) {
      expect(
        rows.some(({ baseline }) => baseline),
        `${name} has a baseline`,
      ).toBe(true);
      for (const row of rows) expect(stdout).toContain(row.case);
      for (const row of rows) expect(row.ours, `${name}: ${row.case}`).toHaveProperty('value');
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
