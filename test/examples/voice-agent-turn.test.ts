import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedResult, startScriptedService } from '../../src/testing/index.js';

const root = path.resolve(import.meta.dirname, '../..');
const recording = path.join(root, 'examples/audio/two-party-call.wav');
/** When the second party of the recording speaks, in seconds. */
const TURNS = [
  [6.8, 9.7],
  [12.9, 16.1],
  [19.1, 24],
] as const;

let folder: string;
beforeAll(async () => {
  // Inside the repository, where the package's name leads to its own dist folder.
  folder = await mkdtemp(path.join(root, 'test/docs/.snippets-'));
  const source = await readFile(path.join(root, 'examples/voice-agent-turn.ts'), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'node20' });
  await writeFile(path.join(folder, 'voice-agent-turn.mjs'), code);
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the example until it ends by itself, which it does only when it leaves nothing open. */
async function run(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['voice-agent-turn.mjs', recording, '1', '8', '3000'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = [...stdout.matchAll(/^\[([\d.]+) s to ([\d.]+) s\] (.*)$/gm)].map(([, start, end, note]) => ({
    start: Number(start),
    end: Number(end),
    note,
  }));
  // At this speed one turn may wait longer than the next one takes.
  return lines.sort((left, right) => left.start - right.start);
}

function expectTurns(lines: Awaited<ReturnType<typeof run>>) {
  expect(lines).toHaveLength(TURNS.length);
  for (const [i, { start, end }] of lines.entries()) {
    expect(Math.abs(start - TURNS[i]![0])).toBeLessThan(0.5);
    expect(Math.abs(end - TURNS[i]![1])).toBeLessThan(0.5);
  }
}

describe('examples/voice-agent-turn.ts', () => {
  it('says of each turn how it sounded, as the local service measures it', async () => {
    const lines = await run({ BEHAVIORALSIGNALS_CID: '' });
    expectTurns(lines);
    for (const { note } of lines) {
      expect(note).toMatch(
        /^The caller's voice, as perceived: (strength \w+)?.*(speaking rate [\w ]+)? \((whole turn|latest two seconds)\)\.$/,
      );
    }
  });

  it("puts the service's emotion into the turn that it belongs to, and does without when it comes too late", async () => {
    const utterance = (id: string, startMs: number, endMs: number, emotion: string) =>
      scriptedResult({ level: 'utterance', id, startMs, endMs, tasks: { emotion, speaking_rate: 'fast' } });
    await using service = await startScriptedService([
      { afterMs: 10_000, send: utterance('1', 6700, 9750, 'angry') },
      // Only a segment comes in time for the second turn.
      {
        afterMs: 15_500,
        send: scriptedResult({ level: 'segment', id: '2', startMs: 13_000, endMs: 15_000, tasks: { emotion: 'sad' } }),
      },
      { atEnd: true, send: utterance('3', 19_000, 24_100, 'happy') },
    ]);
    const { endpoint, cid, apiKey } = service.connection;
    const lines = await run({
      BEHAVIORALSIGNALS_CID: String(cid),
      BEHAVIORALSIGNALS_API_KEY: apiKey,
      BEHAVIORALSIGNALS_ENDPOINT: endpoint,
    });
    expectTurns(lines);
    expect(lines.map(({ note }) => note)).toEqual([
      "The caller's voice, as perceived: emotion angry, speaking rate fast (whole turn).",
      "The caller's voice, as perceived: emotion sad (latest two seconds).",
      "The caller's voice, as perceived: emotion happy, speaking rate fast (whole turn).",
    ]);
  });
});
