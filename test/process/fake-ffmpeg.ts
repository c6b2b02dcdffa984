import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** A script of its own in place of ffmpeg, to show what a real one does rarely; `wav(seconds)` makes 8 kHz mono float audio. */
export function fakeFfmpeg(folder: string, script: string): string {
  const file = path.join(folder, `ffmpeg-${Math.random().toString(36).slice(2)}`);
  writeFileSync(
    file,
    `#!${process.execPath}
function wav(seconds) {
  const wav = Buffer.alloc(68 + seconds * 8000 * 4);
  wav.write('RIFF', 0); wav.writeUInt32LE(0xffffffff, 4); wav.write('WAVEfmt ', 8); wav.writeUInt32LE(40, 16);
  wav.writeUInt16LE(0xfffe, 20); wav.writeUInt16LE(1, 22); wav.writeUInt32LE(8000, 24); wav.writeUInt32LE(32000, 28);
  wav.writeUInt16LE(4, 32); wav.writeUInt16LE(32, 34); wav.write('data', 60); wav.writeUInt32LE(0xffffffff, 64);
  return wav;
}
${script}
`,
    { mode: 0o755 },
  );
  return file;
}
