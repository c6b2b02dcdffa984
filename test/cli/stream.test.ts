import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StreamResultJson } from '../../src/index.js';
import { buildCli } from './support/built-cli.js';
import { call, fixtures, type JsonLine, runCli } from './support/run-cli.js';

beforeAll(buildCli, 120_000);

const male = 'male';
const female = 'female';

describe('stream, piped', () => {
  test('prints one prediction a line and nothing else, for each channel in a session of its own', async () => {
    const result = await runCli(['stream', call, '--local', '--channel', 'split']);
    expect(result.code).toBe(0);
    const lines = result.lines();
    expect(new Set(lines.map(({ channel }) => channel))).toEqual(new Set([0, 1]));
    expect(lines.every(({ engine }) => engine === 'local')).toBe(true);
    const genders = (channel: number) => lines.filter((line) => line.channel === channel).map(({ tasks }) => tasks.gender?.label);
    expect(new Set(genders(0))).toEqual(new Set([female]));
    expect(new Set(genders(1))).toEqual(new Set([male]));
    expect(result.stderr).toContain('support_mulaw_8k.wav: wav mulaw, 8000 Hz, 2 channels, 0:14.1');
    expect(result.stderr).toContain("local engine: classical signal processing, not the vendor's models");
    expect(result.stderr).toMatch(/channel 1: \d+ utterances?, \d+ segments?/);
    expect(result.stderr).toContain('audio sent 0.47 min in 2 sessions');
  });

  test('mixes channels unless told otherwise, and says when that mixes two speakers', async () => {
    const result = await runCli(['stream', call, '--local']);
    expect(result.code).toBe(0);
    expect(new Set(result.lines().map(({ channel }) => channel))).toEqual(new Set(['mix']));
    expect(result.stderr).toMatch(/^note TWO_PARTIES: .*--channel split/m);
  });

  test('takes one channel and one level', async () => {
    const result = await runCli(['stream', call, '--local', '--channel', '1', '--level', 'utterance']);
    const lines = result.lines();
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.every(({ channel, level }) => channel === 1 && level === 'utterance')).toBe(true);
    expect(result.stderr).not.toContain('TWO_PARTIES');
  });

  test('leaves silence out with --gate, gets the same, and says how much it was', async () => {
    const args = ['stream', call, '--local', '--channel', 'split', '--level', 'utterance'];
    const [all, gated] = [await runCli(args), await runCli([...args, '--gate'])];
    const places = (lines: JsonLine[]) => lines.map(({ channel, startMs }) => `${channel} ${Math.round(startMs / 100)}`).sort();
    expect(gated.code).toBe(0);
    expect(places(gated.lines())).toEqual(places(all.lines()));
    expect(all.stderr).not.toContain('left out');
    const [, sent, saved] = /audio sent (0\.\d\d) min in 2 sessions, (0\.\d\d) min of silence \(\d+ %\) left out/.exec(
      gated.stderr,
    )!;
    expect(Number(sent) + Number(saved)).toBeCloseTo((2 * 14.1) / 60, 1);
    expect(Number(saved)).toBeGreaterThan(0.1);
    expect(gated.stderr).not.toContain('GAP');
  });

  test.each(['0', 'split'])('ends the audio after --max-minutes, with its results (channel %s)', async (channel) => {
    const result = await runCli(['stream', call, '--local', '--channel', channel, '--max-minutes', '0.1']);
    expect(result.code).toBe(0);
    expect(result.lines().length).toBeGreaterThan(0);
    expect(result.stderr).toMatch(/^note BUDGET: 0\.10 min of audio were sent, as much as --max-minutes allows/m);
    expect(result.stderr).toContain('audio sent 0.10 min');
  });

  test('reads standard input as it reads the file', async () => {
    const file = path.join(fixtures, 'call/support.mp3');
    const fromFile = await runCli(['stream', file, '--local']);
    const fromStdin = await runCli(['stream', '-', '--local'], { stdin: await readFile(file) });
    expect(fromStdin.code).toBe(0);
    expect(fromStdin.stdout).toBe(fromFile.stdout);
    expect(fromStdin.stderr).toContain('stdin: mp3, 48000 Hz, 2 channels');
  });

  test('prints the messages of the service in their documented form with --raw', async () => {
    const args = ['stream', call, '--local', '--channel', '0'];
    const raw = (await runCli([...args, '--raw'])).lines<StreamResultJson & { channel: number; engine: string }>();
    const predictions = (await runCli(args)).lines();
    expect(raw.map(({ message_id }) => message_id)).toEqual(predictions.map(({ messageId }) => messageId));
    expect(raw[0]).toMatchObject({ channel: 0, engine: 'local', cid: 10_000_000 });
    const gender = raw[0]?.results.find(({ task }) => task === 'gender');
    expect(gender).toMatchObject({ id: '1', level: 'segment', finalLabel: female, st: raw[0]?.results[0]?.st });
  });

  test('does not claim to tell deepfakes locally', async () => {
    const result = await runCli(['stream', call, '--local', '--api', 'deepfakes', '--channel', '0']);
    for (const { tasks } of result.lines()) {
      expect(tasks.deepfake?.label).toBeUndefined();
      expect(tasks.deepfake?.predictions.map(({ posterior }) => posterior)).toEqual([0.5, 0.5]);
    }
    expect(result.stderr).toMatch(/deepfake +not assessed \d/);
  });

  test('paces audio, and tells the latency then', async () => {
    const paced = await runCli(['stream', call, '--local', '--channel', '0', '--pace=20', '--chunk', '100']);
    expect(paced.lines().every(({ latencyMs }) => typeof latencyMs === 'number')).toBe(true);
    expect(paced.stderr).toMatch(/latency after a segment's end +p50 \d+ ms, p99 \d+ ms, of \d/);
    const unpaced = await runCli(['stream', call, '--local', '--channel', '0']);
    expect(unpaced.stderr).not.toContain('latency');
  });
});

describe('stream --plain', () => {
  test('prints a table without escape codes, and says whose engine it is', async () => {
    const { code, stdout } = await runCli(['stream', call, '--local', '--plain', '--channel', 'split']);
    expect(code).toBe(0);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain("local engine: classical signal processing, not the vendor's models");
    expect(stdout).toMatch(/^time +ch +level +gender +strength +rate/m);
    expect(stdout).toMatch(/^0:0\d\.\d-0:0\d\.\d +0 +utterance +female \d+%/m);
    expect(stdout).toContain('Summary of support_mulaw_8k.wav');
  });
});

test('demo streams the bundled call of two people', async () => {
  const result = await runCli(['demo', '--pace=25']);
  expect(result.code).toBe(0);
  const genders = result.lines().map(({ channel, tasks }) => `${channel} ${tasks.gender?.label}`);
  expect(new Set(genders)).toEqual(new Set([`0 ${female}`, `1 ${male}`]));
  expect(result.stderr).toContain('two-party-call.wav: wav mulaw, 8000 Hz, 2 channels, 0:25.1');
});

test('demo prints what the front page shows', async () => {
  const { stdout } = await runCli(['demo', '--pace=25', '--plain']);
  const printed = stdout.split('\n');
  const front = await readFile(path.resolve(import.meta.dirname, '../../README.md'), 'utf8');
  const shown = front.split('\n').filter((line) => /^(time +ch|\d:\d\d\.\d-)/.test(line));
  expect(shown.length).toBeGreaterThan(3);
  const missing = shown.filter((line) => !printed.some((one) => one.startsWith(line)));
  expect(missing, stdout).toEqual([]);
});

test('help of demo says what it does unless told otherwise', async () => {
  const { stdout } = await runCli(['demo', '--help']);
  const text = stdout.replace(/\s+/g, ' ');
  expect(text).toMatch(/--channel <channel> [^(]*\(default: "split"\)/);
  expect(text).toMatch(/--pace \[speed\] [^(]*\(default: 1\)/);
});

test('help documents the exit codes', async () => {
  for (const args of [['--help'], ['stream', '--help']]) {
    const { code, stdout } = await runCli(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Exit codes:\n +0 +done/);
  }
});
