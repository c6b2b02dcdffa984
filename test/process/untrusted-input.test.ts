import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMUXERS, findFfmpeg } from '../../src/process/index.js';
import { decodeWithFfmpeg, fixturePath } from './decode-with-ffmpeg.js';
import { movThatRefersTo } from './mov-that-refers-to.js';

/**
 * Each attack is a small file that makes a carelessly started ffmpeg play another file of this machine. The control shows that it
 * does; after it, the same bytes go to our ffmpeg, as every container it may be told to expect.
 */
describe('bytes that name a file of this machine', () => {
  let folder: string;
  let secret: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'untrusted-'));
    secret = path.join(folder, 'secret.flac');
    copyFileSync(fixturePath('call/support_16k.flac'), secret);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const attacks = [
    {
      name: 'an HLS playlist',
      bytes: () => Buffer.from(`#EXTM3U\n#EXT-X-TARGETDURATION:15\n#EXTINF:14,\nfile://${secret}\n#EXT-X-ENDLIST\n`),
      careless: ['-protocol_whitelist', 'file,pipe', '-f', 'hls'],
    },
    {
      name: 'an ffconcat list',
      bytes: () => Buffer.from(`ffconcat version 1.0\nfile 'file:${secret}'\n`),
      careless: ['-protocol_whitelist', 'file,pipe', '-safe', '0', '-f', 'concat'],
    },
    {
      name: 'a QuickTime file with its data elsewhere',
      bytes: () => movThatRefersTo(secret),
      careless: ['-protocol_whitelist', 'file,pipe', '-enable_drefs', '1', '-use_absolute_path', '1', '-f', 'mov'],
    },
    {
      name: 'an AVI with a playlist for subtitles',
      bytes: () =>
        Buffer.concat([
          Buffer.from('RIFF\xff\xff\xff\x7fAVI ', 'latin1'),
          Buffer.from(`GAB2\0#EXTM3U\n#EXTINF:1,\nfile://${secret}\n`),
        ]),
      careless: undefined,
    },
  ];

  it.each(attacks)('are not followed: $name', async ({ bytes, careless }) => {
    const input = bytes();
    // Audio of the secret as it would come out, and the secret's own bytes.
    const loot: Buffer[] = [readFileSync(secret).subarray(1000, 1032)];
    if (careless) {
      const args = ['-v', 'error', ...careless, '-i', 'pipe:0', '-f', 'f32le', 'pipe:1'];
      const control = spawnSync(findFfmpeg().path, args, { input, maxBuffer: 64 * 1024 * 1024 });
      expect(control.stdout.length, control.stderr.toString()).toBeGreaterThan(1000);
      const middle = control.stdout.length >> 1;
      loot.push(control.stdout.subarray(middle, middle + 32));
    }
    for (const demuxer of DEMUXERS) {
      const { wav, error, outcome } = await decodeWithFfmpeg({ demuxer }, input);
      for (const piece of loot) expect(wav.includes(piece), demuxer).toBe(false);
      // G.722 has no header: any bytes are audio, these few a little noise.
      if (demuxer === 'g722' || demuxer === 'gsm') expect(wav.length).toBeLessThan(20_000);
      else expect({ demuxer, code: error?.code, outcome }).toEqual({ demuxer, code: 'FFMPEG_FAILED', outcome: undefined });
      expect(error?.stderrTail ?? '').not.toContain('fLaC');
    }
  });
});
