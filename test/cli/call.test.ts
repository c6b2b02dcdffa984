import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LegEvent, TurnEvent } from '../../src/telephony/index.js';
import { buildCli } from './support/built-cli.js';
import { call, fixtures, type JsonLine, runCli } from './support/run-cli.js';

beforeAll(buildCli, 120_000);

type LegLine = Omit<JsonLine, 'channel'> & { leg: string };
type Line = LegLine | LegEvent | TurnEvent;
const isPrediction = (line: Line): line is LegLine => 'tasks' in line;

describe('call', () => {
  test('names the parties of a recording, and says who talked when, in lines of JSON', async () => {
    const result = await runCli(['call', call, '--local', '--names', 'customer,agent', '--analyze', 'customer']);
    expect(result.code).toBe(0);
    const lines = result.lines<Line>();
    const predictions = lines.filter(isPrediction);
    expect(predictions.length).toBeGreaterThan(0);
    expect(new Set(predictions.map(({ leg }) => leg))).toEqual(new Set(['customer']));
    // Named as in all events of the call, and only so.
    expect(predictions.filter((line) => 'channel' in line)).toEqual([]);
    expect(lines.filter((line) => 'kind' in line && line.kind === 'overlap')).toHaveLength(1);
    expect(lines.at(-1)).toMatchObject({ type: 'call-summary', legs: { customer: { turns: 3 }, agent: { turns: 2 } } });
    expect(result.stderr).toMatch(
      /call of 14\.1 s: nobody spoke for \d\.\d s \(\d+ %\), several at once for 0\.\d s \(1 overlap\)/,
    );
    expect(result.stderr).toMatch(
      /agent {5}talked 3\.\d s \(\d+ %\) in 2 turns, longest 2\.\d s, answered after 0\.\d s \(median of 1\), 1 interruption/,
    );
    // One session, of the customer alone.
    expect(result.stderr).toMatch(/audio sent 0\.2\d min, took/);
  });

  test('takes a recording of each party, and shows a table with their names', async () => {
    const files = ['mono/rate_rms_x100.wav', 'mono/rate_slt_x100.wav'].map((file) => `${fixtures}/${file}`);
    const result = await runCli(['call', ...files, '--local', '--plain', '--order', 'time']);
    expect(result.stdout).toMatch(/^time +leg +level/m);
    expect(result.stdout).toMatch(/rate_rms_x1\S* +(utterance|segment)/);
    expect(result.stdout).toContain('rate_slt_x100: ');
    expect(result.code).toBe(0);
  });

  test('goes on without a party that fails, and says so with its exit code', async () => {
    const text = await readFile(`${fixtures}/corrupt/text_renamed.wav`);
    const result = await runCli(['call', `${fixtures}/mono/rate_rms_x100.wav`, '-', '--local', '--names', 'a,b'], {
      stdin: text,
    });
    expect(result.code).toBe(4);
    expect(
      result
        .lines<Line>()
        .filter(isPrediction)
        .every(({ leg }) => leg === 'a'),
    ).toBe(true);
    expect(result.lines<Line>().some(isPrediction)).toBe(true);
    expect(result.stderr.match(/stdin: this is plain text/g)).toHaveLength(1);
    expect(result.stderr).toMatch(/^error UNRECOGNIZED_INPUT: .*\n.*\nThis ended the audio of b\.$/m);
  });

  test.each([
    ['missing.wav', /^error SOURCE_FAILED: .*ENOENT.*missing\.wav/],
    [`${fixtures}/corrupt/text_renamed.wav`, /^error UNRECOGNIZED_INPUT: text_renamed\.wav: this is plain text/],
    [fixtures, /^error SOURCE_FAILED: .*EISDIR/],
  ])('streams nothing when a file of one party is missing or no audio: %s', async (file, complaint) => {
    const result = await runCli(['call', call, file, '--local', '--names', 'a,b']);
    expect(result).toMatchObject({ code: 4, stdout: '' });
    expect(result.stderr).toMatch(complaint);
    expect(result.stderr).not.toContain('streaming');
  });

  test('takes what has a name but can be read once only', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'call-'));
    const fifo = path.join(folder, 'fifo.wav');
    execFileSync('mkfifo', [fifo]);
    const writer = createReadStream(`${fixtures}/mono/rate_slt_x100.wav`).pipe(createWriteStream(fifo));
    const result = await runCli([
      'call',
      `${fixtures}/mono/rate_rms_x100.wav`,
      fifo,
      '--local',
      '--names',
      'a,b',
      '--analyze',
      'b',
    ]);
    writer.destroy();
    await rm(folder, { recursive: true });
    expect(result.code).toBe(0);
    expect(result.lines<Line>().some(isPrediction)).toBe(true);
  });

  test('reports a recording that all share and that cannot be read once, with the parties it was of', async () => {
    const result = await runCli(['call', 'missing.wav', '--local', '--plain']);
    expect(result.code).toBe(4);
    expect(result.stderr.match(/ENOENT/g)).toHaveLength(1);
    expect(result.stderr).toContain('\nThis ended the audio of left and right.\n');
  });

  test('says what is missing when one recording has no channel for a party, and streams nothing of it', async () => {
    const result = await runCli(['call', `${fixtures}/mono/rate_rms_x100.wav`, '--local']);
    expect(result.code).toBe(2);
    expect(result.lines<Line>().filter(isPrediction)).toEqual([]);
    expect(result.stderr).toMatch(
      /^error INVALID_OPTION: <inputs\.\.\.>: "rate_rms_x100\.wav" has 1 channel for 2 parties; give/m,
    );
    expect(result.stderr).toContain('This ended the audio of left and right.');
    expect(result.stderr).not.toContain('note ');
  });

  test.each([
    [['--names', 'a,a'], '--names'],
    [['--names', 'a,'], '--names'],
    [['--analyze', 'nobody'], '--analyze'],
    [['other.wav', '--names', 'a,b,c'], '--names'],
  ])('refuses what makes no sense: %j', async (args, option) => {
    const result = await runCli(['call', call, ...args, '--local']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`INVALID_OPTION: ${option}`);
  });
});
