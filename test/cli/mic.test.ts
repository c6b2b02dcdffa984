import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFfmpeg } from '../../src/index.js';
import { fakeFfmpeg } from '../process/fake-ffmpeg.js';
import { buildCli } from './support/built-cli.js';
import { call, RunningCli, runCli } from './support/run-cli.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'mic-'));
beforeAll(buildCli, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('mic', () => {
  test('streams what is heard until Ctrl-C, with the results of it', async () => {
    // In place of a device: a recording of somebody, as fast as it goes, and then silence; less than a live source keeps, or a busy
    // machine would drop the speech.
    const args = ['-v', 'error', '-i', call, '-af', 'pan=mono|c0=c0,apad', '-t', '40', '-ar', '16000', '-f', 'f32le', '-'];
    const script = `require('child_process').spawn(${JSON.stringify(findFfmpeg().path)}, ${JSON.stringify(args)}, { stdio: 'inherit' });
      setInterval(() => {}, 1000);`;
    const running = new RunningCli(['mic', '--local', '--level', 'utterance'], { FFMPEG_PATH: fakeFfmpeg(folder, script) });
    await running.printed('stdout', '"level":"utterance"');
    running.child.kill('SIGINT');
    const result = await running.end();
    expect(result.code).toBe(0);
    expect(result.lines().length).toBeGreaterThan(0);
    expect(result.stderr).toContain('Summary of microphone');
  });

  test('lists microphones, and says what to do where there is none', async () => {
    const listing = fakeFfmpeg(folder, `console.log('* ' + process.argv.at(-1) + '.mic [A microphone]')`);
    const listed = await runCli(['mic', '--list', '--backend', 'alsa'], { env: { FFMPEG_PATH: listing } });
    expect([listed.code, listed.stdout]).toEqual([0, 'alsa.mic  A microphone (alsa, default)\n']);
    const deaf = fakeFfmpeg(folder, 'process.exitCode = 1');
    const failed = await runCli(['mic', '--local'], { env: { FFMPEG_PATH: deaf } });
    expect(failed.code).toBe(4);
    expect(failed.stderr).toContain('error MICROPHONE_UNAVAILABLE: No microphone brought any audio');
  });
});
