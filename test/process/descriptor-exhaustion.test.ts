import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleEnvironment, bundleProcess } from './bundle-process.js';

describe.skipIf(process.platform === 'win32' /* has no ulimit */)('a process that has no file descriptors left', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'descriptors-'));
    await bundleProcess(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is told that ffmpeg could not be started, and lives on to start one when there are some again', () => {
    const script = path.join(folder, 'script.mjs');
    writeFileSync(
      script,
      `import { openSync, closeSync } from 'node:fs';
       import { startFfmpegDecoder } from './process.mjs';
       const start = () => new Promise((resolve) => {
         const decoder = startFfmpegDecoder({
           demuxer: 'wav', onDrain() {}, onData() { decoder.kill(); resolve('audio'); }, onEnd() {}, onError: (e) => resolve(e.code + ' ' + e.cause?.code),
         });
         decoder.write(Buffer.from('UklGRv////9XQVZFZm10IBAAAAABAAEAgD4AAAB9AAACABAAZGF0Yf////8=', 'base64'));
         decoder.write(Buffer.alloc(1 << 20));
       });
       const said = [await start()];
       const open = [];
       try { for (;;) open.push(openSync('/dev/null')); } catch {}
       for (let free = 0; free < 4; free += 1) { said.push(await start()); closeSync(open.pop()); }
       open.forEach(closeSync);
       said.push(await start());
       console.log(said.join('; '));`,
    );
    const run = spawnSync('sh', ['-c', `ulimit -n 60; exec "${process.execPath}" "${script}"`], {
      env: bundleEnvironment,
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    expect(run.stdout.trim()).toBe(`audio; ${'FFMPEG_FAILED EMFILE; '.repeat(4)}audio`);
    expect(run.status).toBe(0);
  });
});
