import { parseMpegFrame } from '../../src/audio/mp3/mpeg-frame.js';

/** Where the frames of an intact MP3 lie, its info frame first. */
export function frameOffsets(mp3: Uint8Array, start: number): number[] {
  const offsets: number[] = [];
  for (let at = start, frame = parseMpegFrame(mp3, at); frame; at += frame.size, frame = parseMpegFrame(mp3, at))
    offsets.push(at);
  return offsets;
}
