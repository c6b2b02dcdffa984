import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runKills } from './kill-run.js';
import { ServiceBundle } from './killable-service.js';

it('every acknowledged submission survives kill -9 at any moment: completed or failed with a reason, with one set of results', async () => {
  const bundle = await ServiceBundle.make();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'kills-'));
  try {
    const report = await runKills(bundle, dataDir, { seed: 20, kills: 20 });
    expect(report.problems).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(20);
    expect(report.completed).toBeGreaterThan(10);
  } finally {
    await bundle.remove();
    await rm(dataDir, { recursive: true });
  }
}, 300_000);
