import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFfmpeg } from '../../src/process/index.js';
import { bundleEnvironment, bundleProcess } from './bundle-process.js';
import { fakeFfmpeg } from './fake-ffmpeg.js';

describe.skipIf(process.platform === 'win32' /* no named pipes in the file system to watch a process with */)(
  'when the process that started ffmpeg ends',
  () => {
    let folder: string;
    let count = 0;

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'parent-exit-'));
      await bundleProcess(folder);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /**
     * Runs a parent that starts the ffmpeg given and ends as told once audio came; resolves when that ffmpeg is gone, which shows in
     * a named pipe that only it and its children hold open. Never resolves when it lives on.
     */
    async function parentThat(ends: string, ffmpeg: string): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
      count += 1;
      const fifo = path.join(folder, `alive-${count}`);
      execFileSync('mkfifo', [fifo]);
      const watched = path.join(folder, `ffmpeg-${count}`);
      writeFileSync(watched, `#!/bin/sh\nexec 9>'${fifo}'\nexec '${ffmpeg}' "$@"\n`, { mode: 0o755 });
      const parent = path.join(folder, `parent-${count}.mjs`);
      writeFileSync(
        parent,
        `import { startFfmpegDecoder } from './process.mjs';
         const header = Buffer.from('UklGRv////9XQVZFZm10IBAAAAABAAEAgD4AAAB9AAACABAAZGF0Yf////8=', 'base64');
         const decoder = startFfmpegDecoder({
           demuxer: 'wav', path: ${JSON.stringify(watched)}, killGraceMs: 50,
           onDrain() {}, onEnd() { console.error('ended'); }, onError(error) { console.error(error); },
           onData() { ${ends} },
         });
         decoder.write(header);
         decoder.write(Buffer.alloc(4 * 1024 * 1024));`,
      );
      const alive = createReadStream(fifo);
      alive.resume();
      const child = spawn(process.execPath, [parent], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: bundleEnvironment,
      });
      let stderr = '';
      child.stderr.on('data', (text) => {
        stderr += text;
      });
      const [[code, signal]] = await Promise.all([once(child, 'exit'), once(alive, 'end')]);
      expect(stderr.replace(/^.*throw new Error\('crash'\)[\s\S]*$/m, '')).not.toContain('FfmpegError');
      return { code, signal };
    }

    const stubborn = () =>
      fakeFfmpeg(
        folder,
        `for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGPIPE']) process.on(signal, () => {});
         for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on('error', () => {});
         process.stdin.resume();
         process.stdout.write(wav(1));
         setInterval(() => {}, 1000);`,
      );

    it('by process.exit(), even a child that ignores everything is gone', async () => {
      expect(await parentThat('process.exit(7);', stubborn())).toEqual({ code: 7, signal: null });
    });

    it('by an uncaught exception, it is gone', async () => {
      expect(await parentThat("throw new Error('crash');", stubborn())).toEqual({ code: 1, signal: null });
    });

    it('by running out of work after kill(), it is gone', async () => {
      expect(await parentThat('decoder.kill();', stubborn())).toEqual({ code: 0, signal: null });
    });

    it('by SIGKILL, its pipes break and ffmpeg ends of itself', async () => {
      expect(await parentThat("process.kill(process.pid, 'SIGKILL');", findFfmpeg().path)).toEqual({
        code: null,
        signal: 'SIGKILL',
      });
    });
  },
);
