// @ts-check
// Audio files of any length, made on the fly: a short recording repeated.
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';

const READ_BYTES = 64 * 1024;

/** A file's bytes, `body` of them repeated until there are `bytes` in all, read as from a disk. @param {Buffer} head @param {Buffer} body @param {number} bytes */
function repeat(head, body, bytes) {
  let left = bytes;
  let at = 0;
  let isFirst = true;
  return new Readable({
    highWaterMark: READ_BYTES,
    read() {
      if (isFirst) {
        isFirst = false;
        this.push(head);
        return;
      }
      const piece = body.subarray(at, at + Math.min(READ_BYTES, left));
      at = (at + piece.length) % body.length;
      left -= piece.length;
      // A copy, because what a file gives is new memory each time.
      this.push(piece.length === 0 ? null : Buffer.from(piece));
    },
  });
}

/**
 * A WAV or MP3 stream of some length, from a file of one minute.
 *
 * @param {'wav' | 'mp3'} format
 * @param {string} minute WAV with a header of 44 bytes, or MP3 of constant bit rate without tags.
 * @param {number} seconds Whole minutes.
 */
export async function endlessAudio(format, minute, seconds) {
  const file = await readFile(minute);
  if (format === 'mp3') return repeat(Buffer.alloc(0), file, (file.length * seconds) / 60);
  const head = Buffer.from(file.subarray(0, 44));
  // Sizes unknown, as streaming writers leave them.
  head.writeUInt32LE(0xffffffff, 4);
  head.writeUInt32LE(0xffffffff, 40);
  return repeat(head, file.subarray(44), ((file.length - 44) * seconds) / 60);
}
