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
    const result = await runCli([
      'call',
      `${fixtures}/mono/rate_rms_x100.wav`,
      `${fixtures}/corrupt/text_renamed.wav`,
      '--local',
      '--names',
      'a,b',
    ]);
    expect(result.code).toBe(4);
    expect(
      result
        .lines<Line>()
        .filter(isPrediction)
        .every(({ leg }) => leg === 'a'),
    ).toBe(true);
    expect(result.lines<Line>().some(isPrediction)).toBe(true);
    expect(result.stderr.match(/text_renamed\.wav: this is plain text/g)).toHaveLength(1);
    expect(result.stderr).toMatch(/^error UNRECOGNIZED_INPUT: .*\n.*\nThis ended the audio of b\.$/m);
  });

  test.each([
    [['missing.wav'], 'This ended the audio of left and right.'],
    [['missing.wav', call, '--names', 'a,b', '--analyze', 'a'], 'This ended the audio of a.'],
  ])('reports a recording that cannot be read once, with the parties it was of: %j', async (args, ended) => {
    const result = await runCli(['call', ...args, '--local', '--plain']);
    expect(result.code).toBe(4);
    expect(result.stderr.match(/ENOENT/g)).toHaveLength(1);
    expect(result.stderr).toContain(`\n${ended}\n`);
  });

  test('says what is missing when one recording has no channel for a party', async () => {
    const result = await runCli(['call', `${fixtures}/mono/rate_rms_x100.wav`, '--local', '--plain']);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(
      /^error INVALID_OPTION: <inputs\.\.\.>: "rate_rms_x100\.wav" has fewer channels than .* parties, 2/m,
    );
    expect(result.stderr).toContain('This ended the audio of right.');
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
