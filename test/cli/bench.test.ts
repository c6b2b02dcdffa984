import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { startScriptedServer } from '../support/scripted-server.js';
import { buildCli } from './support/built-cli.js';
import { fixtures, runCli } from './support/run-cli.js';

beforeAll(buildCli, 120_000);

const second = path.join(fixtures, 'formats/pcm_s16le.wav');

test('bench says how much it sends, then measures chunks up to the wire and predictions back', async () => {
  const result = await runCli(['bench', second]);
  expect(result.code).toBe(0);
  expect(result.stderr).toMatch(/^bench sends pcm_s16le\.wav 2 times at real time: 0\.03 min of audio, to a local service/);
  expect(result.stderr).toContain('local engine');
  const figures = result.lines<{ engine: string; chunkMs: number; what: string; count: number; p50Ms: number; p99Ms: number }>();
  const wire = figures.filter(({ what }) => what.includes('wire'));
  expect(wire.map(({ chunkMs, count }) => [chunkMs, count])).toEqual([
    [20, 50],
    [250, 4],
  ]);
  for (const { p50Ms, p99Ms } of wire) {
    expect(p50Ms).toBeGreaterThan(-1);
    expect(p99Ms).toBeLessThan(1000);
  }
  expect(figures.filter(({ what }) => what.includes('utterance')).map(({ count }) => count)).toEqual([1, 1]);
  expect(figures.every(({ engine }) => engine === 'local')).toBe(true);
});

test('bench sends nothing to an endpoint before it was agreed to', async () => {
  let calls = 0;
  await using server = await startScriptedServer(() => {
    calls += 1;
  });
  const env = { BEHAVIORALSIGNALS_CID: '1', BEHAVIORALSIGNALS_API_KEY: 'x' };
  const { code, stderr } = await runCli(['bench', second, '--endpoint', server.connection.endpoint], { env });
  expect(code).toBe(2);
  expect(calls).toBe(0);
  expect(stderr).toContain('error INVALID_OPTION: --yes: is needed to send 0.03 min of audio');
});
